// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionStanding, PortionTerms, SeriesTerms} from "../../contracts/IEventPassTypes.sol";
import {PassIds} from "../../contracts/PassIds.sol";
import {World} from "./World.sol";

/// @notice What was written down of a Series.
/// @param terms Hash of all that it promised.
struct SeriesRecord {
    bytes32 terms;
    bytes32 termsHash;
    bool escrow;
    bool ticketed;
    address currency;
    uint96 price;
    uint32 cap;
    uint40 saleClosesAt;
    uint40 closesAt;
    uint32 coolingOff;
    uint32 moveWindow;
    uint32 guarantee;
    uint256 deposits;
    uint256 paidOut;
    uint256 withdrawn;
    uint256 paidToLive;
    uint32 minted;
    uint32 refunded;
    uint32 surrendered;
    PortionStanding[] portions;
    uint256[] ids;
}

/// @notice What was written down of a pass.
struct PassRecord {
    address holder;
    uint64 series;
    bool burned;
    uint40 coolingEndsAt;
    uint32 transfers;
    uint256 paidBack;
}

/// @title Records
/// @notice The books a second time, kept by who acts and never read from the contract.
abstract contract Records is World {
    uint64[] internal _seriesIds;
    uint256[] internal _ids;
    mapping(uint64 series => SeriesRecord) internal _records;
    mapping(uint256 id => PassRecord) internal _passes;
    uint256 internal _pausedUntil;
    uint256 internal _pauseAllowedFrom;

    function _recordSeries(uint64 series, SeriesTerms memory terms) internal {
        SeriesRecord storage record = _records[series];
        _seriesIds.push(series);
        record.terms = keccak256(abi.encode(terms));
        record.termsHash = terms.termsHash;
        (record.escrow, record.ticketed) = (terms.escrow, terms.ticketed);
        (record.currency, record.price, record.cap) = (terms.currency, terms.price, terms.cap);
        record.saleClosesAt = terms.saleClosesAt;
        record.closesAt = terms.escrow ? terms.saleClosesAt : 0;
        record.coolingOff = terms.coolingOffSeconds;
        record.moveWindow = terms.moveWindowSeconds;
        record.guarantee = terms.guaranteeBp;
        for (uint256 i = 0; i < terms.portions.length; ++i) {
            PortionTerms memory portion = terms.portions[i];
            record.portions.push(
                PortionStanding({
                    weightBp: portion.weightBp,
                    doorsAt: portion.doorsAt,
                    endsAt: portion.endsAt,
                    settlesAt: portion.settlesAt,
                    moveOpenedAt: 0,
                    moveClosesAt: 0,
                    cancelled: false
                })
            );
        }
    }

    function _recordSale(uint64 series, uint256 quantity, address payer, address to) internal {
        SeriesRecord storage record = _records[series];
        uint40 cooling = _coolingOffEnds(record);
        for (uint256 i = 0; i < quantity; ++i) {
            _recordPass(series, record.minted + 1, to, 0, cooling);
        }
        record.deposits += record.price * quantity;
        _purse[payer][record.currency] -= record.price * quantity;
    }

    function _recordPass(uint64 series, uint32 serial, address to, uint32 transfers, uint40 cooling)
        internal
    {
        uint256 id = PassIds.compose(series, serial);
        ++_records[series].minted;
        _records[series].ids.push(id);
        _ids.push(id);
        _passes[id] = PassRecord(to, series, false, cooling, transfers, 0);
    }

    function _recordRefund(uint256 id, address to, uint256 amount) internal {
        PassRecord storage given = _passes[id];
        SeriesRecord storage record = _records[given.series];
        record.paidOut += amount;
        record.paidToLive -= given.paidBack;
        ++record.refunded;
        _end(given);
        _gets(to, record.currency, amount);
    }

    function _recordDraw(uint256 id, address to, uint256 amount) internal {
        PassRecord storage kept = _passes[id];
        SeriesRecord storage record = _records[kept.series];
        record.paidOut += amount;
        record.paidToLive += amount;
        kept.paidBack += amount;
        _gets(to, record.currency, amount);
    }

    function _recordSurrender(uint256 id) internal {
        ++_records[_passes[id].series].surrendered;
        _end(_passes[id]);
    }

    function _recordHandover(uint256 id, address to) internal {
        PassRecord storage moved = _passes[id];
        moved.holder = to;
        moved.coolingEndsAt = 0;
        if (moved.transfers != type(uint32).max) ++moved.transfers;
    }

    function _escrowOf(SeriesRecord storage record) internal view returns (uint256) {
        return record.deposits - record.paidOut - record.withdrawn;
    }

    function _liveOf(SeriesRecord storage record) internal view returns (uint256) {
        return record.minted - record.refunded - record.surrendered;
    }

    function _isPaused() internal view returns (bool) {
        return block.timestamp < _pausedUntil;
    }

    function _anySeries() internal returns (uint64) {
        return _seriesIds[_pick(_seriesIds.length)];
    }

    /// @dev Returns a live pass, or 0 if a few throws find none.
    function _anyPass() internal returns (uint256) {
        for (uint256 i = 0; i < 4 && _ids.length != 0; ++i) {
            uint256 id = _ids[_pick(_ids.length)];
            if (!_passes[id].burned) return id;
        }
        return 0;
    }

    /// @dev Returns up to `most` live passes of one holder, money on chain or not.
    function _passesOf(address holder, bool escrow, uint256 most)
        internal
        returns (uint256[] memory found)
    {
        found = new uint256[](most);
        uint256 count;
        uint256 from = _ids.length == 0 ? 0 : _pick(_ids.length);
        for (uint256 i = 0; i < _ids.length && count < most; ++i) {
            uint256 id = _ids[(from + i) % _ids.length];
            PassRecord storage record = _passes[id];
            if (record.holder != holder || _records[record.series].escrow != escrow) continue;
            found[count++] = id;
        }
        assembly {
            mstore(found, count)
        }
    }

    /// @dev The end of cooling-off of a pass bought now: at the first doors still to open.
    function _coolingOffEnds(SeriesRecord storage record) private view returns (uint40) {
        if (record.coolingOff == 0) return 0;
        uint256 next;
        for (uint256 i = 0; i < record.portions.length; ++i) {
            uint256 doors = record.portions[i].doorsAt;
            if (doors > block.timestamp && (next == 0 || doors < next)) next = doors;
        }
        uint256 end = block.timestamp + record.coolingOff;
        return uint40(end < next ? end : next);
    }

    function _end(PassRecord storage record) private {
        record.burned = true;
        record.holder = address(0);
    }
}
