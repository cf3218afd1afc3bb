// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title MockReceiver
/// @notice Test only: a contract that takes tokens, refuses them, answers wrongly, burns all gas or
///         calls back while it is asked.
contract MockReceiver {
    enum Manner {
        Accepts,
        Refuses,
        AnswersWrongly,
        BurnsGas,
        CallsBack
    }

    error Refused();
    error CallFailed();

    Manner public manner;
    address public target;
    bytes public payload;
    bytes public lastAnswer;
    bool public lastDone;
    address public lastOperator;
    address public lastFrom;
    uint256 public lastId;
    uint256 public lastValue;
    bytes public lastData;
    bool public refusesMoney;

    receive() external payable {
        if (refusesMoney) revert Refused();
        if (manner == Manner.CallsBack) (lastDone, lastAnswer) = target.call(payload);
    }

    function set(Manner manner_, address target_, bytes calldata payload_) external {
        (manner, target, payload) = (manner_, target_, payload_);
    }

    function setRefusesMoney(bool refuses) external {
        refusesMoney = refuses;
    }

    /// @notice Calls `to` as this contract, passing refusals on.
    function act(address to, bytes calldata data) external payable returns (bytes memory answer) {
        bool done;
        (done, answer) = to.call{value: msg.value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function onERC1155Received(
        address operator,
        address from,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external returns (bytes4) {
        (lastOperator, lastFrom, lastId, lastValue, lastData) = (operator, from, id, value, data);
        return _answer(this.onERC1155Received.selector);
    }

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external returns (bytes4) {
        (lastOperator, lastFrom, lastId, lastValue, lastData) =
            (operator, from, ids.length, values.length, data);
        return _answer(this.onERC1155BatchReceived.selector);
    }

    function _answer(bytes4 expected) private returns (bytes4) {
        if (manner == Manner.Refuses) revert Refused();
        if (manner == Manner.AnswersWrongly) return 0xdeadbeef;
        if (manner == Manner.CallsBack) (lastDone, lastAnswer) = target.call(payload);
        while (manner == Manner.BurnsGas) {}
        return expected;
    }
}
