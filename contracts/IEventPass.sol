// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IERC5615} from "./IERC5615.sol";
import {IEventPassCore} from "./IEventPassCore.sol";
import {IEventPassDesk} from "./IEventPassDesk.sol";
import {IEventPassErrors, IEventPassLibraryErrors} from "./IEventPassErrors.sol";
import {IEventPassEvents} from "./IEventPassEvents.sol";

/// @title IEventPass
/// @notice Calendar passes of one organizer: tokens that keep the word they were sold with.
/// @dev The whole interface of a clone, and the ABI to use with it.
interface IEventPass is
    IERC1155,
    IERC5615,
    IERC1155Errors,
    IEventPassCore,
    IEventPassDesk,
    IEventPassErrors,
    IEventPassLibraryErrors,
    IEventPassEvents
{}
