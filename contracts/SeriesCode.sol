// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionTerms, RefundStep, SeriesTerms, TransferTerms} from "./IEventPassTypes.sol";
import {CodeStorage} from "./CodeStorage.sol";
import {Document, PassWords} from "./SeriesDocument.sol";

/// @title SeriesCode
/// @notice Keeps the rules of a Series as contract code, where nobody can ever change them.
/// @dev Words behind one STOP byte, read by {PassWords}:
///
///          terms hash | price 12 bytes, currency 20 | rules | steps, 4 to a word | Portions
///
///      The n-th contract that a clone creates holds its n-th Series, so its address follows from
///      n and takes no storage slot: reading all rules costs one cold account access, whatever the
///      number of Portions.
library SeriesCode {
    using PassWords for Document;

    /// @notice Stores `terms`, which must have been checked, and returns where.
    function write(SeriesTerms calldata terms) internal returns (address) {
        (Document doc, bytes memory packed) = PassWords.blank(
            terms.termsHash,
            uint256(terms.price) << 160 | uint160(terms.currency),
            _rules(terms)
        );
        for (uint256 i = 0; i < terms.steps.length; ++i) {
            RefundStep calldata step = terms.steps[i];
            doc.setStep(i, PassWords.step(step.until, step.shareBp));
        }
        for (uint256 i = 0; i < terms.portions.length; ++i) {
            PortionTerms calldata portion = terms.portions[i];
            uint256 word = PassWords.portion(
                portion.weightBp, portion.doorsAt, portion.endsAt, portion.settlesAt
            );
            doc.setPortion(i, word);
        }
        return CodeStorage.write(packed);
    }

    /// @notice Returns the document stored at `from`, no change laid over it.
    function read(address from) internal view returns (Document doc) {
        assembly ("memory-safe") {
            let size := sub(extcodesize(from), 1)
            doc := mload(0x40)
            mstore(0x40, add(doc, size)) // whole words, see above
            extcodecopy(from, doc, 1, size)
        }
    }

    /// @notice Returns the Terms that `doc` packs.
    function unpack(Document doc) internal pure returns (SeriesTerms memory terms) {
        uint256 rules = doc.ruleWord();
        terms.termsHash = doc.termsHash();
        terms.escrow = rules & PassWords.ESCROW != 0;
        terms.ticketed = rules & PassWords.TICKETED != 0;
        terms.currency = doc.currency();
        terms.price = uint96(doc.price());
        terms.cap = uint32(PassWords.cap(rules));
        terms.guaranteeBp = uint16(PassWords.guarantee(rules));
        terms.coolingOffSeconds = uint32(PassWords.coolingOff(rules));
        terms.moveWindowSeconds = uint32(PassWords.moveWindow(rules));
        terms.transfer = TransferTerms({
            allowed: rules & PassWords.TRANSFERABLE != 0,
            opensAt: uint40(PassWords.transferOpens(rules)),
            closesAt: uint40(PassWords.transferCloses(rules)),
            maxCount: uint32(PassWords.maxTransfers(rules)),
            frozenMinutes: uint16(PassWords.frozen(rules) / 60)
        });
        terms.steps = new RefundStep[](PassWords.stepCount(rules));
        for (uint256 i = 0; i < terms.steps.length; ++i) {
            uint256 step = doc.stepAt(i);
            terms.steps[i] =
                RefundStep(uint40(PassWords.until(step)), uint16(PassWords.share(step)));
        }
        terms.portions = new PortionTerms[](PassWords.portionCount(rules));
        for (uint256 i = 0; i < terms.portions.length; ++i) {
            uint256 word = doc.portionAt(i);
            terms.portions[i] = PortionTerms({
                weightBp: uint16(PassWords.weight(word)),
                doorsAt: uint40(PassWords.doors(word)),
                endsAt: uint40(PassWords.ends(word)),
                settlesAt: uint40(PassWords.settles(word))
            });
        }
    }

    function _rules(SeriesTerms calldata terms) private pure returns (uint256 rules) {
        TransferTerms calldata transfer = terms.transfer;
        rules = uint256(terms.cap) | uint256(terms.coolingOffSeconds) << 32
            | uint256(terms.guaranteeBp) << 64 | uint256(terms.moveWindowSeconds) << 80
            | uint256(transfer.frozenMinutes) << 112 | uint256(transfer.maxCount) << 128
            | uint256(transfer.opensAt) << 160 | uint256(transfer.closesAt) << 200
            | terms.steps.length << 243 | terms.portions.length << 248;
        if (terms.escrow) rules |= PassWords.ESCROW;
        if (terms.ticketed) rules |= PassWords.TICKETED;
        if (transfer.allowed) rules |= PassWords.TRANSFERABLE;
    }
}
