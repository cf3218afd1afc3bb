// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimLine, MintClaim, MintClaimBatch} from "../../contracts/IEventPassTypes.sol";
import {PassIds} from "../../contracts/PassIds.sol";
import {Claimants} from "./Claimants.sol";
import {vm} from "./Cheats.sol";

/// @title StolenSigner
/// @notice Whoever has a hot signer's key mints what is free, to anybody, up to its cap, and no
///         more: not what was minted, not above a Series' cap, no escrow pass, nothing elsewhere.
abstract contract StolenSigner is Claimants {
    /// @notice Mints to the thief until the cap is reached, and tries once more.
    function plunder(uint256 seed) external step(seed) {
        uint64 series = _externalSeries();
        uint256 most = _leftOf(vm.addr(STOLEN_KEY)) + 1;
        for (uint32 serial = 1; serial <= _records[series].cap && most != 0; ++serial) {
            MintClaim memory message = _claimOf(series, serial);
            if (_passes[message.passId].series != 0) continue;
            _claim(message, STOLEN_KEY, "plunder");
            --most;
        }
    }

    /// @notice Signs what no claim may say.
    function forge(uint256 seed) external step(seed) {
        uint64 series = _externalSeries();
        MintClaim memory message = _claimOf(series, uint32(1 + _pick(_records[series].cap)));
        uint256 kind = _pick(8);
        if (kind == 0) message.passId = PassIds.compose(series, _records[series].cap + 1);
        if (kind == 1) message.passId = PassIds.compose(1, 1 + uint32(_pick(8)));
        if (kind == 2) message.passId = PassIds.badgeId(1);
        if (kind == 3) message.passId = PassIds.compose(type(uint64).max, 1);
        if (kind == 4) message.passId |= 1 << (128 + _pick(128));
        if (kind == 5) message.to = address(0);
        if (kind == 6) message.termsHash ^= bytes32(uint256(1) << 255);
        if (kind == 7) message.deadline = message.notBefore + uint64(CLAIM_LIFE) + 1;
        if (kind == 1) message.termsHash = _records[1].termsHash;
        bytes memory signature = _signed(STOLEN_KEY, pass.hashMintClaim(message));
        bool ok = _guarded(_people[0], 0, abi.encodeCall(pass.claim, (message, signature)));
        _expect(ok, false, "forge a claim", kind);
    }

    /// @notice Uses a signature for what it was not given for: twice, for somebody else, for
    ///         another clone's pass.
    function misuse(uint256 seed) external step(seed) {
        if (_claimed.length == 0) return;
        uint256 which = _pick(_claimed.length);
        MintClaim memory message = _claimed[which];
        bytes memory signature = _claimSignatures[which];
        uint256 kind = _pick(4);
        if (kind == 1) {
            (message.notBefore, message.deadline) = _life();
            signature = _signed(STOLEN_KEY, pass.hashMintClaim(message)); // the id lived already
        }
        if (kind == 2) message.to = _people[(uint160(message.to) + 1) % _people.length];
        if (kind == 3) {
            message = _claimOf(_externalSeries(), 1 + uint32(_pick(6)));
            signature = _signed(STOLEN_KEY, _other.hashMintClaim(message));
        }
        bool ok = _guarded(_people[0], 0, abi.encodeCall(pass.claim, (message, signature)));
        _expect(ok, false, "misuse a signature", kind);
    }

    /// @notice One signature over more than is left.
    function plunderAtOnce(uint256 seed) external step(seed) {
        MintClaimBatch memory batch;
        batch.series = _externalSeries();
        batch.termsHash = _records[batch.series].termsHash;
        batch.notBefore = uint64(block.timestamp);
        batch.deadline = uint64(block.timestamp + CLAIM_LIFE);
        batch.lines = new ClaimLine[](_leftOf(vm.addr(STOLEN_KEY)) + 1);
        for (uint256 i = 0; i < batch.lines.length; ++i) {
            uint32 serial = uint32(1 + (i % _records[batch.series].cap));
            batch.lines[i] = ClaimLine(serial, _people[0], 1, 0);
        }
        bytes memory signature = _signed(STOLEN_KEY, pass.hashMintClaimBatch(batch));
        bool ok = _guarded(_people[0], 0, abi.encodeCall(pass.claimBatch, (batch, signature)));
        _expect(ok, false, "exceed a signer's cap at once", batch.lines.length);
    }
}
