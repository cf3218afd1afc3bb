// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {CodeStorage} from "./CodeStorage.sol";
import {EventPassState} from "./EventPassState.sol";

/// @title Metadata
/// @notice Where the metadata of a clone is: fixed, under the organizer's id.
abstract contract Metadata is EventPassState {
    address private immutable BASE_URI;

    /// @param baseURI Where {CodeStorage} keeps what all addresses begin with.
    constructor(address baseURI) {
        BASE_URI = baseURI;
    }

    function _tokenTemplate() internal view returns (string memory) {
        return string.concat(_root(), "/tokens/{id}.json");
    }

    function _root() internal view returns (string memory) {
        return string.concat(
            string(CodeStorage.read(BASE_URI)),
            Strings.toHexString(uint128(_organizerId()), 16)
        );
    }
}
