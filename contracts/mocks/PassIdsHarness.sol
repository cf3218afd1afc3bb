// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassIds} from "../PassIds.sol";

/// @title PassIdsHarness
/// @notice Test only: opens the internal functions of {PassIds} to callers outside.
contract PassIdsHarness {
    /// @notice See {PassIds-compose}.
    function compose(uint64 series, uint32 serial) external pure returns (uint256) {
        return PassIds.compose(series, serial);
    }

    /// @notice See {PassIds-badgeId}.
    function badgeId(uint64 badge) external pure returns (uint256) {
        return PassIds.badgeId(badge);
    }

    /// @notice See {PassIds-split}.
    function split(uint256 id) external pure returns (uint64 series, uint32 serial) {
        return PassIds.split(id);
    }

    /// @notice See {PassIds-isPass}.
    function isPass(uint256 id) external pure returns (bool) {
        return PassIds.isPass(id);
    }

    /// @notice See {PassIds-isBadge}.
    function isBadge(uint256 id) external pure returns (bool) {
        return PassIds.isBadge(id);
    }
}
