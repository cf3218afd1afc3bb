// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassIds} from "../contracts/PassIds.sol";

/// @title PassIdsTest
/// @notice What must hold for every number, not only for the published ones; numbers are fuzzed.
contract PassIdsTest {
    error Broken(uint256 id);

    function testFuzz_splitUndoesCompose(uint64 series, uint32 serial) external pure {
        if (series == 0 || serial == 0) return;
        uint256 id = PassIds.compose(series, serial);
        (uint64 splitSeries, uint32 splitSerial) = PassIds.split(id);

        if (splitSeries != series || splitSerial != serial) revert Broken(id);
        if (!PassIds.isPass(id) || PassIds.isBadge(id)) revert Broken(id);
    }

    function testFuzz_badgesAreNeverPasses(uint64 badge) external pure {
        if (badge == 0) return;
        uint256 id = PassIds.badgeId(badge);

        if (!PassIds.isBadge(id) || PassIds.isPass(id)) revert Broken(id);
    }

    /// @dev Kinds 0 to 3 with any parts: a number is a pass or a badge in one way, or neither.
    function testFuzz_onlyComposedNumbersCount(uint8 kind, uint64 middle, uint32 serial)
        external
        pure
    {
        _requireOneReading(kind % 4, middle, serial);
        _requireOneReading(kind % 4, middle, 0);
        _requireOneReading(kind % 4, 0, serial);
        _requireOneReading(kind % 4, 0, 0);
    }

    function testFuzz_bitsAboveTheKindSpoilANumber(uint64 middle, uint32 serial, uint8 bit)
        external
        pure
    {
        if (middle == 0 || serial == 0) return;
        // The kind's own byte ends at bit 103; 152 bits lie above it.
        uint256 above = 1 << (104 + uint256(bit) % 152);

        _requireNeither(above | PassIds.compose(middle, serial));
        _requireNeither(above | PassIds.badgeId(middle));
    }

    function _requireOneReading(uint256 kind, uint64 middle, uint32 serial) private pure {
        uint256 id = kind << 96 | uint256(middle) << 32 | serial;
        bool pass = kind == PassIds.PASS_KIND && middle != 0 && serial != 0;
        bool badge = kind == PassIds.BADGE_KIND && middle != 0 && serial == 0;

        if (PassIds.isPass(id) != pass || PassIds.isBadge(id) != badge) revert Broken(id);
    }

    function _requireNeither(uint256 id) private pure {
        if (PassIds.isPass(id) || PassIds.isBadge(id)) revert Broken(id);
    }
}
