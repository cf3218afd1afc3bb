// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEventPassCore} from "./IEventPassCore.sol";
import {PassLedger} from "./PassLedger.sol";
import {PassRules} from "./PassRules.sol";
import {Payouts} from "./Payouts.sol";
import {Document, PassWords} from "./SeriesDocument.sol";
import {PassWord, SeriesWord} from "./StateWords.sol";

/// @title Escrow
/// @notice Money out to holders: what the Terms owe them.
/// @dev Holds at all times, per Series: escrow >= live * u(P) - paidToLive, with u(b) the floor of
///      price * b / 10000 and P of {PassRules-reserveShare}.
abstract contract Escrow is PassLedger, Payouts, IEventPassCore {
    using PassWord for uint256;
    using PassWords for Document;
    using SeriesWord for uint256;

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
        (uint64 series, uint256 pass_, uint256 state, Document doc) = _readPass(id);
        if (pass_.owner() != msg.sender) revert NotHolder(id, msg.sender);
        uint256 amount = _drawable(pass_, doc);
        if (amount == 0) revert DrawNothing(id);

        _passes[id] = pass_.drawn(PassRules.drawnShare(doc));
        _paidToLive[series] += amount;
        _series[series] = state.less(amount);
        emit PassDrawn(id, msg.sender, to, amount);
        _pay(doc.currency(), to, amount);
    }

    /// @inheritdoc IEventPassCore
    function surrender(uint256 id) external nonReentrant {
        (uint64 series, uint256 pass_, uint256 state, Document doc) = _readPass(id);
        if (pass_.owner() != msg.sender) revert NotHolder(id, msg.sender);
        if (_isEscrow(doc)) revert SurrenderOnEscrow(id);

        _series[series] = state.burnedOne();
        _burn(id, pass_);
        emit PassSurrendered(id, msg.sender);
    }

    function _refund(uint256 id, address to) private {
        (uint64 series, uint256 pass_, uint256 state, Document doc) = _readPass(id);
        if (pass_.owner() != msg.sender) revert NotHolder(id, msg.sender);
        if (!_isEscrow(doc)) revert NotEscrow(series);
        (PassRules.RefundCode code, uint256 amount) = _refundable(pass_, doc);
        if (code == PassRules.RefundCode.Nothing) revert RefundNothing(id, block.timestamp);

        uint256 drawn = pass_.drawnBp();
        if (drawn != 0) _paidToLive[series] -= PassRules.part(doc.price(), drawn);
        _series[series] = state.less(amount).burnedOne();
        _burn(id, pass_);
        emit PassRefunded(id, amount);
        _pay(doc.currency(), to, amount);
    }
}

