// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPlot} from "./Cheats.sol";

/// @title HostileReceiver
/// @notice A holder that is a contract: refuses tokens or money, or plots while it is asked.
contract HostileReceiver {
    enum Manner {
        Accepts,
        Plots,
        Refuses,
        AnswersWrongly
    }

    error Refused();

    IPlot private immutable PLOT;
    Manner public manner;
    bool public refusesMoney;

    constructor(IPlot plot) {
        PLOT = plot;
    }

    receive() external payable {
        if (refusesMoney) revert Refused();
        _plot();
    }

    /// @notice Takes money without a plot.
    function fund() external payable {}

    function set(Manner manner_, bool refusesMoney_) external {
        (manner, refusesMoney) = (manner_, refusesMoney_);
    }

    /// @notice Whether it takes tokens; a plot always ends with the right answer.
    function takesTokens() external view returns (bool) {
        return manner == Manner.Accepts || manner == Manner.Plots;
    }

    /// @notice Calls `to` as this contract.
    function act(address to, uint256 value, bytes calldata data) external returns (bool done) {
        (done,) = to.call{value: value}(data);
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata)
        external
        returns (bytes4)
    {
        return _answer(this.onERC1155Received.selector);
    }

    function onERC1155BatchReceived(
        address,
        address,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external returns (bytes4) {
        return _answer(this.onERC1155BatchReceived.selector);
    }

    function _answer(bytes4 expected) private returns (bytes4) {
        if (manner == Manner.Refuses) revert Refused();
        if (manner == Manner.AnswersWrongly) return 0xdeadbeef;
        _plot();
        return expected;
    }

    /// @dev What a plot finds broken must not vanish in the refusal of a call around it.
    function _plot() private {
        if (manner != Manner.Plots) return;
        try PLOT.reenter() {}
        catch (bytes memory reason) {
            PLOT.accuse(reason);
        }
    }
}
