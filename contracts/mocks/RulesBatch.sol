// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EventPassState} from "../EventPassState.sol";
import {PortionTerms, SeriesTerms} from "../IEventPassTypes.sol";
import {PassRules} from "../PassRules.sol";
import {SeriesChecks} from "../SeriesChecks.sol";
import {SeriesCode} from "../SeriesCode.sol";
import {Document, PassWords} from "../SeriesDocument.sol";
import {SeriesWord} from "../StateWords.sol";

/// @title RulesBatch
/// @notice Test only: answers what {PassRules} says about many passes, to compare it with Python's
///         `decide`.
/// @dev Terms go the way of a real Series: checked, packed into contract code, read back with the
///      published changes laid over them. So call it with eth_call, which forgets all that.
contract RulesBatch is EventPassState {
    using PassWords for uint256;

    /// @notice What a holder, or whoever claims, wants.
    enum Action {
        Transfer,
        Refund,
        Draw,
        Claim
    }

    /// @notice A published move; `closesAt` 0 is what the Terms make of it.
    struct Move {
        uint8 index;
        uint40 openedAt;
        uint40 closesAt;
        uint40 doorsAt;
        uint40 endsAt;
    }

    /// @notice One pass of a Series, and what is asked about it when.
    struct Probe {
        Action action;
        uint256 paidBack;
        uint40 boughtAt;
        uint32 transfers;
        bool toSelf;
        uint40 time;
    }

    /// @notice A Series with the changes published for it, moves in their order.
    struct Group {
        SeriesTerms terms;
        Move[] moves;
        uint16 cancelled;
        Probe[] probes;
    }

    /// @notice `code` counts in {PassRules-TransferCode} or {PassRules-RefundCode}; of a draw it is
    ///         1 if money is due, of a claim if the pass is born on chain.
    struct Answer {
        bool allowed;
        uint8 code;
        uint256 amount;
    }

    /// @notice Returns an answer per probe, group by group.
    function answer(Group[] calldata groups) external returns (Answer[][] memory answers) {
        answers = new Answer[][](groups.length);
        for (uint256 i = 0; i < groups.length; ++i) {
            answers[i] = _group(groups[i]);
        }
    }

    function _group(Group calldata group) private returns (Answer[] memory answers) {
        SeriesChecks.check(group.terms);
        uint64 series = ++_settings.seriesCount;
        SeriesCode.write(group.terms);
        uint256 price = _price(series, group.terms);

        answers = new Answer[](group.probes.length);
        uint256[] memory cooling = new uint256[](answers.length);
        for (uint256 i = 0; i < answers.length; ++i) {
            Probe calldata probe = group.probes[i];
            if (probe.action != Action.Refund || probe.transfers != 0) continue;
            Document sold = _published(series, group, probe.boughtAt, 0);
            cooling[i] = PassRules.coolingOffEnds(sold, probe.boughtAt);
        }
        Document doc = _published(series, group, type(uint40).max, group.cancelled);
        for (uint256 i = 0; i < answers.length; ++i) {
            answers[i] = _answer(doc, group.probes[i], price, cooling[i]);
        }
    }

    /// @dev Returns the stored price; reverts unless what is stored says what `terms` say.
    function _price(uint64 series, SeriesTerms calldata terms) private returns (uint256) {
        _store(series, 0, 0);
        (, Document doc) = _read(series);
        SeriesTerms memory stored = SeriesCode.unpack(doc);
        stored.saleClosesAt = terms.saleClosesAt; // kept in the slot of the Series
        require(keccak256(abi.encode(stored)) == keccak256(abi.encode(terms)), "stored otherwise");
        return stored.price;
    }

    /// @dev Returns the rules as they stand when these and no other changes are published: moves
    ///      not later than `time`, and the cancelled Portions.
    function _published(uint64 series, Group calldata group, uint256 time, uint256 cancelled)
        private
        returns (Document doc)
    {
        _store(series, 0, 0);
        (, doc) = _read(series);
        uint256 moved;
        for (uint256 i = 0; i < group.moves.length; ++i) {
            Move calldata move = group.moves[i];
            if (move.openedAt > time) continue;
            _movedPortions[series][move.index] =
                _moved(doc, group.terms.portions[move.index], move);
            moved |= 1 << move.index;
        }
        _store(series, cancelled, moved);
        (, doc) = _read(series);
    }

    /// @dev Writes the slot of a Series: its nonce is its number, the books stay empty.
    function _store(uint64 series, uint256 cancelled, uint256 moved) private {
        _series[series] = SeriesWord.open(series, 0) | cancelled << 200 | moved << 216;
    }

    function _moved(Document doc, PortionTerms calldata portion, Move calldata move)
        private
        pure
        returns (uint256)
    {
        uint256 closes = move.closesAt;
        if (closes == 0) closes = PassRules.moveClosesAt(doc, move.doorsAt, move.openedAt);
        uint256 settles = portion.settlesAt > move.endsAt ? portion.settlesAt : move.endsAt;
        return PassWords.portion(portion.weightBp, move.doorsAt, move.endsAt, settles).withMove(
            move.openedAt, closes
        );
    }

    function _answer(Document doc, Probe calldata probe, uint256 price, uint256 cooling)
        private
        pure
        returns (Answer memory)
    {
        if (probe.action == Action.Transfer) {
            PassRules.TransferCode moves =
                PassRules.transfer(doc, probe.transfers, probe.toSelf, probe.time);
            return Answer(moves == PassRules.TransferCode.Open, uint8(moves), 0);
        }
        if (probe.action == Action.Refund) {
            (PassRules.RefundCode pays, uint256 refund) =
                PassRules.refund(doc, price, probe.paidBack, cooling, probe.time);
            return Answer(pays != PassRules.RefundCode.Nothing, uint8(pays), refund);
        }
        if (probe.action == Action.Draw) {
            uint256 due = PassRules.draw(doc, price, probe.paidBack);
            return Answer(due != 0, due == 0 ? 0 : 1, due);
        }
        return _isEscrow(doc) ? Answer(false, 1, 0) : Answer(true, 0, 0);
    }
}
