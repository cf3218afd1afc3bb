// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEventPass} from "../contracts/IEventPass.sol";
import {
    PassStanding,
    PortionStanding,
    SeriesBooks,
    SeriesTerms
} from "../contracts/IEventPassTypes.sol";
import {EventPassHandler} from "./EventPassHandler.sol";

/// @title EventPassEscrowTest
/// @notice What must hold after every step of {EventPassHandler}, worked out here a second time and
///         on another way than in the contract.
contract EventPassEscrowTest {
    error Broken(string what, uint256 series, uint256 left, uint256 right);

    EventPassHandler private _handler;
    IEventPass private _pass;

    function setUp() external {
        _handler = new EventPassHandler();
        _pass = _handler.pass();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice E >= live * u(P) - paidToLive.
    function invariant_escrowCoversTheReserve() external view {
        for (uint64 series = 1; series <= _handler.SERIES_COUNT(); ++series) {
            SeriesBooks memory books = _pass.booksOf(series);
            uint256 price = _pass.termsOf(series).price;
            uint256 reserve = books.live * (price * _reserve(series) / 10_000);
            if (books.escrow + books.paidToLive < reserve) {
                revert Broken("reserve", series, books.escrow + books.paidToLive, reserve);
            }
            uint256 free = books.escrow + books.paidToLive - reserve;
            if (books.withdrawable != free) {
                revert Broken("withdrawable", series, books.withdrawable, free);
            }
        }
    }

    /// @notice E = D - R - W, and the balance is the sum of all E.
    function invariant_everyWeiIsAccountedFor() external view {
        uint256 sum;
        for (uint64 series = 1; series <= _handler.SERIES_COUNT(); ++series) {
            uint256 escrow = _pass.booksOf(series).escrow;
            uint256 left = _handler.deposits(series) - _handler.paidOut(series)
                - _handler.withdrawn(series);
            if (escrow != left) revert Broken("books", series, escrow, left);
            sum += escrow;
        }
        if (address(_pass).balance != sum) revert Broken("balance", 0, address(_pass).balance, sum);
    }

    /// @notice All holders together can take what each is owed now, and nobody got more than paid.
    function invariant_everyRefundIsPayable() external view {
        uint256[4] memory owed;
        uint256[4] memory drawn;
        uint256[4] memory live;
        for (uint256 i = 0; i < _handler.count(); ++i) {
            uint256 id = _handler.ids(i);
            uint64 series = uint64(id >> 32);
            PassStanding memory standing = _pass.passOf(id);
            uint256 price = _pass.termsOf(series).price;
            if (_handler.paidBack(id) > price) {
                revert Broken("more than paid", series, _handler.paidBack(id), price);
            }
            if (standing.burned) continue;
            (, uint256 amount) = _pass.refundOf(id);
            owed[series] += amount;
            drawn[series] += standing.paidBack;
            ++live[series];
        }
        for (uint64 series = 1; series <= _handler.SERIES_COUNT(); ++series) {
            SeriesBooks memory books = _pass.booksOf(series);
            if (owed[series] > books.escrow) {
                revert Broken("owed", series, owed[series], books.escrow);
            }
            if (drawn[series] != books.paidToLive) {
                revert Broken("drawn", series, drawn[series], books.paidToLive);
            }
            if (live[series] != books.live || books.minted != books.live + books.burned) {
                revert Broken("live", series, live[series], books.live);
            }
            if (books.minted > _handler.CAP()) revert Broken("cap", series, books.minted, 0);
        }
    }

    /// @dev P(t) of DESIGN section 5, from what the contract publishes.
    function _reserve(uint64 series) private view returns (uint256) {
        SeriesTerms memory terms = _pass.termsOf(series);
        if (block.timestamp < uint256(terms.saleClosesAt) + terms.coolingOffSeconds) return 10_000;
        PortionStanding[] memory portions = _pass.portionsOf(series);
        uint256 kept;
        uint256 ahead;
        for (uint256 i = 0; i < portions.length; ++i) {
            PortionStanding memory portion = portions[i];
            bool unsettled = block.timestamp < portion.settlesAt;
            if (portion.cancelled || unsettled) kept += portion.weightBp;
            if (!portion.cancelled && block.timestamp < portion.doorsAt) ahead += portion.weightBp;
        }
        uint256 step;
        for (uint256 i = terms.steps.length; i != 0; --i) {
            if (block.timestamp < terms.steps[i - 1].until) step = terms.steps[i - 1].shareBp;
        }
        if (ahead < step) step = ahead;
        uint256 g = terms.guaranteeBp;
        uint256 exact = g * kept + (10_000 - g) * step;
        return exact / 10_000 + (exact % 10_000 == 0 ? 0 : 1);
    }
}
