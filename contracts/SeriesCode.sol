// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionTerms, RefundStep, SeriesTerms, TransferTerms} from "./IEventPassTypes.sol";
import {CodeStorage} from "./CodeStorage.sol";
import {Document, PassWords} from "./SeriesDocument.sol";

/// @title SeriesCode
/// @notice Keeps the rules of a Series as contract code, where nobody can ever change them.
/// @dev Layout behind one STOP byte, big-endian:
///
///          terms hash 32 | price 12, currency 20 | rules 32 | steps of 7 | Portions of 17
///
///      The n-th contract that a clone creates holds its n-th Series, so its address follows from
///      n and takes no storage slot: reading all rules costs one cold account access, whatever the
///      number of Portions.
library SeriesCode {
    uint256 private constant HEAD = 96;
    uint256 private constant STEP = 7;
    uint256 private constant PORTION = 17;

    /// @notice Returns where the `nonce`-th document of `clone` is.
    function addressOf(address clone, uint256 nonce) internal pure returns (address) {
        return CodeStorage.addressOf(clone, nonce);
    }

    /// @notice Stores `terms`, which must have been checked, and returns where.
    function write(SeriesTerms calldata terms) internal returns (address) {
        bytes memory packed = abi.encodePacked(
            terms.termsHash, terms.price, terms.currency, _rules(terms)
        );
        for (uint256 i = 0; i < terms.steps.length; ++i) {
            RefundStep calldata step = terms.steps[i];
            packed = abi.encodePacked(packed, uint56(PassWords.step(step.until, step.shareBp)));
        }
        for (uint256 i = 0; i < terms.portions.length; ++i) {
            PortionTerms calldata portion = terms.portions[i];
            uint256 word = PassWords.portion(
                portion.weightBp, portion.doorsAt, portion.endsAt, portion.settlesAt
            );
            packed = abi.encodePacked(packed, uint136(word));
        }
        return CodeStorage.write(packed);
    }

    /// @notice Returns the document stored at `from`, no change laid over it.
    /// @dev One copy of the code behind the free memory pointer, then words are read out of it.
    function read(address from) internal view returns (Document memory doc) {
        uint256 offset;
        uint256 size;
        assembly ("memory-safe") {
            size := sub(extcodesize(from), 1)
            offset := mload(0x40)
            mstore(0x40, add(offset, and(add(size, 63), not(31))))
            extcodecopy(from, offset, 1, size)
        }
        doc.termsHash = bytes32(_word(offset));
        doc.price = _word(offset + 32) >> 160;
        doc.currency = address(uint160(_word(offset + 32)));
        doc.rules = _word(offset + 64);
        uint256 steps = PassWords.stepCount(doc.rules);
        doc.steps = _words(offset + HEAD, steps, STEP);
        uint256 portions = (size - HEAD - steps * STEP) / PORTION;
        doc.portions = _words(offset + HEAD + steps * STEP, portions, PORTION);
    }

    /// @notice Returns the Terms that `doc` packs.
    function unpack(Document memory doc) internal pure returns (SeriesTerms memory terms) {
        uint256 rules = doc.rules;
        terms.termsHash = doc.termsHash;
        terms.escrow = rules & PassWords.ESCROW != 0;
        terms.ticketed = rules & PassWords.TICKETED != 0;
        terms.currency = doc.currency;
        terms.price = uint96(doc.price);
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
        terms.steps = new RefundStep[](doc.steps.length);
        for (uint256 i = 0; i < doc.steps.length; ++i) {
            uint256 step = doc.steps[i];
            terms.steps[i] =
                RefundStep(uint40(PassWords.until(step)), uint16(PassWords.share(step)));
        }
        terms.portions = new PortionTerms[](doc.portions.length);
        for (uint256 i = 0; i < doc.portions.length; ++i) {
            uint256 word = doc.portions[i];
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
            | terms.steps.length << 248;
        if (terms.escrow) rules |= PassWords.ESCROW;
        if (terms.ticketed) rules |= PassWords.TICKETED;
        if (transfer.allowed) rules |= PassWords.TRANSFERABLE;
    }

    function _word(uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(offset)
        }
    }

    /// @dev Returns `count` numbers of `width` bytes each that stand side by side from `at` on.
    function _words(uint256 offset, uint256 count, uint256 width)
        private
        pure
        returns (uint256[] memory words)
    {
        uint256 spare = 256 - 8 * width;
        assembly ("memory-safe") {
            words := mload(0x40)
            mstore(words, count)
            let to := add(words, 32)
            let end := add(to, shl(5, count))
            mstore(0x40, end)
            for {} lt(to, end) { to := add(to, 32) } {
                mstore(to, shr(spare, mload(offset)))
                offset := add(offset, width)
            }
        }
    }
}
