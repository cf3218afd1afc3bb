// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassState, SeriesState} from "./EventPassState.sol";
import {IEventPassDesk} from "./IEventPassDesk.sol";
import {PassStanding, SeriesBooks} from "./IEventPassTypes.sol";
import {PassRules} from "./PassRules.sol";
import {Payouts} from "./Payouts.sol";
import {Document} from "./SeriesDocument.sol";

/// @title Books
/// @notice Where the money is: what holders are owed, and what the organizer may take.
abstract contract Books is Payouts, IEventPassDesk {
    /// @inheritdoc IEventPassDesk
    function withdraw(uint64 series, uint256 amount, address to) external onlyOwner nonReentrant {
        (SeriesState memory state, Document memory doc) = _read(series);
        uint256 most = _withdrawable(series, state, doc);
        if (amount > most) revert MoreThanWithdrawable(series, amount, most);

        state.escrow -= uint96(amount);
        _series[series] = state;
        emit Withdrawn(series, to, amount);
        _pay(doc.currency, to, amount);
    }

    /// @inheritdoc IEventPassDesk
    function refundOf(uint256 id)
        external
        view
        returns (PassRules.RefundCode code, uint256 amount)
    {
        (, PassState memory pass_,, Document memory doc) = _readPass(id);
        if (_isEscrow(doc)) (code, amount) = _refundable(pass_, doc);
    }

    /// @inheritdoc IEventPassDesk
    function drawOf(uint256 id) external view returns (uint256 amount) {
        (, PassState memory pass_,, Document memory doc) = _readPass(id);
        return _drawable(pass_, doc);
    }

    /// @inheritdoc IEventPassDesk
    function canTransfer(uint256 id)
        external
        view
        returns (bool allowed, PassRules.TransferCode code)
    {
        (, PassState memory pass_,, Document memory doc) = _readPass(id);
        code = PassRules.transfer(doc, pass_.transfers, false, block.timestamp);
        allowed = code == PassRules.TransferCode.Open;
    }

    /// @inheritdoc IEventPassDesk
    function passOf(uint256 id) external view returns (PassStanding memory standing) {
        PassState memory pass_ = _passes[id];
        if (pass_.status == 0) revert UnknownPass(id);
        (, Document memory doc) = _read(uint64(id >> 32));
        standing = PassStanding({
            holder: pass_.owner,
            coolingEndsAt: pass_.coolingEndsAt,
            transfers: pass_.transfers,
            paidBack: PassRules.part(doc.price, pass_.drawnBp),
            burned: pass_.status == BURNED
        });
    }

    /// @inheritdoc IEventPassDesk
    function booksOf(uint64 series) external view returns (SeriesBooks memory) {
        (SeriesState memory state, Document memory doc) = _read(series);
        return SeriesBooks({
            minted: state.minted,
            live: state.minted - state.burned,
            burned: state.burned,
            saleClosesAt: state.saleClosesAt,
            escrow: state.escrow,
            paidToLive: _paidToLive[series],
            withdrawable: _withdrawable(series, state, doc)
        });
    }

    function _withdrawable(uint64 series, SeriesState memory state, Document memory doc)
        private
        view
        returns (uint256)
    {
        uint256 share = PassRules.reserveShare(doc, state.saleClosesAt, block.timestamp);
        uint256 live = state.minted - state.burned;
        uint256 owed = live * PassRules.part(doc.price, share);
        uint256 kept = state.escrow + _paidToLive[series];
        return kept > owed ? kept - owed : 0;
    }

    /// @inheritdoc IEventPassDesk
    function isTicketSpent(uint256 nonce) external view returns (bool) {
        return _spentTickets[nonce];
    }
}
