// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PortionTerms, RefundStep, SeriesTerms} from "../../contracts/IEventPassTypes.sol";

/// @title TermsMaker
/// @notice Terms to open Series with: chosen ones, and any that are valid.
library TermsMaker {
    uint256 internal constant DAY = 1 days;
    uint32 internal constant CAP = 6; // few, so that a sale sells out within one run

    /// @notice Returns Terms of an open sale in ETH: four nights, two steps.
    function chosen(
        uint256 start,
        uint16 guarantee,
        uint32 coolingOff,
        uint32 moveWindow,
        uint96 price
    ) internal pure returns (SeriesTerms memory terms) {
        terms.termsHash = keccak256(abi.encode("terms", guarantee, price));
        terms.escrow = true;
        terms.price = price;
        terms.cap = CAP;
        terms.guaranteeBp = guarantee;
        terms.coolingOffSeconds = coolingOff;
        terms.moveWindowSeconds = moveWindow;
        terms.transfer.allowed = true;
        terms.transfer.frozenMinutes = 120;
        terms.steps = new RefundStep[](2);
        terms.steps[0] = RefundStep(uint40(start + 12 * DAY), 9_001);
        terms.steps[1] = RefundStep(uint40(start + 26 * DAY), 4_567);
        terms.portions = new PortionTerms[](4);
        for (uint256 i = 0; i < 4; ++i) {
            uint40 doors = uint40(start + (10 + 7 * i) * DAY);
            uint16 weight = i == 3 ? 10_000 - 3 * 2_345 : 2_345;
            terms.portions[i] = PortionTerms(weight, doors, doors + 4 hours, doors + 2 days);
        }
        terms.saleClosesAt = uint40(start + 24 * DAY);
    }

    /// @notice Returns Terms without money on chain.
    function external_(SeriesTerms memory terms) internal pure returns (SeriesTerms memory) {
        (terms.escrow, terms.ticketed, terms.price) = (false, false, 0);
        terms.currency = address(0);
        return terms;
    }

    /// @notice Returns valid Terms, any at all, whose first doors open after `now_`.
    function any(uint256 dice, uint256 now_) internal pure returns (SeriesTerms memory terms) {
        terms.termsHash = bytes32(dice);
        terms.escrow = true;
        terms.ticketed = _of(dice, 0, 4) == 0;
        terms.price = uint96(1 + (dice >> 100) % 10 ** (1 + _of(dice, 1, 28)));
        terms.cap = uint32(1 + _of(dice, 2, 8));
        terms.guaranteeBp = uint16([0, 1, 2_500, 9_999, 10_000][_of(dice, 3, 5)]);
        terms.coolingOffSeconds = uint32(_of(dice, 4, 3) * _of(dice, 5, 9 * DAY));
        if (terms.guaranteeBp != 0) terms.moveWindowSeconds = uint32(_of(dice, 6, 9 * DAY));
        terms.transfer.allowed = _of(dice, 7, 6) != 0;
        if (terms.transfer.allowed) {
            terms.transfer.maxCount = uint32(_of(dice, 8, 4));
            terms.transfer.frozenMinutes = uint16(_of(dice, 9, 2_880));
        }
        terms.portions = _portions(dice, now_ + 1 + _of(dice, 10, 9 * DAY));
        terms.steps = _steps(dice, now_);
        uint256 end;
        for (uint256 i = 0; i < terms.portions.length; ++i) {
            if (terms.portions[i].endsAt > end) end = terms.portions[i].endsAt;
        }
        terms.saleClosesAt = uint40(now_ + 1 + _of(dice, 11, end - now_));
    }

    function _portions(uint256 dice, uint256 doors)
        private
        pure
        returns (PortionTerms[] memory portions)
    {
        portions = new PortionTerms[](1 + _of(dice, 12, 5));
        uint256 left = 10_000;
        for (uint256 i = 0; i < portions.length; ++i) {
            uint256 after_ = portions.length - 1 - i;
            uint256 weight = after_ == 0 ? left : 1 + _of(dice, 20 + i, left - after_);
            left -= weight;
            uint256 ends = doors + 1 + _of(dice, 30 + i, 2 * DAY);
            uint256 settles = ends + _of(dice, 40 + i, 4 * DAY);
            portions[i] =
                PortionTerms(uint16(weight), uint40(doors), uint40(ends), uint40(settles));
            doors += _of(dice, 50 + i, 6 * DAY);
        }
    }

    function _steps(uint256 dice, uint256 until) private pure returns (RefundStep[] memory steps) {
        steps = new RefundStep[](_of(dice, 13, 4));
        uint256 share = 10_001;
        for (uint256 i = 0; i < steps.length; ++i) {
            until += 1 + _of(dice, 60 + i, 9 * DAY);
            share -= 1 + _of(dice, 70 + i, 3_000);
            steps[i] = RefundStep(uint40(until), uint16(share));
        }
    }

    function _of(uint256 dice, uint256 index, uint256 count) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(dice, index))) % count;
    }
}
