// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEventPassDesk} from "./IEventPassDesk.sol";
import {PassStanding, SeriesBooks} from "./IEventPassTypes.sol";
import {PassRules} from "./PassRules.sol";
import {Payouts} from "./Payouts.sol";
import {Document, PassWords} from "./SeriesDocument.sol";
import {PassWord, SeriesWord} from "./StateWords.sol";

/// @title Books
/// @notice Where the money is: what holders are owed, and what the organizer may take.
abstract contract Books is Payouts, IEventPassDesk {
    using PassWord for uint256;
    using PassWords for Document;
    using SeriesWord for uint256;

    /// @inheritdoc IEventPassDesk
    function withdraw(uint64 series, uint256 amount, address to) external onlyOwner nonReentrant {
        (uint256 state, Document doc) = _read(series);
        uint256 most = _withdrawable(series, state, doc);
        if (amount > most) revert MoreThanWithdrawable(series, amount, most);

        _series[series] = state.less(amount);
        emit Withdrawn(series, to, amount);
        _pay(doc.currency(), to, amount);
    }

    /// @inheritdoc IEventPassDesk
    function refundOf(uint256 id)
        external
        view
        returns (PassRules.RefundCode code, uint256 amount)
    {
        (, uint256 pass_,, Document doc) = _readPass(id);
        if (_isEscrow(doc)) (code, amount) = _refundable(pass_, doc);
    }

    /// @inheritdoc IEventPassDesk
    function drawOf(uint256 id) external view returns (uint256 amount) {
        (, uint256 pass_,, Document doc) = _readPass(id);
        return _drawable(pass_, doc);
    }

    /// @inheritdoc IEventPassDesk
    function canTransfer(uint256 id)
        external
        view
        returns (bool allowed, PassRules.TransferCode code)
    {
        (, uint256 pass_,, Document doc) = _readPass(id);
        code = PassRules.transfer(doc, pass_.transfers(), false, block.timestamp);
        allowed = code == PassRules.TransferCode.Open;
    }

    /// @inheritdoc IEventPassDesk
    function passOf(uint256 id) external view returns (PassStanding memory standing) {
        uint256 pass_ = _passes[id];
        if (pass_ == 0) revert UnknownPass(id);
        (, Document doc) = _read(uint64(id >> 32));
        standing = PassStanding({
            holder: pass_.owner(),
            coolingEndsAt: uint40(pass_.coolingEndsAt()),
            transfers: uint32(pass_.transfers()),
            paidBack: PassRules.part(doc.price(), pass_.drawnBp()),
            burned: pass_ & PassWord.BURNED != 0
        });
    }

    /// @inheritdoc IEventPassDesk
    function booksOf(uint64 series) external view returns (SeriesBooks memory) {
        (uint256 state, Document doc) = _read(series);
        bool escrow = _isEscrow(doc);
        return SeriesBooks({
            minted: uint32(state.minted()),
            live: uint32(state.minted() - state.burned()),
            burned: uint32(state.burned()),
            saleClosesAt: escrow ? uint40(state.closes()) : 0,
            escrow: escrow ? state.escrow() : 0,
            paidToLive: _paidToLive[series],
            withdrawable: _withdrawable(series, state, doc)
        });
    }

    function _withdrawable(uint64 series, uint256 state, Document doc)
        private
        view
        returns (uint256)
    {
        if (!_isEscrow(doc)) return 0;
        uint256 share = PassRules.reserveShare(doc, state.closes(), block.timestamp);
        uint256 live = state.minted() - state.burned();
        uint256 owed = live * PassRules.part(doc.price(), share);
        uint256 kept = state.escrow() + _paidToLive[series];
        return kept > owed ? kept - owed : 0;
    }

    /// @inheritdoc IEventPassDesk
    function isTicketSpent(uint256 nonce) external view returns (bool) {
        return _spentTickets[nonce];
    }
}
