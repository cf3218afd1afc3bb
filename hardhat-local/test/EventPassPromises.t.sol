// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Season} from "./promises/Season.sol";

/// @title EventPassPromisesTest
/// @notice Anything that anybody can do, in any order; every promise holds after every step, and at
///         the end everybody is paid.
contract EventPassPromisesTest {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Season private _season;
    uint256 private _turn;

    function setUp() external {
        _season = new Season();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_season);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_season), _season.actions());
    }

    function invariant_everyPromiseIsKept() external {
        _season.check(_turn++);
    }

    function afterInvariant() external {
        _season.checkAll();
        _season.end(_turn);
        _season.checkAll();
    }
}
