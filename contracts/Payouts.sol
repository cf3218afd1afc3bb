// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {EventPassState} from "./EventPassState.sol";
import {PassRules} from "./PassRules.sol";
import {Document, PassWords} from "./SeriesDocument.sol";
import {PassWord} from "./StateWords.sol";

/// @title Payouts
/// @notice What a pass is owed, and how money leaves.
abstract contract Payouts is EventPassState {
    using PassWord for uint256;
    using PassWords for Document;

    function _refundable(uint256 pass_, Document doc)
        internal
        view
        returns (PassRules.RefundCode, uint256)
    {
        uint256 paidBack = PassRules.part(doc.price(), pass_.drawnBp());
        return PassRules.refund(doc, doc.price(), paidBack, pass_.coolingEndsAt(), block.timestamp);
    }

    function _drawable(uint256 pass_, Document doc) internal pure returns (uint256) {
        return PassRules.draw(doc, doc.price(), PassRules.part(doc.price(), pass_.drawnBp()));
    }

    /// @dev The last thing any function does: the receiver may call back, and finds all done.
    function _pay(address currency, address to, uint256 amount) internal {
        if (to == address(0)) revert PaymentFailed(to, amount);
        if (amount == 0) return;
        if (currency == address(0)) {
            (bool paid,) = to.call{value: amount}("");
            if (!paid) revert PaymentFailed(to, amount);
            return;
        }
        uint256 before = _held(currency);
        SafeERC20.safeTransfer(IERC20(currency), to, amount);
        uint256 moved = before - _held(currency);
        if (moved != amount) revert InexactPayment(currency, amount, moved);
    }
}
