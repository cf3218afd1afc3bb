// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {Domain} from "./Domain.sol";
import {EventPassState, Signer} from "./EventPassState.sol";
import {IEventPassCore} from "./IEventPassCore.sol";
import {ClaimLine, MintClaim, MintClaimBatch, SaleTicket} from "./IEventPassTypes.sol";

/// @title Signers
/// @notice Hot signers: what they sign (EIP-712) and how much one may admit per window.
/// @dev The domain names chain and clone (ERC-5267), so nothing signed here is good elsewhere.
abstract contract Signers is EventPassState, IEventPassCore {
    bytes32 private constant CLAIM_TYPE = keccak256(
        "MintClaim(uint256 passId,address to,uint64 epoch,uint32 transfers,bytes32 termsHash,uint64 notBefore,uint64 deadline)"
    );
    bytes32 private constant BATCH_TYPE = keccak256(
        "MintClaimBatch(uint64 series,bytes32 termsHash,uint64 notBefore,uint64 deadline,ClaimLine[] lines)ClaimLine(uint32 serial,address to,uint64 epoch,uint32 transfers)"
    );
    bytes32 private constant LINE_TYPE =
        keccak256("ClaimLine(uint32 serial,address to,uint64 epoch,uint32 transfers)");
    bytes32 private constant TICKET_TYPE = keccak256(
        "SaleTicket(uint64 series,address buyer,uint32 quantity,uint256 nonce,uint64 deadline)"
    );

    /// @inheritdoc IEventPassCore
    function hashSaleTicket(SaleTicket calldata ticket) public view returns (bytes32) {
        // Every member is of a value type, so the ABI encoding is the EIP-712 encoding.
        return Domain.digest(keccak256(abi.encode(TICKET_TYPE, ticket)));
    }

    /// @inheritdoc IEventPassCore
    function hashMintClaim(MintClaim calldata claim_) public view returns (bytes32) {
        return Domain.digest(keccak256(abi.encode(CLAIM_TYPE, claim_)));
    }

    /// @inheritdoc IEventPassCore
    function hashMintClaimBatch(MintClaimBatch calldata batch) public view returns (bytes32) {
        ClaimLine[] calldata lines = batch.lines;
        bytes32[] memory hashes = new bytes32[](lines.length);
        for (uint256 i = 0; i < lines.length; ++i) {
            hashes[i] = keccak256(abi.encode(LINE_TYPE, lines[i]));
        }
        return Domain.digest(
            keccak256(
                abi.encode(
                    BATCH_TYPE,
                    batch.series,
                    batch.termsHash,
                    batch.notBefore,
                    batch.deadline,
                    keccak256(abi.encodePacked(hashes))
                )
            )
        );
    }

    /// @dev Recovers who signed and counts `quantity` against that signer's cap.
    function _spend(bytes32 digest, bytes calldata signature, uint256 quantity) internal {
        address signer = ECDSA.recoverCalldata(digest, signature);
        Signer memory hot = _signers[signer];
        if (hot.cap == 0) revert SignerUnknown(signer);
        if (block.timestamp >= hot.windowEndsAt) {
            hot.used = 0;
            hot.windowEndsAt = uint40(block.timestamp + hot.window);
        }
        uint256 left = hot.cap - hot.used;
        if (quantity > left) {
            revert SignerCapReached(signer, quantity, left, hot.windowEndsAt);
        }
        hot.used += uint32(quantity); // at most `left`, which has 32 bits
        _signers[signer] = hot;
    }
}
