// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionStanding, SeriesTerms} from "../../contracts/IEventPassTypes.sol";
import {Movers} from "./Movers.sol";
import {SeriesRecord} from "./Records.sol";
import {TermsMaker} from "./TermsMaker.sol";

/// @title Organizer
/// @notice An organizer who wants the money early, and does all that is allowed and more.
abstract contract Organizer is Movers {
    using TermsMaker for SeriesTerms;

    uint256 private constant MOST_SERIES = 14;
    mapping(address currency => bool) internal _listed;

    function withdraw(uint256 seed) external step(seed) {
        uint64 series = _anySeries();
        for (uint256 i = _pick(8); i != 0 && _free(series) == 0; --i) {
            series = _anySeries();
        }
        _withdraw(series, _rarely(2) ? _payee(_organizer) : _organizer);
    }

    function cancelPortion(uint256 seed) external step(seed) {
        if (_rarely(2)) _cancel(_anySeries(), _pick(5)); // not every season at once
    }

    function cancelSeries(uint256 seed) external step(seed) {
        if (_rarely(3)) _cancelAll(_anySeries());
    }

    /// @notice Moves a Portion to later, or tries to earlier.
    function movePortion(uint256 seed) external step(seed) {
        uint64 series = _anySeries();
        PortionStanding[] storage portions = _records[series].portions;
        uint256 index = _pick(portions.length);
        for (uint256 i = 0; i < 3 && !_mayMove(portions[index]); ++i) {
            index = _pick(portions.length);
        }
        PortionStanding memory to = portions[index];
        to.doorsAt += uint40(_pick(20 days) * _pick(2));
        to.endsAt = to.doorsAt + 1 + uint40(_pick(1 days));
        if (to.settlesAt < to.endsAt) to.settlesAt = to.endsAt;
        to.settlesAt += uint40(_pick(7));
        if (_rarely(6)) to.doorsAt -= 1 + uint40(_pick(1 days));
        if (_rarely(6)) to.settlesAt -= 1 + uint40(_pick(1 days));
        if (_rarely(24)) to.endsAt = to.doorsAt;
        _move(series, index, to);
    }

    function closeSale(uint256 seed) external step(seed) {
        if (!_rarely(2)) return;
        uint64 series = _anySeries();
        SeriesRecord storage record = _records[series];
        uint40 closing = uint40(block.timestamp + _pick(2 days) - (_rarely(6) ? 1 : 0));
        if (_rarely(6)) closing = record.closesAt;
        bool must = record.escrow && closing < record.closesAt && closing >= block.timestamp;
        if (must) record.closesAt = closing;
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.closeSale, (series, closing)));
        _expect(ok, must, "close a sale", series);
    }

    /// @notice Opens a Series under any Terms, or tries a number that is taken.
    function createSeries(uint256 seed) external step(seed) {
        if (_seriesIds.length == MOST_SERIES || !_rarely(3)) return;
        SeriesTerms memory terms = TermsMaker.any(_pick(type(uint256).max), block.timestamp);
        terms.currency = _currencies[_pick(_currencies.length)];
        if (_rarely(5)) terms = terms.external_();
        uint64 series = _rarely(4) ? _anySeries() : uint64(_seriesIds.length + 1);
        _create(series, terms, "create a Series");
    }

    function _create(uint64 series, SeriesTerms memory terms, string memory action) internal {
        bool must = _records[series].terms == 0
            && (terms.currency == address(0) || _listed[terms.currency]);
        if (must) _recordSeries(series, terms);
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.createSeries, (series, terms)));
        _expect(ok, must, action, series);
    }

    /// @dev Takes all that is free, and tries one more.
    function _withdraw(uint64 series, address to) internal {
        SeriesRecord storage record = _records[series];
        uint256 most = _free(series);
        bool ok = _guarded(_organizer, 0, abi.encodeCall(pass.withdraw, (series, most + 1, to)));
        _expect(ok, false, "withdraw what is owed", series);
        if (most == 0) return;
        bool must = _guards == 0 && _takes(to, record.currency, most);
        if (must) {
            record.withdrawn += most;
            _gets(to, record.currency, most);
        }
        ok = _guarded(_organizer, 0, abi.encodeCall(pass.withdraw, (series, most, to)));
        _expect(ok, must, "withdraw", series);
    }

    function _cancel(uint64 series, uint256 index) internal {
        SeriesRecord storage record = _records[series];
        bool must = index < record.portions.length && _mayCancel(record.portions[index]);
        if (must) _recordCancelled(record, index);
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.cancelPortion, (series, index)));
        _expect(ok, must, "cancel", series);
    }

    function _cancelAll(uint64 series) internal {
        SeriesRecord storage record = _records[series];
        bool must;
        for (uint256 i = 0; i < record.portions.length; ++i) {
            if (!_mayCancel(record.portions[i])) continue;
            must = true;
            _recordCancelled(record, i);
        }
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.cancelSeries, (series)));
        _expect(ok, must, "cancel a Series", series);
    }

    function _move(uint64 series, uint256 index, PortionStanding memory to) internal {
        SeriesRecord storage record = _records[series];
        PortionStanding storage portion = record.portions[index];
        bool must = _mayMove(portion) && to.doorsAt >= portion.doorsAt
            && to.settlesAt >= portion.settlesAt
            && to.doorsAt < to.endsAt && to.endsAt <= to.settlesAt;
        if (must) {
            uint256 closes = block.timestamp + record.moveWindow;
            (portion.doorsAt, portion.endsAt) = (to.doorsAt, to.endsAt);
            (portion.settlesAt, portion.moveOpenedAt) = (to.settlesAt, uint40(block.timestamp));
            portion.moveClosesAt = closes < to.doorsAt ? uint40(closes) : to.doorsAt;
        }
        bool ok = _as(
            _organizer,
            0,
            abi.encodeCall(
                pass.movePortion, (series, index, to.doorsAt, to.endsAt, to.settlesAt)
            )
        );
        _expect(ok, must, "move", series);
    }

    function _mayMove(PortionStanding storage portion) private view returns (bool) {
        return !portion.cancelled && block.timestamp < portion.doorsAt;
    }

    function _mayCancel(PortionStanding storage portion) private view returns (bool) {
        return !portion.cancelled && block.timestamp < portion.settlesAt;
    }

    function _recordCancelled(SeriesRecord storage record, uint256 index) private {
        record.portions[index].cancelled = true;
        if (record.escrow && block.timestamp < record.closesAt) {
            record.closesAt = uint40(block.timestamp);
        }
    }
}
