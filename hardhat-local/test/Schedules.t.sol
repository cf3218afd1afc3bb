// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {console} from "hardhat/console.sol";

import {vm} from "./promises/Cheats.sol";
import {Season} from "./promises/Season.sol";

/// @title SchedulesTest
/// @notice That {EventPassPromisesTest} does not show much of nothing: in a few seasons of the same
///         length every kind of action is admitted, and refused where it may be.
/// @dev `SHOW_ACTIONS=true` prints how often.
contract SchedulesTest {
    error TooRare(string action, uint256 times, uint256 least);

    uint256 private constant SEASONS = 20;
    uint256 private constant STEPS = 160;
    uint256 private constant LEAST = 3;

    mapping(string action => uint256) private _times;
    string[] private _seen;

    function test_everyKindOfActionHappens() external {
        for (uint256 i = 0; i < SEASONS; ++i) {
            _play(i);
        }
        if (vm.envOr("SHOW_ACTIONS", false)) _show();
        string[31] memory money = [
            "buy",
            "buy: refused",
            "buy with a ticket",
            "buy with a ticket: refused",
            "buy with an authorization",
            "buy with an authorization: refused",
            "use a ticket twice: refused",
            "refund",
            "refund: refused",
            "refund a batch",
            "refund a batch: refused",
            "draw",
            "draw: refused",
            "withdraw",
            "withdraw: refused",
            "withdraw what is owed: refused",
            "cancel",
            "cancel: refused",
            "cancel a Series",
            "move",
            "move: refused",
            "close a sale",
            "close a sale: refused",
            "create a Series",
            "create a Series: refused",
            "change a currency",
            "block an account",
            "change a receiver",
            "plot",
            "plot under guard",
            "rehearse the end"
        ];
        for (uint256 i = 0; i < money.length; ++i) {
            _often(money[i]);
        }
        string[30] memory rest = [
            "claim",
            "claim: refused",
            "claim a batch",
            "claim a batch: refused",
            "plunder",
            "plunder: refused",
            "exceed a signer's cap at once: refused",
            "forge a claim: refused",
            "misuse a signature: refused",
            "surrender",
            "surrender: refused",
            "transfer",
            "transfer: refused",
            "transfer a batch",
            "transfer a batch: refused",
            "award a badge",
            "award a badge: refused",
            "renounce a badge",
            "renounce a badge: refused",
            "move a badge: refused",
            "pause",
            "pause: refused",
            "unpause",
            "name a signer",
            "list a currency",
            "take the contract",
            "trespass: refused",
            "steal: refused",
            "jump",
            "wait"
        ];
        for (uint256 i = 0; i < rest.length; ++i) {
            _often(rest[i]);
        }
    }

    function _play(uint256 dice) private {
        Season season = new Season();
        bytes4[] memory actions = season.actions();
        for (uint256 i = 0; i < STEPS; ++i) {
            dice = uint256(keccak256(abi.encode(dice)));
            bytes4 action = actions[dice % actions.length];
            (bool ok, bytes memory reason) =
                address(season).call(abi.encodeWithSelector(action, dice >> 8));
            if (!ok) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        season.checkAll();
        string[] memory kinds = season.kinds();
        for (uint256 i = 0; i < kinds.length; ++i) {
            if (_times[kinds[i]] == 0) _seen.push(kinds[i]);
            _times[kinds[i]] += season.done(kinds[i]);
        }
    }

    function _often(string memory action) private view {
        uint256 times = _times[action];
        if (times < LEAST) revert TooRare(action, times, LEAST);
    }

    function _show() private view {
        for (uint256 i = 0; i < _seen.length; ++i) {
            console.log(_seen[i], _times[_seen[i]]);
        }
    }
}
