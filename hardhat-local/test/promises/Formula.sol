// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionStanding, SeriesTerms} from "../../contracts/IEventPassTypes.sol";
import {PassRecord, Records, SeriesRecord} from "./Records.sol";

/// @title Formula
/// @notice DESIGN section 5 worked out a second time, from the records.
abstract contract Formula is Records {
    /// @dev Weights of Portions, as DESIGN names them.
    struct Weights {
        uint256 cancelled;
        uint256 unsettled;
        uint256 ahead;
        uint256 moved;
    }

    /// @dev What giving the pass up pays now, and whether it may be given up for that.
    function _owed(uint256 id) internal view returns (bool due, uint256 amount) {
        PassRecord storage held = _passes[id];
        SeriesRecord storage record = _records[held.series];
        if (!record.escrow) return (false, 0);
        Weights memory w = _weights(record);
        if (record.price == 0) return (w.ahead != 0, 0);
        uint256 step = _step(held.series);
        uint256 byStep = step < w.ahead ? step : w.ahead;
        uint256 byMove = record.guarantee * w.moved / 10_000;
        uint256 share =
            record.guarantee * w.cancelled / 10_000 + (byMove > byStep ? byMove : byStep);
        if (block.timestamp < held.coolingEndsAt) share = 10_000;
        amount = uint256(record.price) * share / 10_000;
        amount = amount > held.paidBack ? amount - held.paidBack : 0;
        due = amount != 0;
    }

    /// @dev What the holder may take now and keep the pass.
    function _drawable(uint256 id) internal view returns (uint256 amount) {
        PassRecord storage held = _passes[id];
        SeriesRecord storage record = _records[held.series];
        uint256 share = record.guarantee * _weights(record).cancelled / 10_000;
        amount = uint256(record.price) * share / 10_000;
        amount = amount > held.paidBack ? amount - held.paidBack : 0;
    }

    /// @dev live * u(P): what the organizer must leave, together with what live passes were paid.
    function _reserved(uint64 series) internal view returns (uint256) {
        SeriesRecord storage record = _records[series];
        return _liveOf(record) * (uint256(record.price) * _reserveShare(series) / 10_000);
    }

    /// @dev What the organizer may take now.
    function _free(uint64 series) internal view returns (uint256) {
        SeriesRecord storage record = _records[series];
        if (!record.escrow) return 0;
        uint256 kept = _escrowOf(record) + record.paidToLive;
        uint256 reserved = _reserved(series);
        return kept > reserved ? kept - reserved : 0;
    }

    function _reserveShare(uint64 series) private view returns (uint256) {
        SeriesRecord storage record = _records[series];
        if (block.timestamp < uint256(record.closesAt) + record.coolingOff) return 10_000;
        Weights memory w = _weights(record);
        uint256 step = _step(series);
        uint256 g = record.guarantee;
        uint256 exact =
            g * (w.cancelled + w.unsettled) + (10_000 - g) * (step < w.ahead ? step : w.ahead);
        return exact / 10_000 + (exact % 10_000 == 0 ? 0 : 1);
    }

    function _weights(SeriesRecord storage record) private view returns (Weights memory w) {
        for (uint256 i = 0; i < record.portions.length; ++i) {
            PortionStanding memory portion = record.portions[i];
            uint256 time = block.timestamp;
            if (portion.cancelled) {
                w.cancelled += portion.weightBp;
                continue;
            }
            if (time < portion.doorsAt) w.ahead += portion.weightBp;
            if (time < portion.settlesAt) w.unsettled += portion.weightBp;
            bool open = portion.moveOpenedAt <= time && time < portion.moveClosesAt;
            if (open) w.moved += portion.weightBp;
        }
    }

    /// @dev The share of the first step still to come. Terms are as sold: {Promises} compares them.
    function _step(uint64 series) private view returns (uint256 share) {
        SeriesTerms memory terms = pass.termsOf(series);
        for (uint256 i = terms.steps.length; i != 0; --i) {
            if (block.timestamp < terms.steps[i - 1].until) share = terms.steps[i - 1].shareBp;
        }
    }
}
