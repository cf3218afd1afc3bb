// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionStanding, SeriesTerms} from "../../contracts/IEventPassTypes.sol";
import {vm} from "./Cheats.sol";
import {PassRecord, SeriesRecord} from "./Records.sol";
import {Trespassers} from "./Trespassers.sol";

/// @title Clock
/// @notice Time passes: a while, or onto an edge of the rules, or to the second before it.
abstract contract Clock is Trespassers {
    uint256 private constant FARTHEST = 7 days; // a run must not be over at once

    function wait(uint256 seed) external step(seed) {
        vm.warp(block.timestamp + _pick(2 days));
        _count("wait");
    }

    function jump(uint256 seed) external step(seed) {
        for (uint256 i = 0; i < 4; ++i) {
            uint256 edge = _edge(_anySeries()) - _pick(2);
            if (edge <= block.timestamp || edge > block.timestamp + FARTHEST) continue;
            vm.warp(edge);
            return _count("jump");
        }
    }

    /// @dev Returns some instant, at least 1, at which a rule of the Series or the contract turns.
    function _edge(uint64 series) internal returns (uint256 edge) {
        SeriesRecord storage record = _records[series];
        PortionStanding memory portion = record.portions[_pick(record.portions.length)];
        SeriesTerms memory terms = pass.termsOf(series);
        uint256 kind = _pick(12);
        if (kind == 0) edge = portion.doorsAt;
        if (kind == 1) edge = portion.endsAt;
        if (kind == 2) edge = portion.settlesAt;
        if (kind == 3) edge = portion.moveClosesAt;
        if (kind == 4) edge = record.closesAt;
        if (kind == 5) edge = uint256(record.closesAt) + record.coolingOff;
        if (kind == 6) edge = _pausedUntil;
        if (kind == 7) edge = _pauseAllowedFrom;
        if (kind == 8) edge = _signers[vm.addr(_rarely(2) ? BOOK_KEY : STOLEN_KEY)].windowEndsAt;
        if (kind == 9) edge = portion.doorsAt - uint256(terms.transfer.frozenMinutes) * 60;
        if (kind == 10 && terms.steps.length != 0) {
            edge = terms.steps[_pick(terms.steps.length)].until;
        }
        if (kind == 11 && _anyPass() != 0) edge = _passes[_anyPass()].coolingEndsAt;
        if (edge == 0) edge = 1;
    }
}
