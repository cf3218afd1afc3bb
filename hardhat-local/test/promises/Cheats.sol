// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a Solidity test may do beside calling contracts.
interface Vm {
    function warp(uint256 time) external;
    function prank(address sender) external;
    function deal(address account, uint256 balance) external;
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest)
        external
        pure
        returns (uint8 v, bytes32 r, bytes32 s);
    function envOr(string calldata name, bool otherwise) external view returns (bool);
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice A promise of docs/contract.md was broken; `subject` is the pass, Series or account.
error PromiseBroken(string what, uint256 subject, uint256 seen, uint256 expected);

/// @notice Who is called back by hostile tokens and receivers in the middle of a call.
interface IPlot {
    function reenter() external;
    function accuse(bytes calldata reason) external;
}
