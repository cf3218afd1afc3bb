"""DESIGN section 3 under random adversarial schedules, and what other rules would lead to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.claims.model import Outcome, Rule, play

SCHEDULES = 100_000


def test_lock_sign_release_at_finality_never_ends_in_double_use_or_a_wrong_owner() -> None:
    outcomes = [play(Rule.LOCK, seed) for seed in range(SCHEDULES)]

    assert Counter(one.verdict for one in outcomes) == {"fine": SCHEDULES}
    # And the schedules were not idle: each of these came up often enough to matter.
    assert often(outcomes, lambda one: one.minted) > 0.3
    assert often(outcomes, lambda one: one.releases > 0) > 0.3
    assert often(outcomes, lambda one: one.taken_back > 0) > 0.1
    assert often(outcomes, lambda one: one.claims > 1) > 0.02
    assert often(outcomes, lambda one: one.releases > 0 and one.minted) > 0.01


@pytest.mark.parametrize(
    ("rule", "count", "least"),
    [(Rule.VOUCHER, 5_000, 0.5), (Rule.TIMER, 5_000, 0.03), (Rule.HEAD, 40_000, 0.0002)],
)
def test_other_rules_break(rule: Rule, count: int, least: float) -> None:
    outcomes = [play(rule, seed) for seed in range(count)]

    broken = often(outcomes, lambda one: one.verdict != "fine")
    print(f"{rule.value}: {broken:.2%} of {count} schedules end wrongly")
    assert broken > least
    assert {one.verdict for one in outcomes} >= {"double use", "wrong owner"}


def often(outcomes: list[Outcome], what: Callable[[Outcome], bool]) -> float:
    return sum(map(what, outcomes)) / len(outcomes)
