// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title PassVoucherHarness
/// @notice Test only: hashes a PassVoucher on chain and recovers who signed it.
/// @dev No contract of ours accepts a PassVoucher, ever. It is proof for wallets and third
///      parties, its domain names no chain and no contract, and so it could be replayed on any;
///      a pass goes on chain by MintClaim only. This harness is never deployed: it shows that the
///      bytes the service signs are those that Solidity's own EIP-712 encoding gives
///      (`tests/vectors/vouchers.json`).
contract PassVoucherHarness {
    /// @notice What a voucher says; times are Unix seconds.
    struct PassVoucher {
        uint256 passId;
        address holder;
        uint64 epoch;
        uint64 issuedAt;
        uint64 expiresAt;
        bytes32 termsHash;
    }

    bytes32 public constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,bytes32 salt)");
    bytes32 public constant VOUCHER_TYPEHASH = keccak256(
        "PassVoucher(uint256 passId,address holder,uint64 epoch,uint64 issuedAt,uint64 expiresAt,bytes32 termsHash)"
    );

    /// @notice Returns the domain salt of an organizer: the hash of the 16 bytes of its id.
    function salt(bytes16 organizer) public pure returns (bytes32) {
        return keccak256(abi.encodePacked(organizer));
    }

    /// @notice Returns the domain separator of an organizer's vouchers.
    function domainSeparator(bytes16 organizer) public pure returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256(bytes("EventPass Voucher")),
                keccak256(bytes("1")),
                salt(organizer)
            )
        );
    }

    /// @notice Returns the 32 bytes that the issuer signs.
    function hashVoucher(PassVoucher calldata voucher, bytes16 organizer)
        public
        pure
        returns (bytes32)
    {
        // Every member is of a value type, so the struct's ABI encoding is its EIP-712 encoding.
        return MessageHashUtils.toTypedDataHash(
            domainSeparator(organizer), keccak256(abi.encode(VOUCHER_TYPEHASH, voucher))
        );
    }

    /// @notice Returns who signed the voucher.
    /// @dev Refuses with the errors of {ECDSA}: length other than 65, high s, no such point.
    function recover(PassVoucher calldata voucher, bytes16 organizer, bytes calldata signature)
        external
        pure
        returns (address)
    {
        return ECDSA.recover(hashVoucher(voucher, organizer), signature);
    }

    /// @notice Returns what the bare precompile makes of a signature: zero if nobody signed.
    function recoverRaw(bytes32 digest, uint8 v, bytes32 r, bytes32 s)
        external
        pure
        returns (address)
    {
        return ecrecover(digest, v, r, s);
    }
}
