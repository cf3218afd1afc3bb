// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EventPassState, SeriesState} from "./EventPassState.sol";
import {IEventPassDesk} from "./IEventPassDesk.sol";
import {PortionStanding, SeriesTerms} from "./IEventPassTypes.sol";
import {PassRules} from "./PassRules.sol";
import {SeriesChecks} from "./SeriesChecks.sol";
import {SeriesCode} from "./SeriesCode.sol";
import {Document, PassWords} from "./SeriesDocument.sol";

/// @title SeriesBook
/// @notice What the organizer may do with a Series: open it, close its sale, cancel and postpone.
abstract contract SeriesBook is EventPassState, IEventPassDesk {
    using PassWords for uint256;

    /// @inheritdoc IEventPassDesk
    function createSeries(uint64 series, SeriesTerms calldata terms) external onlyOwner {
        if (series == 0) revert SeriesZero();
        if (_series[series].nonce != 0) revert SeriesTaken(series);
        if (!isCurrency(terms.currency)) revert CurrencyNotAllowed(terms.currency);
        if (!terms.escrow && (terms.price != 0 || terms.ticketed || terms.currency != address(0))) {
            revert ExternalSeriesHasPrice(series);
        }
        SeriesChecks.check(terms);

        // A clone's nonce starts at 1 (EIP-161) and only documents raise it.
        uint24 nonce = ++_settings.seriesCount;
        SeriesState storage state = _series[series];
        state.nonce = nonce;
        state.saleClosesAt = terms.saleClosesAt;
        address document = SeriesCode.write(terms);
        assert(document == SeriesCode.addressOf(address(this), nonce));
        emit SeriesCreated(series, terms.termsHash, document, terms.saleClosesAt);
    }

    /// @inheritdoc IEventPassDesk
    function closeSale(uint64 series, uint40 closesAt) external onlyOwner {
        (SeriesState memory state,) = _read(series);
        if (closesAt >= state.saleClosesAt || closesAt < block.timestamp) {
            revert SaleMayOnlyCloseEarlier(series, state.saleClosesAt, closesAt);
        }
        _series[series].saleClosesAt = closesAt;
        emit SaleClosesAt(series, closesAt);
    }

    /// @inheritdoc IEventPassDesk
    function cancelPortion(uint64 series, uint256 index) external onlyOwner {
        (SeriesState memory state, Document memory doc) = _read(series);
        uint256 portion = _standing(series, index, doc);
        if (block.timestamp >= portion.settles()) {
            revert PortionSettled(series, index, portion.settles());
        }
        _cancel(series, state, 1 << index);
    }

    /// @inheritdoc IEventPassDesk
    function cancelSeries(uint64 series) external onlyOwner {
        (SeriesState memory state, Document memory doc) = _read(series);
        uint256 mask;
        for (uint256 i = 0; i < doc.portions.length; ++i) {
            uint256 portion = doc.portions[i];
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
        (, Document memory doc) = _read(series);
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
        // The index is below 16, see _standing.
        _series[series].moved |= uint16(1 << index);
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
        SeriesState memory state = _series[series];
        if (state.nonce == 0) revert UnknownSeries(series);
        terms = SeriesCode.unpack(
            SeriesCode.read(SeriesCode.addressOf(address(this), state.nonce))
        );
        terms.saleClosesAt = state.saleClosesAt;
    }

    /// @inheritdoc IEventPassDesk
    function portionsOf(uint64 series) external view returns (PortionStanding[] memory standings) {
        (, Document memory doc) = _read(series);
        standings = new PortionStanding[](doc.portions.length);
        for (uint256 i = 0; i < standings.length; ++i) {
            uint256 portion = doc.portions[i];
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
    function _cancel(uint64 series, SeriesState memory state, uint256 mask) private {
        state.cancelled |= uint16(mask);
        if (block.timestamp < state.saleClosesAt) {
            state.saleClosesAt = uint40(block.timestamp);
            emit SaleClosesAt(series, block.timestamp);
        }
        _series[series] = state;
        for (uint256 i = 0; mask >> i != 0; ++i) {
            if ((mask >> i) & 1 != 0) emit PortionCancelled(series, i);
        }
    }

    function _standing(uint64 series, uint256 index, Document memory doc)
        private
        pure
        returns (uint256 portion)
    {
        if (index >= doc.portions.length) revert NoSuchPortion(series, index);
        portion = doc.portions[index];
        if (portion.isCancelled()) revert PortionCancelledAlready(series, index);
    }
}
