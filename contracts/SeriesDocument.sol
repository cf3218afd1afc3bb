// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The rules of one Series as the contract reads them: what never changes, with the
///         published changes (moves, cancellations) laid over its Portions.
/// @param termsHash keccak-256 of the canonical Terms.
/// @param price What one pass costs, in the minor unit of `currency`.
/// @param currency An ERC-20, or zero for ETH.
/// @param rules A packed word, read by {PassWords}.
/// @param steps Packed refund steps in the order of their instants.
/// @param portions Packed Portions in the order of their index.
struct Document {
    bytes32 termsHash;
    uint256 price;
    address currency;
    uint256 rules;
    uint256[] steps;
    uint256[] portions;
}

/// @title PassWords
/// @notice Where each number stands in the packed words of a {Document}.
/// @dev From the lowest bit:
///
///          rules    cap 32 | cooling-off s 32 | guarantee bp 16 | move window s 32
///                   | frozen min 16 | transfers at most 32 | opens 40 | closes 40 | flags 8 | steps 8
///          step     until 40 | share bp 16
///          portion  weight bp 16 | doors 40 | ends 40 | settles 40
///                   | move opened 40 | move closes 40 | cancelled 1
///
///      Instants are Unix seconds; 0 is "no bound" (opens, closes) or "not moved".
library PassWords {
    uint256 internal constant ESCROW = 1 << 240;
    uint256 internal constant TICKETED = 1 << 241;
    uint256 internal constant TRANSFERABLE = 1 << 242;
    uint256 internal constant CANCELLED = 1 << 216;

    uint256 private constant U16 = type(uint16).max;
    uint256 private constant U32 = type(uint32).max;
    uint256 private constant U40 = type(uint40).max;

    /// @notice Returns how many passes the Series may ever have.
    function cap(uint256 rules) internal pure returns (uint256) {
        return rules & U32;
    }

    /// @notice Returns the length of cooling-off in seconds.
    function coolingOff(uint256 rules) internal pure returns (uint256) {
        return (rules >> 32) & U32;
    }

    /// @notice Returns the guarantee on cancellation in basis points.
    function guarantee(uint256 rules) internal pure returns (uint256) {
        return (rules >> 64) & U16;
    }

    /// @notice Returns for how many seconds a move lets holders react.
    function moveWindow(uint256 rules) internal pure returns (uint256) {
        return (rules >> 80) & U32;
    }

    /// @notice Returns from how many seconds before doors transfers are frozen.
    function frozen(uint256 rules) internal pure returns (uint256) {
        return ((rules >> 112) & U16) * 60;
    }

    /// @notice Returns how often a pass may change hands; 0 is without limit.
    function maxTransfers(uint256 rules) internal pure returns (uint256) {
        return (rules >> 128) & U32;
    }

    /// @notice Returns when transfers open; 0 is from the beginning.
    function transferOpens(uint256 rules) internal pure returns (uint256) {
        return (rules >> 160) & U40;
    }

    /// @notice Returns when transfers close; 0 is never.
    function transferCloses(uint256 rules) internal pure returns (uint256) {
        return (rules >> 200) & U40;
    }

    /// @notice Returns how many refund steps follow in the stored document.
    function stepCount(uint256 rules) internal pure returns (uint256) {
        return rules >> 248;
    }

    /// @notice Returns a packed refund step.
    function step(uint256 until_, uint256 shareBp) internal pure returns (uint256) {
        return until_ | shareBp << 40;
    }

    /// @notice Returns until when (exclusive) a step pays.
    function until(uint256 step_) internal pure returns (uint256) {
        return step_ & U40;
    }

    /// @notice Returns what a step pays, in basis points.
    function share(uint256 step_) internal pure returns (uint256) {
        return step_ >> 40;
    }

    /// @notice Returns a packed Portion as Terms state it.
    function portion(uint256 weightBp, uint256 doorsAt, uint256 endsAt, uint256 settlesAt)
        internal
        pure
        returns (uint256)
    {
        return weightBp | doorsAt << 16 | endsAt << 56 | settlesAt << 96;
    }

    /// @notice Returns `portion_` with a move laid over it.
    function withMove(uint256 portion_, uint256 opened, uint256 closes)
        internal
        pure
        returns (uint256)
    {
        return portion_ | opened << 136 | closes << 176;
    }

    /// @notice Returns the weight of a Portion in basis points.
    function weight(uint256 portion_) internal pure returns (uint256) {
        return portion_ & U16;
    }

    /// @notice Returns when the doors of a Portion open.
    function doors(uint256 portion_) internal pure returns (uint256) {
        return (portion_ >> 16) & U40;
    }

    /// @notice Returns when a Portion ends.
    function ends(uint256 portion_) internal pure returns (uint256) {
        return (portion_ >> 56) & U40;
    }

    /// @notice Returns when a Portion is settled.
    function settles(uint256 portion_) internal pure returns (uint256) {
        return (portion_ >> 96) & U40;
    }

    /// @notice Returns when the latest move of a Portion was published; 0 if never.
    function moveOpened(uint256 portion_) internal pure returns (uint256) {
        return (portion_ >> 136) & U40;
    }

    /// @notice Returns until when (exclusive) holders may react to that move.
    function moveCloses(uint256 portion_) internal pure returns (uint256) {
        return (portion_ >> 176) & U40;
    }

    /// @notice Whether a Portion is cancelled.
    function isCancelled(uint256 portion_) internal pure returns (bool) {
        return portion_ & CANCELLED != 0;
    }
}
