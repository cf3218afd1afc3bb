// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title PassIds
/// @notice The one number of a pass, the same in the book, in a voucher and as a token.
/// @dev Published layout, mirrored by `passes_service/core/pass_id.py` and fixed by
///      `tests/vectors/pass_ids.json`:
///
///          pass  = 0x01 << 96 | series << 32 | serial     series: 64 bits, serial: 32, from 1
///          badge = 0x02 << 96 | badge << 32               badge: 64 bits, from 1
///
///      All other bits are zero. Whatever is neither is no token id of ours.
library PassIds {
    uint256 internal constant PASS_KIND = 0x01;
    uint256 internal constant BADGE_KIND = 0x02;

    uint256 private constant KIND_SHIFT = 96;
    uint256 private constant SERIES_SHIFT = 32;

    /// @notice Series and serials are counted from 1.
    error PassPartZero(uint64 series, uint32 serial);

    /// @notice Badges are numbered from 1.
    error BadgeZero();

    /// @notice The number is a badge, or one that {compose} never returns.
    error NotAPassId(uint256 id);

    /// @notice Returns the id of pass number `serial` of Series number `series`.
    function compose(uint64 series, uint32 serial) internal pure returns (uint256 id) {
        if (series == 0 || serial == 0) revert PassPartZero(series, serial);
        return known(series, serial);
    }

    /// @notice Returns what {compose} does, for a Series and a serial that are known to be valid.
    function known(uint64 series, uint256 serial) internal pure returns (uint256 id) {
        return PASS_KIND << KIND_SHIFT | uint256(series) << SERIES_SHIFT | serial;
    }

    /// @notice Returns the token id of badge number `badge`.
    function badgeId(uint64 badge) internal pure returns (uint256 id) {
        if (badge == 0) revert BadgeZero();
        return BADGE_KIND << KIND_SHIFT | uint256(badge) << SERIES_SHIFT;
    }

    /// @notice Returns the Series and the serial in the pass id `id`; the inverse of {compose}.
    function split(uint256 id) internal pure returns (uint64 series, uint32 serial) {
        if (!isPass(id)) revert NotAPassId(id);
        return (_middle(id), _low(id));
    }

    /// @notice Whether {compose} returns `id` for some Series and serial.
    function isPass(uint256 id) internal pure returns (bool) {
        return id >> KIND_SHIFT == PASS_KIND && _middle(id) != 0 && _low(id) != 0;
    }

    /// @notice Whether {badgeId} returns `id` for some badge.
    function isBadge(uint256 id) internal pure returns (bool) {
        return id >> KIND_SHIFT == BADGE_KIND && _middle(id) != 0 && _low(id) == 0;
    }

    /// @dev The 64 bits of the Series or badge; the cast drops the kind on purpose.
    function _middle(uint256 id) private pure returns (uint64) {
        return uint64(id >> SERIES_SHIFT);
    }

    /// @dev The 32 bits of the serial; the cast drops the rest on purpose.
    function _low(uint256 id) private pure returns (uint32) {
        return uint32(id);
    }
}
