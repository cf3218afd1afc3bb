// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEventPassErrors} from "./IEventPassErrors.sol";
import {PortionTerms, RefundStep, SeriesTerms, TransferTerms} from "./IEventPassTypes.sol";

/// @title SeriesChecks
/// @notice Refuses Terms that contradict themselves.
/// @dev Mirrors `passes_service/core/rules/{schema,checks}.py`.
library SeriesChecks {
    uint256 internal constant LAST_INSTANT = 7_258_118_400; // 2200-01-01
    uint256 private constant WHOLE = 10_000;
    uint256 private constant YEAR = 366 days;
    uint256 private constant MAX_PORTIONS = 16;
    uint256 private constant MAX_STEPS = 16;
    uint256 private constant MAX_FROZEN_MINUTES = 30 * 1440;

    /// @notice Reverts with what does not fit in `terms`.
    function check(SeriesTerms calldata terms) internal pure {
        if (terms.termsHash == 0) revert IEventPassErrors.TermsHashZero();
        if (terms.cap == 0) revert IEventPassErrors.CapZero();
        _transfer(terms.transfer);
        _refund(terms);
        uint256 end = _portions(terms.portions);
        if (terms.saleClosesAt == 0 || terms.saleClosesAt > end) {
            revert IEventPassErrors.SaleCloseInvalid(terms.saleClosesAt);
        }
    }

    function _transfer(TransferTerms calldata rule) private pure {
        bool empty = rule.opensAt == 0 && rule.closesAt == 0 && rule.maxCount == 0
            && rule.frozenMinutes == 0;
        bool ordered = rule.closesAt == 0 || rule.opensAt < rule.closesAt;
        if ((!rule.allowed && !empty) || !ordered || rule.frozenMinutes > MAX_FROZEN_MINUTES) {
            revert IEventPassErrors.TransferTermsInvalid();
        }
        _instant(rule.opensAt);
        _instant(rule.closesAt);
    }

    function _refund(SeriesTerms calldata terms) private pure {
        if (terms.guaranteeBp > WHOLE) revert IEventPassErrors.GuaranteeInvalid(terms.guaranteeBp);
        if (terms.coolingOffSeconds > YEAR) {
            revert IEventPassErrors.DurationInvalid(terms.coolingOffSeconds);
        }
        uint256 window = terms.moveWindowSeconds;
        if (window > YEAR || (window != 0 && terms.guaranteeBp == 0)) {
            revert IEventPassErrors.DurationInvalid(window);
        }
        RefundStep[] calldata steps = terms.steps;
        if (steps.length > MAX_STEPS) revert IEventPassErrors.StepCountInvalid(steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            RefundStep calldata step = steps[i];
            if (step.shareBp == 0 || step.shareBp > WHOLE) {
                revert IEventPassErrors.StepShareInvalid(i, step.shareBp);
            }
            _instant(step.until);
            if (i == 0) continue;
            RefundStep calldata before = steps[i - 1];
            if (step.until <= before.until || step.shareBp >= before.shareBp) {
                revert IEventPassErrors.StepsRise(i);
            }
        }
    }

    function _portions(PortionTerms[] calldata portions) private pure returns (uint256 end) {
        uint256 count = portions.length;
        if (count == 0 || count > MAX_PORTIONS) revert IEventPassErrors.PortionCountInvalid(count);
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            PortionTerms calldata portion = portions[i];
            if (portion.weightBp == 0) revert IEventPassErrors.WeightInvalid(i, 0);
            times(i, portion.doorsAt, portion.endsAt, portion.settlesAt);
            if (i != 0 && portion.doorsAt < portions[i - 1].doorsAt) {
                revert IEventPassErrors.PortionsOutOfOrder(i);
            }
            sum += portion.weightBp;
            if (portion.endsAt > end) end = portion.endsAt;
        }
        if (sum != WHOLE) revert IEventPassErrors.WeightsDoNotSum(sum);
    }

    /// @notice Reverts unless doors < end <= settlement, all within what Terms may speak of.
    function times(uint256 index, uint256 doorsAt, uint256 endsAt, uint256 settlesAt)
        internal
        pure
    {
        if (doorsAt == 0 || endsAt <= doorsAt || settlesAt < endsAt) {
            revert IEventPassErrors.PortionTimesInvalid(index, doorsAt, endsAt, settlesAt);
        }
        _instant(settlesAt);
    }

    function _instant(uint256 instant) private pure {
        if (instant >= LAST_INSTANT) revert IEventPassErrors.InstantInvalid(instant);
    }
}
