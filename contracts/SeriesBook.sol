// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CodeStorage} from "./CodeStorage.sol";
import {EventPassState} from "./EventPassState.sol";
import {IEventPassDesk} from "./IEventPassDesk.sol";
import {PortionStanding, SeriesTerms} from "./IEventPassTypes.sol";
import {PassRules} from "./PassRules.sol";
import {SeriesChecks} from "./SeriesChecks.sol";
import {SeriesCode} from "./SeriesCode.sol";
import {Document, PassWords} from "./SeriesDocument.sol";
import {SeriesWord} from "./StateWords.sol";

/// @title SeriesBook
/// @notice What the organizer may do with a Series: open it, close its sale, cancel and postpone.
abstract contract SeriesBook is EventPassState, IEventPassDesk {
    using PassWords for uint256;
    using PassWords for Document;
    using SeriesWord for uint256;

    uint256 private constant MAX_SERIES = type(uint24).max >> 1; // see SeriesWord

    /// @inheritdoc IEventPassDesk
    function createSeries(uint64 series, SeriesTerms calldata terms) external onlyOwner {
        if (series == 0) revert SeriesZero();
        if (_series[series] != 0) revert SeriesTaken(series);
        if (!isCurrency(terms.currency)) revert CurrencyNotAllowed(terms.currency);
        if (!terms.escrow && (terms.price != 0 || terms.ticketed || terms.currency != address(0))) {
            revert ExternalSeriesHasPrice(series);
        }
        SeriesChecks.check(terms);

        // A clone's nonce starts at 1 (EIP-161) and only documents raise it.
        uint256 nonce = ++_settings.seriesCount;
        if (nonce > MAX_SERIES) revert TooManySeries(MAX_SERIES);
        _series[series] = terms.escrow
            ? SeriesWord.open(nonce, terms.saleClosesAt)
            : SeriesWord.openExternal(nonce, terms.termsHash, terms.cap);
        address document = SeriesCode.write(terms);
        assert(document == CodeStorage.addressOf(address(this), nonce));
        emit SeriesCreated(series, terms.termsHash, document, terms.saleClosesAt);
    }

    /// @inheritdoc IEventPassDesk
    function closeSale(uint64 series, uint40 closesAt) external onlyOwner {
        (uint256 state,) = _read(series);
        if (state & SeriesWord.EXTERNAL != 0) revert NotEscrow(series);
        if (closesAt >= state.closes() || closesAt < block.timestamp) {
            revert SaleMayOnlyCloseEarlier(series, state.closes(), closesAt);
        }
        _series[series] = state.closing(closesAt);
        emit SaleClosesAt(series, closesAt);
    }

    /// @inheritdoc IEventPassDesk
    function cancelPortion(uint64 series, uint256 index) external onlyOwner {
        (uint256 state, Document doc) = _read(series);
        uint256 portion = _standing(series, index, doc);
        if (block.timestamp >= portion.settles()) {
            revert PortionSettled(series, index, portion.settles());
        }
        _cancel(series, state, 1 << index);
    }

    /// @inheritdoc IEventPassDesk
    function cancelSeries(uint64 series) external onlyOwner {
        (uint256 state, Document doc) = _read(series);
        uint256 mask = 0;
        for (uint256 i = 0; i < doc.ruleWord().portionCount(); ++i) {
            uint256 portion = doc.portionAt(i);
            if (!portion.isCancelled() && block.timestamp < portion.settles()) mask |= 1 << i;
        }
        if (mask == 0) revert NothingToCancel(series);
        _cancel(series, state, mask);
    }

    /// @inheritdoc IEventPassDesk
    /// @dev Only later: an earlier settlement would free money, and earlier doors would end a
    ///      refund step, before the time that was sold.
    function movePortion(
        uint64 series,
        uint256 index,
        uint40 doorsAt,
        uint40 endsAt,
        uint40 settlesAt
    ) external onlyOwner {
        (uint256 state, Document doc) = _read(series);
        uint256 portion = _standing(series, index, doc);
        if (block.timestamp >= portion.doors()) {
            revert PortionDoorsOpened(series, index, portion.doors());
        }
        if (doorsAt < portion.doors() || settlesAt < portion.settles()) {
            revert PortionMayOnlyMoveLater(series, index);
        }
        SeriesChecks.times(index, doorsAt, endsAt, settlesAt);
        uint256 closes = PassRules.moveClosesAt(doc, doorsAt, block.timestamp);
        _movedPortions[series][index] = PassWords.portion(
            portion.weight(), doorsAt, endsAt, settlesAt
        ).withMove(block.timestamp, closes);
        _series[series] = state | 1 << (216 + index);
        emit PortionMoved(series, index, doorsAt, endsAt, settlesAt, closes);
    }

    /// @inheritdoc IEventPassDesk
    function setCurrency(address currency, bool allowed) external onlyOwner {
        _currencies[currency] = allowed;
        emit CurrencySet(currency, allowed);
    }

    /// @inheritdoc IEventPassDesk
    function isCurrency(address currency) public view returns (bool) {
        return currency == address(0) || _currencies[currency];
    }

    /// @inheritdoc IEventPassDesk
    function termsOf(uint64 series) external view returns (SeriesTerms memory terms) {
        uint256 state = _series[series];
        if (state == 0) revert UnknownSeries(series);
        terms = SeriesCode.unpack(
            SeriesCode.read(CodeStorage.addressOf(address(this), state.nonce()))
        );
        if (terms.escrow) terms.saleClosesAt = uint40(state.closes());
    }

    /// @inheritdoc IEventPassDesk
    function portionsOf(uint64 series) external view returns (PortionStanding[] memory standings) {
        (, Document doc) = _read(series);
        standings = new PortionStanding[](doc.ruleWord().portionCount());
        for (uint256 i = 0; i < standings.length; ++i) {
            uint256 portion = doc.portionAt(i);
            standings[i] = PortionStanding({
                weightBp: uint16(portion.weight()),
                doorsAt: uint40(portion.doors()),
                endsAt: uint40(portion.ends()),
                settlesAt: uint40(portion.settles()),
                moveOpenedAt: uint40(portion.moveOpened()),
                moveClosesAt: uint40(portion.moveCloses()),
                cancelled: portion.isCancelled()
            });
        }
    }

    /// @dev Cancels the Portions of `mask` and closes the sale: no pass may be sold that had a
    ///      refund before it existed.
    function _cancel(uint64 series, uint256 state, uint256 mask) private {
        state |= mask << 200;
        if (state & SeriesWord.EXTERNAL == 0 && block.timestamp < state.closes()) {
            state = state.closing(block.timestamp);
            emit SaleClosesAt(series, block.timestamp);
        }
        _series[series] = state;
        for (uint256 i = 0; mask >> i != 0; ++i) {
            if ((mask >> i) & 1 != 0) emit PortionCancelled(series, i);
        }
    }

    function _standing(uint64 series, uint256 index, Document doc)
        private
        pure
        returns (uint256 portion)
    {
        if (index >= doc.ruleWord().portionCount()) revert NoSuchPortion(series, index);
        portion = doc.portionAt(index);
        if (portion.isCancelled()) revert PortionCancelledAlready(series, index);
    }
}
