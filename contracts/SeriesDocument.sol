// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The rules of one Series as the contract reads them: what never changes, with the
///         published changes (moves, cancellations) laid over its Portions.
/// @dev Where in memory one run of words begins, copied from code as it is: terms hash, money (price
///      of one pass in the upper 96 bits, currency in the lower 160), rules, refund steps four to a
///      word, Portions one to a word. Not a struct: Solidity would allocate and clear an empty one
///      in every function that returns one. See {PassWords}.
type Document is uint256;

/// @title PassWords
/// @notice Where each number stands in the packed words of a {Document}.
/// @dev From the lowest bit:
///
///          rules    cap 32 | cooling-off s 32 | guarantee bp 16 | move window s 32
///                   | frozen min 16 | transfers at most 32 | opens 40 | closes 40 | flags 3
///                   | steps 5 | Portions 5 | unused 2 | some Portion moved 1 (in memory only)
///          step     until 40 | share bp 16
///          portion  weight bp 16 | doors 40 | ends 40 | settles 40
///                   | move opened 40 | move closes 40 | cancelled 1
///
///      Instants are Unix seconds; 0 is "no bound" (opens, closes) or "not moved".
library PassWords {
    uint256 internal constant ESCROW = 1 << 240;
    uint256 internal constant TICKETED = 1 << 241;
    uint256 internal constant TRANSFERABLE = 1 << 242;
    uint256 internal constant MOVED = 1 << 255;
    uint256 internal constant CANCELLED = 1 << 216;

    uint256 private constant MONEY = 32;
    uint256 private constant RULES = 64;
    uint256 private constant STEPS = 96;

    uint256 private constant U16 = type(uint16).max;
    uint256 private constant U32 = type(uint32).max;
    uint256 private constant U40 = type(uint40).max;

    /// @notice Returns the hash of the canonical Terms.
    function termsHash(Document doc) internal pure returns (bytes32) {
        return bytes32(_word(doc, 0));
    }

    /// @notice Returns the packed word of rules.
    function ruleWord(Document doc) internal pure returns (uint256) {
        return _word(doc, RULES);
    }

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

    /// @notice Returns how many refund steps there are.
    function stepCount(uint256 rules) internal pure returns (uint256) {
        return (rules >> 243) & 31;
    }

    /// @notice Returns how many Portions there are.
    function portionCount(uint256 rules) internal pure returns (uint256) {
        return (rules >> 248) & 31;
    }

    /// @notice Returns the price of one pass.
    function price(Document doc) internal pure returns (uint256) {
        return _word(doc, MONEY) >> 160;
    }

    /// @notice Returns the currency; zero is ETH.
    function currency(Document doc) internal pure returns (address) {
        return address(uint160(_word(doc, MONEY))); // the cast drops the price on purpose
    }

    /// @notice Returns refund step number `index`, which must be there.
    function stepAt(Document doc, uint256 index) internal pure returns (uint256 found) {
        assembly ("memory-safe") {
            let word := mload(add(add(doc, STEPS), shl(5, shr(2, index))))
            found := and(shr(mul(56, and(index, 3)), word), 0xffffffffffffff)
        }
    }

    /// @notice Returns where in memory the Portions of `doc` begin and end.
    function portionsOf(Document doc) internal pure returns (uint256 begin, uint256 end) {
        uint256 rules = ruleWord(doc);
        unchecked {
            begin = Document.unwrap(doc) + STEPS + (stepCount(rules) + 3) / 4 * 32;
            end = begin + 32 * portionCount(rules);
        }
    }

    /// @notice Returns the word at a place in memory.
    function load(uint256 place) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(place)
        }
    }

    /// @notice Returns Portion number `index`, which must be there.
    function portionAt(Document doc, uint256 index) internal pure returns (uint256) {
        (uint256 begin,) = portionsOf(doc);
        return load(begin + 32 * index);
    }

    /// @notice Notes that some Portion was moved, so that they may be out of order.
    function setMoved(Document doc) internal pure {
        uint256 rules = ruleWord(doc) | MOVED;
        assembly ("memory-safe") {
            mstore(add(doc, RULES), rules)
        }
    }

    /// @notice Lays a change over Portion number `index`, which must be there.
    function setPortion(Document doc, uint256 index, uint256 portion_) internal pure {
        (uint256 begin,) = portionsOf(doc);
        assembly ("memory-safe") {
            mstore(add(begin, shl(5, index)), portion_)
        }
    }

    /// @notice Returns a new document whose steps and Portions are to be filled in, and the bytes
    ///         that it consists of.
    function blank(bytes32 termsHash_, uint256 money, uint256 rules)
        internal
        pure
        returns (Document doc, bytes memory packed)
    {
        uint256 words = (stepCount(rules) + 3) / 4 + portionCount(rules);
        packed = new bytes(STEPS + 32 * words);
        assembly ("memory-safe") {
            doc := add(packed, 32)
            mstore(doc, termsHash_)
            mstore(add(doc, MONEY), money)
            mstore(add(doc, RULES), rules)
        }
    }

    /// @notice Puts refund step number `index` in its place, which must be empty.
    function setStep(Document doc, uint256 index, uint256 step_) internal pure {
        assembly ("memory-safe") {
            let place := add(add(doc, STEPS), shl(5, shr(2, index)))
            mstore(place, or(mload(place), shl(mul(56, and(index, 3)), step_)))
        }
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

    /// @dev Returns the word that stands `offset` bytes into `doc`.
    function _word(Document doc, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(doc, offset))
        }
    }
}
