// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title SeriesWord
/// @notice What changes in a Series, in one slot.
/// @dev From the lowest bit:
///
///          minted 32 | burned 32 | escrow 96 | sale closes 40 | cancelled 16 | moved 16
///                    | nonce 23 | external 1
///
///      `cancelled` and `moved` have bit i for Portion i. The rules are the contract that the clone
///      created at `nonce`. An external Series has no money and no sale: where these stand it keeps
///      the first 96 bits of its terms hash and its cap, so that a claim need not read the rules.
library SeriesWord {
    uint256 internal constant EXTERNAL = 1 << 255;
    uint256 private constant BURNED_ONE = 1 << 32;
    uint256 private constant ESCROW_SHIFT = 64;
    uint256 private constant CLOSES_SHIFT = 160;

    /// @notice Returns the word of a new Series.
    function open(uint256 nonce_, uint256 saleClosesAt) internal pure returns (uint256) {
        return nonce_ << 232 | saleClosesAt << CLOSES_SHIFT;
    }

    /// @notice Returns the word of a new external Series.
    function openExternal(uint256 nonce_, bytes32 termsHash, uint256 cap)
        internal
        pure
        returns (uint256)
    {
        return EXTERNAL | nonce_ << 232 | cap << CLOSES_SHIFT
            | uint256(termsHash) >> 160 << ESCROW_SHIFT;
    }

    /// @notice Returns how many passes were ever minted.
    function minted(uint256 word) internal pure returns (uint256) {
        return word & type(uint32).max;
    }

    /// @notice Returns how many passes were given up.
    function burned(uint256 word) internal pure returns (uint256) {
        return (word >> 32) & type(uint32).max;
    }

    /// @notice Returns the money kept, of an escrow Series.
    function escrow(uint256 word) internal pure returns (uint256) {
        return (word >> ESCROW_SHIFT) & type(uint96).max;
    }

    /// @notice Returns when the sale closes, of an escrow Series; the cap, of an external one.
    function closes(uint256 word) internal pure returns (uint256) {
        return (word >> CLOSES_SHIFT) & type(uint40).max;
    }

    /// @notice Returns the mask of cancelled Portions.
    function cancelled(uint256 word) internal pure returns (uint256) {
        return (word >> 200) & type(uint16).max;
    }

    /// @notice Returns the mask of moved Portions.
    function moved(uint256 word) internal pure returns (uint256) {
        return (word >> 216) & type(uint16).max;
    }

    /// @notice Returns the nonce of the Series' rules; 0 if there is no such Series.
    function nonce(uint256 word) internal pure returns (uint256) {
        return (word >> 232) & 0x7fffff;
    }

    /// @notice Returns `word` with passes sold for `cost`; the sums must fit.
    function sold(uint256 word, uint256 quantity, uint256 cost) internal pure returns (uint256) {
        unchecked {
            return word + quantity + (cost << ESCROW_SHIFT);
        }
    }

    /// @notice Returns `word` with `amount` less in the escrow, which must be there.
    function less(uint256 word, uint256 amount) internal pure returns (uint256) {
        unchecked {
            return word - (amount << ESCROW_SHIFT);
        }
    }

    /// @notice Returns `word` with one pass burned.
    function burnedOne(uint256 word) internal pure returns (uint256) {
        unchecked {
            return word + BURNED_ONE;
        }
    }

    /// @notice Returns `word` with the sale closing at `time`.
    function closing(uint256 word, uint256 time) internal pure returns (uint256) {
        return word & ~(uint256(type(uint40).max) << CLOSES_SHIFT) | time << CLOSES_SHIFT;
    }
}

/// @title PassWord
/// @notice One pass, in one slot.
/// @dev From the lowest bit:
///
///          owner 160 | cooling-off ends 40 | transfers 32 | share drawn bp 16 | status 8
///
///      Status: 0 never minted, 1 live, 2 burned; a burned pass has no owner and never lives again.
library PassWord {
    uint256 internal constant LIVE = 1 << 248;
    uint256 internal constant BURNED = 1 << 249;
    uint256 private constant TRANSFER_ONE = 1 << 200;
    uint256 private constant COOLING = uint256(type(uint40).max) << 160;
    uint256 private constant DRAWN = uint256(type(uint16).max) << 232;

    /// @notice Returns the word of a new pass.
    function create(address to, uint256 coolingEnds, uint256 transfers_)
        internal
        pure
        returns (uint256)
    {
        return LIVE | uint160(to) | coolingEnds << 160 | transfers_ << 200;
    }

    /// @notice Returns who holds the pass; zero if nobody does.
    function owner(uint256 word) internal pure returns (address) {
        return address(uint160(word)); // the cast drops the rest on purpose
    }

    /// @notice Returns when cooling-off ends; 0 if there is none (left).
    function coolingEndsAt(uint256 word) internal pure returns (uint256) {
        return (word >> 160) & type(uint40).max;
    }

    /// @notice Returns how often the pass changed hands.
    function transfers(uint256 word) internal pure returns (uint256) {
        return (word >> 200) & type(uint32).max;
    }

    /// @notice Returns the share of the price that was paid out while the pass lives.
    function drawnBp(uint256 word) internal pure returns (uint256) {
        return (word >> 232) & type(uint16).max;
    }

    /// @notice Returns `word` with the pass in other hands: one transfer more, no cooling-off.
    function handed(uint256 word, address to) internal pure returns (uint256) {
        unchecked {
            if (transfers(word) != type(uint32).max) word += TRANSFER_ONE;
            return word >> 200 << 200 | uint160(to);
        }
    }

    /// @notice Returns `word` given up.
    function burn(uint256 word) internal pure returns (uint256) {
        return (word >> 160 << 160) ^ LIVE | BURNED;
    }

    /// @notice Returns `word` with `bp` as the share that was paid out.
    function drawn(uint256 word, uint256 bp) internal pure returns (uint256) {
        return word & ~DRAWN | bp << 232;
    }
}
