// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimLine, MintClaim, MintClaimBatch} from "../../contracts/IEventPassTypes.sol";
import {PassIds} from "../../contracts/PassIds.sol";
import {SeriesRecord} from "./Records.sol";
import {TicketBuyers} from "./TicketBuyers.sol";

/// @title Claimants
/// @notice Passes of the book become tokens; what is signed is good, early, late or too long.
abstract contract Claimants is TicketBuyers {
    uint256 internal constant CLAIM_LIFE = 15 minutes;

    /// @dev What was claimed, to be sent again.
    MintClaim[] internal _claimed;
    bytes[] internal _claimSignatures;

    function claim(uint256 seed) external step(seed) {
        uint64 series = _externalSeries();
        MintClaim memory message = _claimOf(series, uint32(1 + _pick(_records[series].cap + 1)));
        (message.notBefore, message.deadline) = _life();
        _claim(message, _anyKey(), "claim");
    }

    /// @notice Claims for several; who cannot receive and what is a token already is left out.
    function claimBatch(uint256 seed) external step(seed) {
        uint64 series = _externalSeries();
        MintClaimBatch memory batch;
        (batch.series, batch.termsHash) = (series, _records[series].termsHash);
        (batch.notBefore, batch.deadline) = _life();
        batch.lines = new ClaimLine[](_pick(5));
        for (uint256 i = 0; i < batch.lines.length; ++i) {
            uint32 serial = uint32(1 + _pick(_records[series].cap));
            address to = _rarely(12) ? address(0) : _anybody();
            batch.lines[i] = ClaimLine(serial, to, 1, uint32(_pick(3)));
        }
        bool above = batch.lines.length != 0 && _rarely(12);
        if (above) batch.lines[0].serial = _records[series].cap + 1;
        _claimBatch(batch, _anyKey());
    }

    function _claim(MintClaim memory message, uint256 key, string memory action) internal {
        bool must = _mints(message) && _hasLeft(key, 1);
        bytes memory signature = _signed(key, pass.hashMintClaim(message));
        if (must) {
            _recordAdmission(key, 1);
            uint64 series = uint64(message.passId >> 32);
            _recordPass(series, uint32(message.passId), message.to, message.transfers, 0);
            _claimed.push(message);
            _claimSignatures.push(signature);
        }
        bool ok = _guarded(_anybody(), 0, abi.encodeCall(pass.claim, (message, signature)));
        _expect(ok, must, action, message.passId);
    }

    /// @dev Whether a claim says what the contract must accept of a signer with some cap left.
    function _mints(MintClaim memory message) internal view returns (bool) {
        if (!PassIds.isPass(message.passId)) return false;
        uint64 series = uint64(message.passId >> 32);
        return _claimable(series, message.termsHash)
            && _timely(message.notBefore, message.deadline)
            && uint32(message.passId) <= _records[series].cap && _welcomes(message.to)
            && _passes[message.passId].series == 0;
    }

    function _claimOf(uint64 series, uint32 serial) internal returns (MintClaim memory) {
        return MintClaim({
            passId: PassIds.compose(series, serial),
            to: _anybody(),
            epoch: 1,
            transfers: uint32(_pick(3)),
            termsHash: _records[series].termsHash,
            notBefore: uint64(block.timestamp),
            deadline: uint64(block.timestamp + CLAIM_LIFE)
        });
    }

    /// @dev Mostly good now; early, over, or longer than allowed now and then.
    function _life() internal returns (uint64 notBefore, uint64 deadline) {
        uint256 pick = _pick(24);
        uint256 time = block.timestamp;
        notBefore = uint64(pick == 0 ? time + 1 : time - _pick(CLAIM_LIFE));
        deadline = uint64(pick == 1 ? time : notBefore + CLAIM_LIFE);
        if (pick == 2) ++deadline;
    }

    function _externalSeries() internal returns (uint64 series) {
        series = _anySeries();
        for (uint256 i = 0; i < 12 && _records[series].escrow; ++i) {
            series = _anySeries();
        }
    }

    function _claimable(uint64 series, bytes32 termsHash) private view returns (bool) {
        SeriesRecord storage record = _records[series];
        return _guards == 0 && !_isPaused() && record.terms != 0 && !record.escrow
            && record.termsHash == termsHash;
    }

    function _timely(uint256 notBefore, uint256 deadline) private view returns (bool) {
        return notBefore <= block.timestamp && block.timestamp < deadline
            && deadline - notBefore <= CLAIM_LIFE;
    }

    function _claimBatch(MintClaimBatch memory batch, uint256 key) private {
        bool must = batch.lines.length != 0 && _claimable(batch.series, batch.termsHash)
            && _timely(batch.notBefore, batch.deadline) && _hasLeft(key, batch.lines.length);
        for (uint256 i = 0; i < batch.lines.length; ++i) {
            must = must && batch.lines[i].serial <= _records[batch.series].cap;
        }
        if (must) _recordAdmission(key, batch.lines.length);
        for (uint256 i = 0; must && i < batch.lines.length; ++i) {
            ClaimLine memory line = batch.lines[i];
            uint256 id = PassIds.compose(batch.series, line.serial);
            if (_passes[id].series != 0 || !_welcomes(line.to)) continue;
            _recordPass(batch.series, line.serial, line.to, line.transfers, 0);
        }
        bytes memory signature = _signed(key, pass.hashMintClaimBatch(batch));
        _calm = true; // a recipient of a batch has too little gas for more
        bool ok = _guarded(_anybody(), 0, abi.encodeCall(pass.claimBatch, (batch, signature)));
        _calm = false;
        _expect(ok, must, "claim a batch", batch.series);
    }
}
