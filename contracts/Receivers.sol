// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Receiver} from "@openzeppelin/contracts/interfaces/IERC1155Receiver.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

/// @title Receivers
/// @notice Asks a contract whether it takes tokens, after balances and events are written.
library Receivers {
    /// @notice Reverts unless `to` is an account or a contract that takes one kind of token.
    function accept(
        address operator,
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes memory data
    ) internal {
        if (to.code.length == 0) return;
        _ask(
            to,
            abi.encodeCall(
                IERC1155Receiver.onERC1155Received, (operator, from, id, value, data)
            )
        );
    }

    /// @notice Reverts unless `to` is an account or a contract that takes several kinds.
    function acceptBatch(
        address operator,
        address from,
        address to,
        uint256[] memory ids,
        uint256[] memory values,
        bytes memory data
    ) internal {
        if (to.code.length == 0) return;
        _ask(
            to,
            abi.encodeCall(
                IERC1155Receiver.onERC1155BatchReceived, (operator, from, ids, values, data)
            )
        );
    }

    /// @dev A receiver answers with the selector it was called by; what it reverts with is passed on.
    function _ask(address to, bytes memory question) private {
        (bool done, bytes memory answer) = to.call(question);
        if (!done && answer.length != 0) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        if (!done || answer.length < 32 || bytes32(answer) != bytes32(bytes4(question))) {
            revert IERC1155Errors.ERC1155InvalidReceiver(to);
        }
    }
}
