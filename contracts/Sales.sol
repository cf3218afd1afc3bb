// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IEventPassCore} from "./IEventPassCore.sol";
import {PaymentAuthorization, SaleTicket} from "./IEventPassTypes.sol";
import {PassIds} from "./PassIds.sol";
import {PassLedger} from "./PassLedger.sol";
import {PassRules} from "./PassRules.sol";
import {Document, PassWords} from "./SeriesDocument.sol";
import {Receivers} from "./Receivers.sol";
import {Signers} from "./Signers.sol";
import {SeriesWord} from "./StateWords.sol";

/// @title Sales
/// @notice Money in: passes of escrow Series, numbered by the contract.
abstract contract Sales is PassLedger, Signers {
    using PassWords for Document;
    using SeriesWord for uint256;

    uint256 private constant TICKET_LIFE = 15 minutes;

    /// @inheritdoc IEventPassCore
    function buy(uint64 series, uint32 quantity, address to)
        external
        payable
        nonReentrant
        whenNotPaused
    {
        (uint256 state, Document doc) = _read(series);
        if (_isTicketed(doc)) revert TicketRequired(series);
        (uint256 firstId, uint256 cost) = _sell(series, quantity, to, state, doc);
        _collect(doc.currency(), cost);
        _greet(to, firstId, quantity);
    }

    /// @inheritdoc IEventPassCore
    function buyWithTicket(SaleTicket calldata ticket, bytes calldata signature)
        external
        payable
        nonReentrant
        whenNotPaused
    {
        (uint256 firstId, uint256 cost, address currency) =
            _order(ticket, signature, hashSaleTicket(ticket));
        _collect(currency, cost);
        _greet(ticket.buyer, firstId, ticket.quantity);
    }

    /// @inheritdoc IEventPassCore
    function buyWithAuthorization(
        SaleTicket calldata ticket,
        bytes calldata signature,
        PaymentAuthorization calldata payment
    ) external nonReentrant whenNotPaused {
        bytes32 digest = hashSaleTicket(ticket);
        (uint256 firstId, uint256 cost, address currency) = _order(ticket, signature, digest);
        if (currency == address(0)) revert AuthorizationNeedsToken(ticket.series);
        _collectAuthorized(currency, cost, digest, payment);
        _greet(ticket.buyer, firstId, ticket.quantity);
    }

    /// @dev An open Series takes an unsigned ticket as the order of an ERC-3009 payment only: its
    ///      nonce is then spent by the currency.
    function _order(SaleTicket calldata ticket, bytes calldata signature, bytes32 digest)
        private
        returns (uint256 firstId, uint256 cost, address currency)
    {
        (uint256 state, Document doc) = _read(ticket.series);
        if (block.timestamp >= ticket.deadline) {
            revert TicketExpired(ticket.deadline, block.timestamp);
        }
        if (_isTicketed(doc)) {
            uint256 latest = block.timestamp + TICKET_LIFE;
            if (ticket.deadline > latest) revert TicketTooLong(ticket.deadline, latest);
            if (_spentTickets[ticket.nonce]) revert TicketUsed(ticket.nonce);
            _spentTickets[ticket.nonce] = true;
            _spend(digest, signature, ticket.quantity);
            emit TicketSpent(ticket.series, ticket.nonce);
        } else if (signature.length != 0) {
            revert TicketNotRequired(ticket.series);
        }
        (firstId, cost) = _sell(ticket.series, ticket.quantity, ticket.buyer, state, doc);
        currency = doc.currency();
    }

    /// @dev Writes all books and events of a sale; money and receiver hooks come after it.
    function _sell(
        uint64 series,
        uint256 quantity,
        address to,
        uint256 state,
        Document doc
    ) private returns (uint256 firstId, uint256 cost) {
        if (!_isEscrow(doc)) revert NotEscrow(series);
        if (quantity == 0) revert ZeroQuantity(series);
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        uint256 closes = state.closes();
        if (block.timestamp >= closes) revert SaleClosed(series, closes, block.timestamp);
        uint256 minted = state.minted();
        // Never more are minted than the cap, which has 32 bits; a price has 96.
        unchecked {
            uint256 left = PassWords.cap(doc.ruleWord()) - minted;
            if (quantity > left) revert SoldOut(series, quantity, left);
            cost = doc.price() * quantity;
            uint256 escrow = state.escrow() + cost;
            if (escrow > type(uint96).max) revert EscrowTooLarge(series, escrow);
            _series[series] = state.sold(quantity, cost);
            firstId = PassIds.known(series, minted + 1);
        }
        _number(to, firstId, quantity, PassRules.coolingOffEnds(doc, block.timestamp));
    }

    function _number(address to, uint256 firstId, uint256 quantity, uint256 coolingEndsAt)
        private
    {
        if (quantity == 1) {
            _create(to, firstId, coolingEndsAt, 0);
            emit TransferSingle(msg.sender, address(0), to, firstId, 1);
            return;
        }
        (uint256[] memory ids, uint256[] memory values) = _listed(firstId, quantity);
        for (uint256 i = 0; i < ids.length; ++i) {
            _create(to, ids[i], coolingEndsAt, 0);
        }
        emit TransferBatch(msg.sender, address(0), to, ids, values);
    }

    function _collect(address currency, uint256 cost) private {
        if (currency == address(0)) {
            if (msg.value != cost) revert WrongPayment(cost, msg.value);
            return;
        }
        if (msg.value != 0) revert WrongPayment(0, msg.value);
        uint256 before = _held(currency);
        SafeERC20.safeTransferFrom(IERC20(currency), msg.sender, address(this), cost);
        _checkReceived(currency, cost, before);
    }

    function _collectAuthorized(
        address currency,
        uint256 cost,
        bytes32 digest,
        PaymentAuthorization calldata payment
    ) private {
        uint256 before = _held(currency);
        IERC3009(currency).receiveWithAuthorization(
            payment.from,
            address(this),
            cost,
            payment.validAfter,
            payment.validBefore,
            digest,
            payment.v,
            payment.r,
            payment.s
        );
        _checkReceived(currency, cost, before);
    }

    /// @dev Reverts unless exactly `cost` came since `before` was held.
    function _checkReceived(address currency, uint256 cost, uint256 before) private view {
        uint256 moved = _held(currency) - before;
        if (moved != cost) revert InexactPayment(currency, cost, moved);
    }

    function _greet(address to, uint256 firstId, uint256 quantity) private {
        if (to.code.length == 0) return;
        if (quantity == 1) {
            Receivers.accept(msg.sender, address(0), to, firstId, 1, "");
            return;
        }
        (uint256[] memory ids, uint256[] memory values) = _listed(firstId, quantity);
        Receivers.acceptBatch(msg.sender, address(0), to, ids, values, "");
    }

    function _listed(uint256 firstId, uint256 quantity)
        private
        pure
        returns (uint256[] memory ids, uint256[] memory values)
    {
        ids = new uint256[](quantity);
        values = new uint256[](quantity);
        for (uint256 i = 0; i < quantity; ++i) {
            ids[i] = firstId + i; // serials follow each other in the lowest bits
            values[i] = 1;
        }
    }

    function _isTicketed(Document doc) private pure returns (bool) {
        return doc.ruleWord() & PassWords.TICKETED != 0;
    }
}
