// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassState, SeriesState} from "./EventPassState.sol";
import {IEventPassCore} from "./IEventPassCore.sol";
import {PassLedger} from "./PassLedger.sol";
import {PassRules} from "./PassRules.sol";
import {Payouts} from "./Payouts.sol";
import {Document} from "./SeriesDocument.sol";

/// @title Escrow
/// @notice Money out to holders: what the Terms owe them.
/// @dev Holds at all times, per Series: escrow >= live * u(P) - paidToLive, with u(b) the floor of
///      price * b / 10000 and P of {PassRules-reserveShare}.
abstract contract Escrow is PassLedger, Payouts, IEventPassCore {
    /// @inheritdoc IEventPassCore
    function refund(uint256 id, address to) external nonReentrant {
        _refund(id, to);
    }

    /// @inheritdoc IEventPassCore
    function refundBatch(uint256[] calldata ids, address to) external nonReentrant {
        if (ids.length == 0) revert ZeroQuantity(0);
        for (uint256 i = 0; i < ids.length; ++i) {
            _refund(ids[i], to);
        }
    }

    /// @inheritdoc IEventPassCore
    function draw(uint256 id, address to) external nonReentrant {
        (uint64 series, PassState memory pass_, SeriesState memory state, Document memory doc) =
            _readPass(id);
        if (pass_.owner != msg.sender) revert NotHolder(id, msg.sender);
        uint256 amount = _drawable(pass_, doc);
        if (amount == 0) revert DrawNothing(id);

        // At most 10000, so the casts keep everything; the amount is below the escrow.
        _passes[id].drawnBp = uint16(PassRules.drawnShare(doc));
        _paidToLive[series] += amount;
        state.escrow -= uint96(amount);
        _series[series] = state;
        emit PassDrawn(id, msg.sender, to, amount);
        _pay(doc.currency, to, amount);
    }

    /// @inheritdoc IEventPassCore
    function surrender(uint256 id) external nonReentrant {
        (uint64 series, PassState memory pass_,, Document memory doc) = _readPass(id);
        if (pass_.owner != msg.sender) revert NotHolder(id, msg.sender);
        if (_isEscrow(doc)) revert SurrenderOnEscrow(id);

        _update(msg.sender, address(0), id, 1);
        ++_series[series].burned;
        emit TransferSingle(msg.sender, msg.sender, address(0), id, 1);
        emit PassSurrendered(id, msg.sender);
    }

    function _refund(uint256 id, address to) private {
        (uint64 series, PassState memory pass_, SeriesState memory state, Document memory doc) =
            _readPass(id);
        if (pass_.owner != msg.sender) revert NotHolder(id, msg.sender);
        if (!_isEscrow(doc)) revert NotEscrow(series);
        (PassRules.RefundCode code, uint256 amount) = _refundable(pass_, doc);
        if (code == PassRules.RefundCode.Nothing) revert RefundNothing(id, block.timestamp);

        _update(msg.sender, address(0), id, 1);
        if (pass_.drawnBp != 0) _paidToLive[series] -= PassRules.part(doc.price, pass_.drawnBp);
        state.burned += 1;
        state.escrow -= uint96(amount);
        _series[series] = state;
        emit TransferSingle(msg.sender, msg.sender, address(0), id, 1);
        emit PassRefunded(id, msg.sender, to, amount);
        _pay(doc.currency, to, amount);
    }
}

