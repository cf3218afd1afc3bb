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

    /// @dev What a sale still has to do after the books are written.
    struct Sold {
        address currency;
        uint256 cost;
        uint256 firstId;
        uint256 quantity;
        address to;
    }

    /// @inheritdoc IEventPassCore
    function buy(uint64 series, uint32 quantity, address to)
        external
        payable
        nonReentrant
        whenNotPaused
    {
        (uint256 state, Document memory doc) = _read(series);
        if (_isTicketed(doc)) revert TicketRequired(series);
        Sold memory sold = _sell(series, quantity, to, state, doc);
        _collect(sold);
        _greet(sold);
    }

    /// @inheritdoc IEventPassCore
    function buyWithTicket(SaleTicket calldata ticket, bytes calldata signature)
        external
        payable
        nonReentrant
        whenNotPaused
    {
        Sold memory sold = _order(ticket, signature, hashSaleTicket(ticket));
        _collect(sold);
        _greet(sold);
    }

    /// @inheritdoc IEventPassCore
    function buyWithAuthorization(
        SaleTicket calldata ticket,
        bytes calldata signature,
        PaymentAuthorization calldata payment
    ) external nonReentrant whenNotPaused {
        bytes32 digest = hashSaleTicket(ticket);
        Sold memory sold = _order(ticket, signature, digest);
        if (sold.currency == address(0)) revert AuthorizationNeedsToken(ticket.series);
        IERC20 token = IERC20(sold.currency);
        uint256 before = token.balanceOf(address(this));
        IERC3009(sold.currency).receiveWithAuthorization(
            payment.from,
            address(this),
            sold.cost,
            payment.validAfter,
            payment.validBefore,
            digest,
            payment.v,
            payment.r,
            payment.s
        );
        _checkReceived(sold, token.balanceOf(address(this)) - before);
        _greet(sold);
    }

    /// @dev An open Series takes an unsigned ticket as the order of an ERC-3009 payment only: its
    ///      nonce is then spent by the currency.
    function _order(SaleTicket calldata ticket, bytes calldata signature, bytes32 digest)
        private
        returns (Sold memory)
    {
        (uint256 state, Document memory doc) = _read(ticket.series);
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
        return _sell(ticket.series, ticket.quantity, ticket.buyer, state, doc);
    }

    /// @dev Writes all books and events of a sale; money and receiver hooks come after it.
    function _sell(
        uint64 series,
        uint256 quantity,
        address to,
        uint256 state,
        Document memory doc
    ) private returns (Sold memory sold) {
        if (!_isEscrow(doc)) revert NotEscrow(series);
        if (quantity == 0) revert ZeroQuantity(series);
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        uint256 closes = state.closes();
        if (block.timestamp >= closes) revert SaleClosed(series, closes, block.timestamp);
        uint256 minted = state.minted();
        // Never more are minted than the cap, which has 32 bits; a price has 96.
        unchecked {
            uint256 left = PassWords.cap(doc.rules) - minted;
            if (quantity > left) revert SoldOut(series, quantity, left);
            uint256 cost = doc.price() * quantity;
            uint256 escrow = state.escrow() + cost;
            if (escrow > type(uint96).max) revert EscrowTooLarge(series, escrow);
            _series[series] = state.sold(quantity, cost);
            uint256 firstId = PassIds.compose(series, uint32(minted + 1));
            sold = Sold(doc.currency(), cost, firstId, quantity, to);
        }
        _number(sold, PassRules.coolingOffEnds(doc, block.timestamp));
    }

    function _number(Sold memory sold, uint256 coolingEndsAt) private {
        if (sold.quantity == 1) {
            _create(sold.to, sold.firstId, coolingEndsAt, 0);
            emit TransferSingle(msg.sender, address(0), sold.to, sold.firstId, 1);
            return;
        }
        (uint256[] memory ids, uint256[] memory values) = _listed(sold);
        for (uint256 i = 0; i < ids.length; ++i) {
            _create(sold.to, ids[i], coolingEndsAt, 0);
        }
        emit TransferBatch(msg.sender, address(0), sold.to, ids, values);
    }

    function _collect(Sold memory sold) private {
        if (sold.currency == address(0)) {
            if (msg.value != sold.cost) revert WrongPayment(sold.cost, msg.value);
            return;
        }
        if (msg.value != 0) revert WrongPayment(0, msg.value);
        IERC20 token = IERC20(sold.currency);
        uint256 before = token.balanceOf(address(this));
        SafeERC20.safeTransferFrom(token, msg.sender, address(this), sold.cost);
        _checkReceived(sold, token.balanceOf(address(this)) - before);
    }

    function _checkReceived(Sold memory sold, uint256 moved) private pure {
        if (moved != sold.cost) revert InexactPayment(sold.currency, sold.cost, moved);
    }

    function _greet(Sold memory sold) private {
        if (sold.quantity == 1) {
            Receivers.accept(msg.sender, address(0), sold.to, sold.firstId, 1, "");
            return;
        }
        if (sold.to.code.length == 0) return;
        (uint256[] memory ids, uint256[] memory values) = _listed(sold);
        Receivers.acceptBatch(msg.sender, address(0), sold.to, ids, values, "");
    }

    function _listed(Sold memory sold)
        private
        pure
        returns (uint256[] memory ids, uint256[] memory values)
    {
        ids = new uint256[](sold.quantity);
        values = new uint256[](sold.quantity);
        for (uint256 i = 0; i < sold.quantity; ++i) {
            ids[i] = sold.firstId + i; // serials follow each other in the lowest bits
            values[i] = 1;
        }
    }

    function _isTicketed(Document memory doc) private pure returns (bool) {
        return doc.rules & PassWords.TICKETED != 0;
    }
}
