// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;


import {IEventPassCore} from "./IEventPassCore.sol";
import {ClaimLine, MintClaim, MintClaimBatch} from "./IEventPassTypes.sol";
import {PassIds} from "./PassIds.sol";
import {PassLedger} from "./PassLedger.sol";
import {Receivers} from "./Receivers.sol";
import {Signers} from "./Signers.sol";
import {SeriesWord} from "./StateWords.sol";

/// @title Claims
/// @notice Passes of our book become tokens: exactly the signed id, once ever, for the signed account.
abstract contract Claims is PassLedger, Signers {
    using SeriesWord for uint256;

    uint256 private constant CLAIM_LIFE = 15 minutes;
    /// @dev What one recipient of a batch may burn; a hook that takes more is one that cannot receive.
    uint256 private constant HOOK_GAS = 200_000;

    /// @inheritdoc IEventPassCore
    function claim(MintClaim calldata claim_, bytes calldata signature)
        external
        nonReentrant
        whenNotPaused
    {
        uint256 id = claim_.passId;
        (uint64 series, uint32 serial) = PassIds.split(id);
        address to = claim_.to;
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        _checkLife(claim_.notBefore, claim_.deadline);
        (uint256 state, uint256 cap) = _checkClaimable(series, claim_.termsHash);
        if (serial > cap) revert SerialAboveCap(series, serial, cap);
        _spend(hashMintClaim(claim_), signature, 1);

        _series[series] = state.sold(1, 0);
        _create(to, id, 0, claim_.transfers);
        emit TransferSingle(msg.sender, address(0), to, id, 1);
        if (to.code.length != 0) Receivers.accept(msg.sender, address(0), to, id, 1, "");
    }

    /// @inheritdoc IEventPassCore
    /// @dev The signer's cap counts all lines, also those that are left out.
    function claimBatch(MintClaimBatch calldata batch, bytes calldata signature)
        external
        nonReentrant
        whenNotPaused
        returns (uint256 minted)
    {
        uint64 series = batch.series;
        ClaimLine[] calldata lines = batch.lines;
        if (lines.length == 0) revert ZeroQuantity(series);
        _checkLife(batch.notBefore, batch.deadline);
        (, uint256 cap) = _checkClaimable(series, batch.termsHash);
        _spend(hashMintClaimBatch(batch), signature, lines.length);

        for (uint256 i = 0; i < lines.length; ++i) {
            ClaimLine calldata line = lines[i];
            if (line.serial > cap) revert SerialAboveCap(series, line.serial, cap);
            uint256 id = PassIds.compose(series, line.serial);
            if (_mintLine(id, line)) ++minted;
            else emit ClaimSkipped(id, line.to);
        }
        // Read anew: recipients were asked meanwhile. At most the cap: ids are minted once.
        _series[series] = _series[series].sold(minted, 0);
    }

    /// @notice Mints one line of a batch, in a call of its own so that a refusal undoes it whole.
    /// @dev Only called by the contract itself.
    function mintLine(address operator, address to, uint256 id, uint32 transfers) external {
        if (msg.sender != address(this)) revert OnlyItself(msg.sender);
        _create(to, id, 0, transfers);
        emit TransferSingle(operator, address(0), to, id, 1);
        Receivers.accept(operator, address(0), to, id, 1, "");
    }

    function _mintLine(uint256 id, ClaimLine calldata line) private returns (bool) {
        address to = line.to;
        if (to == address(0) || _passes[id] != 0) return false;
        if (to.code.length == 0) {
            _create(to, id, 0, line.transfers);
            emit TransferSingle(msg.sender, address(0), to, id, 1);
            return true;
        }
        // Whoever submits the batch must not be able to starve a recipient of gas.
        uint256 needed = HOOK_GAS + HOOK_GAS / 32 + 10_000;
        if (gasleft() < needed) revert ClaimGasTooLow(needed, gasleft());
        (bool received,) = address(this).call{gas: HOOK_GAS}(
            abi.encodeCall(this.mintLine, (msg.sender, to, id, line.transfers))
        );
        return received;
    }

    function _checkLife(uint256 notBefore, uint256 deadline) private view {
        if (block.timestamp < notBefore) revert ClaimTooEarly(notBefore, block.timestamp);
        if (block.timestamp >= deadline) revert ClaimExpired(deadline, block.timestamp);
        if (deadline - notBefore > CLAIM_LIFE) revert ClaimTooLong(notBefore, deadline);
    }

    /// @dev An external Series keeps in its state what a claim asks about, see {SeriesWord}.
    function _checkClaimable(uint64 series, bytes32 termsHash)
        private
        view
        returns (uint256 state, uint256 cap)
    {
        state = _series[series];
        if (state == 0) revert UnknownSeries(series);
        if (state & SeriesWord.EXTERNAL == 0) revert ClaimOnEscrow(series);
        uint256 expected = state.escrow();
        if (expected != uint256(termsHash) >> 160) {
            revert ClaimWrongTerms(series, expected, termsHash);
        }
        cap = state.closes();
    }
}
