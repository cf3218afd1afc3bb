// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title Domain
/// @notice The EIP-712 domain of a clone: it names chain and clone, so nothing is good elsewhere.
library Domain {
    string internal constant NAME = "EventPass";
    string internal constant VERSION = "1";
    bytes32 private constant TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @notice Returns what is signed for a struct of this hash.
    function digest(bytes32 structHash) internal view returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                TYPE, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, address(this)
            )
        );
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }
}
