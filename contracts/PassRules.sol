// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Document, PassWords} from "./SeriesDocument.sol";

/// @title PassRules
/// @notice What the published Terms say about transfers and money, as pure arithmetic.
/// @dev Mirrors `passes_service/core/rules/{transfer,refund}.py` to the wei; DESIGN sections 4 and 5
///      are the source of both. Shares are basis points. What is paid out rounds down, what is
///      reserved rounds up. Windows are half-open: [since, until).
library PassRules {
    using PassWords for uint256;
    using PassWords for Document;

    uint256 internal constant WHOLE = 10_000;

    /// @notice Whether a pass may change hands, and why not.
    enum TransferCode {
        Open,
        ToSelf,
        NotAllowed,
        CountReached,
        NotYet,
        Closed,
        Frozen
    }

    /// @notice Whether giving a pass up pays, and which rule says so.
    enum RefundCode {
        Nothing,
        CoolingOff,
        Step,
        Change,
        Free
    }

    /// @notice Returns floor(amount * bp / 10000).
    function part(uint256 amount, uint256 bp) internal pure returns (uint256) {
        return amount * bp / WHOLE;
    }

    /// @notice Returns the share of the first refund step whose instant has not come, else 0.
    function stepShare(Document doc, uint256 time) internal pure returns (uint256) {
        uint256 count = doc.ruleWord().stepCount();
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 step = doc.stepAt(i);
                if (time < step.until()) return step.share();
            }
        }
        return 0;
    }

    /// @notice Returns the weights of Portions: X cancelled, O with doors still to open, U not
    ///         settled, M with an open move window. O, U and M leave cancelled ones out.
    function weights(Document doc, uint256 time)
        internal
        pure
        returns (uint256 cancelled, uint256 ahead, uint256 unsettled, uint256 moved)
    {
        (uint256 place, uint256 end) = doc.portionsOf();
        // All weights together are 10000.
        unchecked {
            for (; place < end; place += 32) {
                uint256 portion = PassWords.load(place);
                uint256 weight = portion.weight();
                if (portion.isCancelled()) {
                    cancelled += weight;
                    continue;
                }
                if (time < portion.doors()) ahead += weight;
                if (time < portion.settles()) unsettled += weight;
                if (time < portion.moveCloses() && portion.moveOpened() <= time) moved += weight;
            }
        }
    }

    /// @notice Returns g*X, what holders may draw while keeping the pass.
    function drawnShare(Document doc) internal pure returns (uint256) {
        (uint256 cancelled,,,) = weights(doc, 0);
        return part(cancelled, doc.ruleWord().guarantee());
    }

    /// @notice Returns the liability share P(t) of one pass, rounded up.
    /// @dev g*(X+U) + (1-g)*min(step, O), and the whole price until the last buyer's cooling-off
    ///      has ended. At every instant it is at least what {refund} can pay, now or after any
    ///      later change that the organizer can publish.
    /// @param saleClosesAt From when nobody can buy any more.
    function reserveShare(Document doc, uint256 saleClosesAt, uint256 time)
        internal
        pure
        returns (uint256)
    {
        if (time < saleClosesAt + doc.ruleWord().coolingOff()) return WHOLE;
        (uint256 cancelled, uint256 ahead, uint256 unsettled,) = weights(doc, time);
        uint256 g = doc.ruleWord().guarantee();
        uint256 exact = g * (cancelled + unsettled) + (WHOLE - g) * _min(stepShare(doc, time), ahead);
        return (exact + WHOLE - 1) / WHOLE;
    }

    /// @notice Returns the first doors after `time`; 0 if none are left.
    /// @dev Terms order Portions by doors: if none was moved, the first one ahead is the next.
    function nextDoors(Document doc, uint256 time) internal pure returns (uint256 next) {
        (uint256 place, uint256 end) = doc.portionsOf();
        bool ordered = doc.ruleWord() & PassWords.MOVED == 0;
        unchecked {
            for (; place < end; place += 32) {
                uint256 doors = PassWords.load(place).doors();
                if (time >= doors) continue;
                if (ordered) return doors;
                if (next == 0 || doors < next) next = doors;
            }
        }
    }

    /// @notice Returns when cooling-off ends for a pass bought at `time`; 0 if it has none.
    function coolingOffEnds(Document doc, uint256 time) internal pure returns (uint256) {
        uint256 length = doc.ruleWord().coolingOff();
        if (length == 0) return 0;
        unchecked {
            return _min(time + length, nextDoors(doc, time)); // both far below 2^40
        }
    }

    /// @notice Returns what giving a pass up pays.
    /// @param paid What was paid for the pass.
    /// @param paidBack What went back for it already.
    /// @param coolingEndsAt When its cooling-off ends; 0 if it has none (left).
    function refund(
        Document doc,
        uint256 paid,
        uint256 paidBack,
        uint256 coolingEndsAt,
        uint256 time
    ) internal pure returns (RefundCode code, uint256 amount) {
        (uint256 cancelled, uint256 ahead,, uint256 moved) = weights(doc, time);
        if (paid == 0) return (ahead != 0 ? RefundCode.Free : RefundCode.Nothing, 0);
        uint256 g = doc.ruleWord().guarantee();
        uint256 drawn = part(cancelled, g);
        moved = part(moved, g);
        uint256 byStep = _min(stepShare(doc, time), ahead);
        bool cooling = time < coolingEndsAt;
        amount = _less(part(paid, cooling ? WHOLE : drawn + _max(moved, byStep)), paidBack);
        if (amount == 0) return (RefundCode.Nothing, 0);
        if (cooling) code = RefundCode.CoolingOff;
        else if (drawn != 0 || moved > byStep) code = RefundCode.Change;
        else code = RefundCode.Step;
    }

    /// @notice Returns what the holder may take for cancelled Portions while keeping the pass.
    function draw(Document doc, uint256 paid, uint256 paidBack)
        internal
        pure
        returns (uint256 amount)
    {
        return _less(part(paid, drawnShare(doc)), paidBack);
    }

    /// @notice Returns whether a pass may change hands at `time`.
    /// @param transfers How often it has changed hands.
    /// @param toSelf Whether the receiver already holds it.
    function transfer(Document doc, uint256 transfers, bool toSelf, uint256 time)
        internal
        pure
        returns (TransferCode code)
    {
        uint256 rules = doc.ruleWord();
        if (toSelf) return TransferCode.ToSelf;
        if (rules & PassWords.TRANSFERABLE == 0) return TransferCode.NotAllowed;
        uint256 most = rules.maxTransfers();
        if (most != 0 && transfers >= most) return TransferCode.CountReached;
        uint256 closes = rules.transferCloses();
        if (closes != 0 && time >= closes) return TransferCode.Closed;
        if (time < rules.transferOpens()) return TransferCode.NotYet;
        return isFrozen(doc, time) ? TransferCode.Frozen : TransferCode.Open;
    }

    /// @notice Whether some Portion that takes place is near its doors or running.
    function isFrozen(Document doc, uint256 time) internal pure returns (bool) {
        (uint256 place, uint256 end) = doc.portionsOf();
        uint256 soon = time + doc.ruleWord().frozen();
        unchecked {
            for (; place < end; place += 32) {
                uint256 portion = PassWords.load(place);
                if (portion.doors() <= soon && time < portion.ends() && !portion.isCancelled()) {
                    return true;
                }
            }
        }
        return false;
    }

    /// @notice Returns when the window of a move published at `time` closes.
    /// @dev Not later than the new doors: whoever could come in has made up their mind.
    function moveClosesAt(Document doc, uint256 newDoorsAt, uint256 time)
        internal
        pure
        returns (uint256)
    {
        return _min(time + doc.ruleWord().moveWindow(), newDoorsAt);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    function _less(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : 0;
    }
}
