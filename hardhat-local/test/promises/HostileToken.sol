// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPlot} from "./Cheats.sol";

/// @title HostileToken
/// @notice An ERC-20 with ERC-3009 whose manner may change at any time; it may block accounts.
contract HostileToken {
    enum Manner {
        Good,
        ReturnsNothing,
        CallsBack,
        TakesFeeOnTop,
        TakesFee,
        ReturnsFalse,
        Lies,
        Stops
    }

    error TokenBlocked(address account);
    error TokenTooPoor(address account);
    error TokenStopped();
    error AuthorizationBad();

    IPlot private immutable PLOT;
    Manner public manner;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => bool) public blocked;
    mapping(address => mapping(bytes32 nonce => uint256)) public authorized;

    constructor(IPlot plot) {
        PLOT = plot;
    }

    function setManner(Manner manner_) external {
        manner = manner_;
    }

    function setBlocked(address account, bool isBlocked) external {
        blocked[account] = isBlocked;
    }

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function allow(address owner, address spender, uint256 value) external {
        allowance[owner][spender] = value;
    }

    /// @notice Stands for the payer's ERC-3009 signature: this value, once, to who asks for it.
    function authorize(address from, bytes32 nonce, uint256 value) external {
        authorized[from][nonce] = value;
    }

    /// @notice Whether `from` can pay `to` now such that exactly the amount arrives.
    function moves(address from, address to) external view returns (bool) {
        return manner <= Manner.TakesFeeOnTop && !blocked[from] && !blocked[to];
    }

    /// @notice Whether `from` can send now such that exactly the amount leaves.
    function leaves(address from, address to) external view returns (bool) {
        bool exact = manner <= Manner.CallsBack || manner == Manner.TakesFee;
        return exact && !blocked[from] && !blocked[to];
    }

    /// @notice What arrives of `value`.
    function afterFee(uint256 value) public view returns (uint256) {
        return manner == Manner.TakesFee && value != 0 ? value - value / 100 - 1 : value;
    }

    function transfer(address to, uint256 value) external {
        if (manner == Manner.TakesFeeOnTop) balanceOf[msg.sender] -= 1;
        _move(msg.sender, to, value);
        _answer();
    }

    function transferFrom(address from, address to, uint256 value) external {
        allowance[from][msg.sender] -= value;
        _move(from, to, value);
        _answer();
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32 nonce,
        uint8,
        bytes32,
        bytes32
    ) external {
        if (to != msg.sender || authorized[from][nonce] != value) revert AuthorizationBad();
        authorized[from][nonce] = 0;
        _move(from, to, value);
    }

    function _move(address from, address to, uint256 value) private {
        if (manner == Manner.Stops) revert TokenStopped();
        if (blocked[from]) revert TokenBlocked(from);
        if (blocked[to]) revert TokenBlocked(to);
        if (manner == Manner.ReturnsFalse || manner == Manner.Lies) return;
        if (balanceOf[from] < value) revert TokenTooPoor(from);
        balanceOf[from] -= value;
        balanceOf[to] += afterFee(value);
        if (manner == Manner.CallsBack) _plot();
    }

    function _plot() private {
        try PLOT.reenter() {}
        catch (bytes memory reason) {
            PLOT.accuse(reason);
        }
    }

    /// @dev Ends the call with what the manner says: true, false or nothing at all.
    function _answer() private view {
        uint256 answer = manner == Manner.ReturnsFalse ? 0 : 1;
        uint256 size = manner == Manner.ReturnsNothing ? 0 : 32;
        assembly {
            mstore(0, answer)
            return(0, size)
        }
    }
}
