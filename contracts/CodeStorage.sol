// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title CodeStorage
/// @notice Bytes kept as the code of a contract that can do nothing: written once, never changed.
/// @dev A STOP byte stands before the data, so that calling the contract does nothing.
library CodeStorage {
    /// @notice No contract could be created for the data.
    error CodeNotStored(uint256 length);

    /// @notice Returns the address of the contract that `creator` makes at `nonce`.
    /// @dev Nonces below 2^24, which is all that we count; RLP writes them without leading zeros.
    function addressOf(address creator, uint256 nonce) internal pure returns (address) {
        bytes memory rlp;
        if (nonce < 0x80) return _addressOfFew(creator, nonce);
        if (nonce < 0x100) rlp = abi.encodePacked(hex"d794", creator, hex"81", uint8(nonce));
        else if (nonce < 0x10000) rlp = abi.encodePacked(hex"d894", creator, hex"82", uint16(nonce));
        else rlp = abi.encodePacked(hex"d994", creator, hex"83", uint24(nonce));
        return address(uint160(uint256(keccak256(rlp))));
    }

    /// @dev The common case without memory: list of 22 bytes, address of 20, one byte of nonce.
    function _addressOfFew(address creator, uint256 nonce) private pure returns (address made) {
        assembly ("memory-safe") {
            mstore(0, or(shl(240, 0xd694), or(shl(80, creator), shl(72, nonce))))
            made := and(keccak256(0, 23), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    /// @notice Stores `data` (shorter than 24,575 bytes) and returns where.
    function write(bytes memory data) internal returns (address stored) {
        // PUSH2 length+1, DUP1, PUSH1 10, RETURNDATASIZE (0), CODECOPY, RETURNDATASIZE, RETURN, STOP
        bytes memory init =
            abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df300", data);
        assembly ("memory-safe") {
            stored := create(0, add(init, 32), mload(init))
        }
        if (stored == address(0)) revert CodeNotStored(data.length);
    }

    /// @notice Returns what {write} stored.
    function read(address stored) internal view returns (bytes memory data) {
        data = stored.code;
        assembly ("memory-safe") {
            let length := sub(mload(data), 1)
            data := add(data, 1) // the byte before the data becomes the last one of the length
            mstore(data, length)
        }
    }
}

/// @title CodeStore
/// @notice Stores a text for contracts that are to share it; see {CodeStorage}.
contract CodeStore {
    /// @notice Where the text is.
    address public immutable stored;

    /// @param text Such as `https://example.org/o/`.
    constructor(string memory text) {
        stored = CodeStorage.write(bytes(text));
    }
}
