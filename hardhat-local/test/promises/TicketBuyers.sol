// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PaymentAuthorization, SaleTicket} from "../../contracts/IEventPassTypes.sol";
import {HostileToken} from "./HostileToken.sol";
import {HotSigners} from "./HotSigners.sol";
import {SeriesRecord} from "./Records.sol";

/// @title TicketBuyers
/// @notice Sales of places held in the book, and payments by authorization; tickets are old, for
///         too long, used, of another clone or of a key nobody knows.
abstract contract TicketBuyers is HotSigners {
    /// @dev A signed ticket, and whether the contract must take it.
    struct Order {
        SaleTicket ticket;
        bytes signature;
        uint256 key;
        bool must;
    }

    uint256 private constant LONGEST = 15 minutes;

    SaleTicket[] private _used;

    function buyWithTicket(uint256 seed) external step(seed) {
        uint64 series = _openSeries();
        for (uint256 i = 0; i < 8 && !_records[series].ticketed; ++i) {
            series = _openSeries();
        }
        Order memory order = _order(series);
        address currency = _records[series].currency;
        address payer = _anybody();
        uint256 cost = uint256(_records[series].price) * order.ticket.quantity;
        bool must = order.must && _pays(payer, currency, cost);
        uint256 value = _fund(payer, currency, cost);
        if (must) _recordOrder(order, payer);
        bool ok = _guarded(
            payer, value, abi.encodeCall(pass.buyWithTicket, (order.ticket, order.signature))
        );
        _expect(ok, must, "buy with a ticket", series);
    }

    /// @notice Anyone submits; the payer's authorization names the order and nothing else.
    function buyWithAuthorization(uint256 seed) external step(seed) {
        uint64 series = _openSeries();
        for (uint256 i = 0; i < 4 && _records[series].currency == address(0); ++i) {
            series = _openSeries();
        }
        if (_records[series].currency == address(0)) return;
        Order memory order = _order(series);
        address payer = _anybody();
        bool must = _authorize(order, payer);
        PaymentAuthorization memory payment;
        payment.from = payer;
        if (must) _recordOrder(order, payer);
        bool ok = _guarded(
            _anybody(),
            0,
            abi.encodeCall(pass.buyWithAuthorization, (order.ticket, order.signature, payment))
        );
        _expect(ok, must, "buy with an authorization", series);
    }

    /// @notice Sends a used ticket again, as it was or signed anew with other words.
    function buyAgain(uint256 seed) external step(seed) {
        if (_used.length == 0) return;
        SaleTicket memory ticket = _used[_pick(_used.length)];
        if (!_rarely(4)) {
            ticket.deadline = uint64(block.timestamp + LONGEST);
            (ticket.buyer, ticket.quantity) = (_people[0], 1);
        }
        uint256 cost = uint256(_records[ticket.series].price) * ticket.quantity;
        uint256 value = _fund(_people[0], _records[ticket.series].currency, cost);
        bytes memory signature = _signed(BOOK_KEY, pass.hashSaleTicket(ticket));
        bool ok =
            _guarded(_people[0], value, abi.encodeCall(pass.buyWithTicket, (ticket, signature)));
        _expect(ok, false, "use a ticket twice", ticket.nonce);
    }

    function _order(uint64 series) private returns (Order memory order) {
        uint256 life = _rarely(16) ? LONGEST + 1 : 1 + _pick(LONGEST);
        uint256 deadline = _rarely(16) ? block.timestamp : block.timestamp + life;
        uint32 quantity = _few();
        SaleTicket memory ticket =
            SaleTicket(series, _anybody(), quantity, _pick(1 << 64), uint64(deadline));
        order.ticket = ticket;
        order.must = deadline > block.timestamp && _sells(series, quantity, ticket.buyer);
        bool foreign = _rarely(16);
        order.key = _anyKey();
        bytes32 digest = foreign ? _other.hashSaleTicket(ticket) : pass.hashSaleTicket(ticket);
        if (_records[series].ticketed) {
            order.signature = _signed(order.key, digest);
            bool valid = life <= LONGEST && !foreign && _hasLeft(order.key, quantity);
            order.must = order.must && valid;
        } else if (_rarely(8)) {
            order.signature = _signed(order.key, digest);
            order.must = false;
        }
    }

    /// @dev The payer authorizes the price for this order, rarely for another one.
    function _authorize(Order memory order, address payer) private returns (bool) {
        SeriesRecord storage record = _records[order.ticket.series];
        uint256 cost = uint256(record.price) * order.ticket.quantity;
        bytes32 nonce = pass.hashSaleTicket(order.ticket);
        _fund(payer, record.currency, cost);
        bool tampered = _rarely(12);
        if (tampered) nonce ^= bytes32(uint256(1));
        HostileToken(record.currency).authorize(payer, nonce, cost);
        return order.must && !tampered && _pays(payer, record.currency, cost);
    }

    function _recordOrder(Order memory order, address payer) private {
        SaleTicket memory ticket = order.ticket;
        _recordSale(ticket.series, ticket.quantity, payer, ticket.buyer);
        if (!_records[ticket.series].ticketed) return;
        _recordAdmission(order.key, ticket.quantity);
        _used.push(ticket);
    }
}
