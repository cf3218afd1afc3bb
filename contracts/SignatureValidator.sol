// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title SignatureValidator
/// @notice Asks a contract wallet whether a signature is its own: ERC-1271, and ERC-6492 for one
/// that is not deployed yet.
/// @dev Never deployed. Its creation code with these arguments is the `data` of an `eth_call`
/// without `to`; the one byte that the constructor returns is the answer, 1 or 0. So nothing is
/// changed on any chain, the wallet's answer can be of any length without reaching the caller,
/// and a wallet that burns all gas leaves the 1/64 that the caller kept, enough to say no.
contract SignatureValidator {
    /// @param account Whose signature it is said to be.
    /// @param hash What was signed.
    /// @param signature The signature, out of its ERC-6492 wrapping.
    /// @param factory Who deploys or prepares the account if it does not accept as it is, or zero.
    /// @param preparation What to call the factory with.
    constructor(
        address account,
        bytes32 hash,
        bytes memory signature,
        address factory,
        bytes memory preparation
    ) {
        bool valid = _accepts(account, hash, signature);
        if (!valid && factory != address(0)) {
            bool prepared;
            assembly ("memory-safe") {
                // In assembly because the answer, of any length, must not be copied.
                prepared :=
                    call(gas(), factory, 0, add(preparation, 32), mload(preparation), 0, 0)
            }
            valid = prepared && _accepts(account, hash, signature);
        }
        assembly ("memory-safe") {
            mstore(0, valid)
            return(31, 1)
        }
    }

    /// @dev An answer counts only if it is exactly the magic word. Without code there is no
    /// account that could answer; the call would succeed all the same.
    function _accepts(address account, bytes32 hash, bytes memory signature)
        private
        view
        returns (bool valid)
    {
        if (account.code.length == 0) return false;
        bytes memory asked = abi.encodeCall(IERC1271.isValidSignature, (hash, signature));
        bytes4 magic = IERC1271.isValidSignature.selector;
        assembly ("memory-safe") {
            let answered := staticcall(gas(), account, add(asked, 32), mload(asked), 0, 32)
            if and(answered, eq(returndatasize(), 32)) { valid := eq(mload(0), magic) }
        }
    }
}
