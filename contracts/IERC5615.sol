// SPDX-License-Identifier: CC0-1.0
pragma solidity 0.8.37;

/// @title IERC5615
/// @notice ERC-5615: supply of ERC-1155 tokens. Its ERC-165 identifier is 0xf2d03e40.
interface IERC5615 {
    /// @notice Whether the token id exists, previously existed, or may exist.
    function exists(uint256 id) external view returns (bool);

    /// @notice Returns how many tokens of an id exist, 0 if the id does not.
    function totalSupply(uint256 id) external view returns (uint256);
}
