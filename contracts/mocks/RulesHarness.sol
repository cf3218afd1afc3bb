// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionStanding, RefundStep, TransferTerms} from "../IEventPassTypes.sol";
import {PassRules} from "../PassRules.sol";
import {Document, PassWords} from "../SeriesDocument.sol";

/// @title RulesHarness
/// @notice Test only: answers many questions to {PassRules} in one call, to compare them with
///         Python's `decide`.
contract RulesHarness {
    using PassWords for Document;

    /// @notice One pass, what was published for its Series, and when it is asked about.
    /// @param coolingEndsAt What `refund` takes; 0 after a transfer.
    /// @param boughtAt What `coolingOffEnds` is worked out for.
    /// @param movedDoorsAt What `moveClosesAt` is worked out for, as published at `at`.
    struct Question {
        TransferTerms transfer;
        RefundStep[] steps;
        uint16 guaranteeBp;
        uint32 coolingOffSeconds;
        uint32 moveWindowSeconds;
        PortionStanding[] portions;
        uint256 paid;
        uint256 paidBack;
        uint40 coolingEndsAt;
        uint40 boughtAt;
        uint40 movedDoorsAt;
        uint40 saleClosesAt;
        uint32 transfers;
        bool toSelf;
        uint40 time;
    }

    /// @notice All that the rules say about a {Question}.
    struct Answer {
        PassRules.TransferCode transferCode;
        PassRules.RefundCode refundCode;
        uint256 refundAmount;
        uint256 drawAmount;
        uint256 reserveShareBp;
        uint256 coolingOffEndsAt;
        uint256 moveClosesAt;
    }

    /// @notice Returns an answer per question.
    function decide(Question[] calldata questions) external pure returns (Answer[] memory answers) {
        answers = new Answer[](questions.length);
        for (uint256 i = 0; i < questions.length; ++i) {
            answers[i] = _answer(questions[i]);
        }
    }

    function _answer(Question calldata asked) private pure returns (Answer memory answer) {
        Document memory doc = _document(asked);
        answer.transferCode = PassRules.transfer(doc, asked.transfers, asked.toSelf, asked.time);
        (answer.refundCode, answer.refundAmount) =
            PassRules.refund(doc, asked.paid, asked.paidBack, asked.coolingEndsAt, asked.time);
        answer.drawAmount = PassRules.draw(doc, asked.paid, asked.paidBack);
        answer.reserveShareBp = PassRules.reserveShare(doc, asked.saleClosesAt, asked.time);
        answer.coolingOffEndsAt = PassRules.coolingOffEnds(doc, asked.boughtAt);
        answer.moveClosesAt = PassRules.moveClosesAt(doc, asked.movedDoorsAt, asked.time);
    }

    function _document(Question calldata asked) private pure returns (Document memory doc) {
        TransferTerms calldata rule = asked.transfer;
        doc = PassWords.blank(
            uint256(asked.coolingOffSeconds) << 32 | uint256(asked.guaranteeBp) << 64
                | uint256(asked.moveWindowSeconds) << 80 | uint256(rule.frozenMinutes) << 112
                | uint256(rule.maxCount) << 128 | uint256(rule.opensAt) << 160
                | uint256(rule.closesAt) << 200 | (rule.allowed ? PassWords.TRANSFERABLE : 0)
                | asked.steps.length << 243 | asked.portions.length << 248
        );
        for (uint256 i = 0; i < asked.steps.length; ++i) {
            doc.setStep(i, PassWords.step(asked.steps[i].until, asked.steps[i].shareBp));
        }
        for (uint256 i = 0; i < asked.portions.length; ++i) {
            PortionStanding calldata portion = asked.portions[i];
            uint256 word = PassWords.portion(
                portion.weightBp, portion.doorsAt, portion.endsAt, portion.settlesAt
            );
            word = PassWords.withMove(word, portion.moveOpenedAt, portion.moveClosesAt);
            doc.setPortion(i, portion.cancelled ? word | PassWords.CANCELLED : word);
        }
    }
}
