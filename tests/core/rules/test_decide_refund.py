"""Refund and draw: the exact second, the exact cent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from passes_service.core.rules.actions import Draw, Refund
from passes_service.core.rules.decide import decide, give_up_value, refund_timeline
from passes_service.core.rules.decision import Code
from passes_service.core.rules.facts import MoveWindow, PassFacts, PassState, move_window
from tests.core.rules.examples import FIRST, SECOND, held, rules, standard

FULL_UNTIL = FIRST - timedelta(days=7)
HALF_UNTIL = FIRST - timedelta(days=1)
DOORS = [FIRST + timedelta(days=7 * number, hours=-1) for number in range(3)]
LATE_STEPS = [{"until": "2027-12-01T00:00:00Z", "share_bp": 9_000}]


def pays(facts: PassFacts, now: datetime) -> tuple[Code, int]:
    decision = decide(Refund(), facts, now=now)
    return decision.code, decision.amount


class TestSteps:
    def test_each_step_ends_at_its_very_second(self) -> None:
        facts = held()

        assert pays(facts, FULL_UNTIL - SECOND) == (Code.REFUND_STEP, 2_500)
        assert pays(facts, FULL_UNTIL - timedelta(microseconds=1)) == (Code.REFUND_STEP, 2_500)
        assert pays(facts, FULL_UNTIL) == (Code.REFUND_STEP, 1_250)
        assert pays(facts, FULL_UNTIL + SECOND) == (Code.REFUND_STEP, 1_250)
        assert pays(facts, HALF_UNTIL - SECOND) == (Code.REFUND_STEP, 1_250)
        assert pays(facts, HALF_UNTIL) == (Code.REFUND_NOTHING, 0)

    def test_the_reason_says_amount_share_and_what_comes_next(self) -> None:
        decision = decide(Refund(), held(), now=FULL_UNTIL)

        assert decision.reason == (
            "If you give this pass up you get back EUR 12.50 (50 % of EUR 25.00): 50 % by the "
            "step that ends 11 March 2027, 19:00 CET. From 11 March 2027, 19:00 CET on it is "
            "EUR 0.00."
        )
        assert (decision.since, decision.until) == (FULL_UNTIL, HALF_UNTIL)
        assert decision.rule == "refund.steps[1]"

    def test_never_more_than_the_parts_whose_doors_are_still_to_open(self) -> None:
        facts = held(rules(refund={"steps": LATE_STEPS}))

        assert pays(facts, DOORS[0] - SECOND)[1] == 2_250
        assert pays(facts, DOORS[0])[1] == 2_500 * 6_667 // 10_000
        assert pays(facts, DOORS[1])[1] == 2_500 * 3_334 // 10_000
        assert pays(facts, DOORS[2]) == (Code.REFUND_NOTHING, 0)

    def test_a_free_pass_can_be_given_back_while_doors_are_ahead(self) -> None:
        facts = held(paid=0)

        assert pays(facts, DOORS[2] - SECOND) == (Code.REFUND_FREE, 0)
        assert decide(Refund(), facts, now=DOORS[2] - SECOND).allowed
        assert not decide(Refund(), facts, now=DOORS[2]).allowed

    def test_fractions_round_down(self) -> None:
        assert pays(held(paid=3), FULL_UNTIL) == (Code.REFUND_STEP, 1)
        assert pays(held(paid=1), FULL_UNTIL) == (Code.REFUND_NOTHING, 0)


class TestCoolingOff:
    BOUGHT = FIRST - timedelta(days=3)

    def test_everything_comes_back_until_its_very_second(self) -> None:
        facts = held(bought_at=self.BOUGHT)
        end = self.BOUGHT + timedelta(days=1)

        assert pays(facts, end - SECOND) == (Code.REFUND_COOLING_OFF, 2_500)
        assert pays(facts, end) == (Code.REFUND_STEP, 1_250)
        assert decide(Refund(), facts, now=self.BOUGHT).until == end

    def test_it_ends_at_the_next_doors(self) -> None:
        facts = held(bought_at=DOORS[0] - timedelta(hours=2))

        assert pays(facts, DOORS[0] - SECOND) == (Code.REFUND_COOLING_OFF, 2_500)
        assert pays(facts, DOORS[0]) == (Code.REFUND_NOTHING, 0)

    def test_doors_are_those_known_when_buying(self) -> None:
        later = move_window(
            standard(),
            opened_at=self.BOUGHT + timedelta(hours=1),
            doors_at=self.BOUGHT + timedelta(hours=2),
            ends_at=self.BOUGHT + timedelta(hours=3),
        )
        facts = held(bought_at=self.BOUGHT, moved={0: later})

        assert pays(facts, self.BOUGHT + timedelta(hours=5)) == (Code.REFUND_COOLING_OFF, 2_500)
        stored = held(
            bought_at=self.BOUGHT, next_doors_at_purchase=self.BOUGHT + timedelta(hours=4)
        )
        assert pays(stored, self.BOUGHT + timedelta(hours=4))[0] is Code.REFUND_STEP

    def test_it_ends_at_the_first_transfer(self) -> None:
        assert pays(held(bought_at=self.BOUGHT, transfers=1), self.BOUGHT)[1] == 1_250

    def test_there_is_none_when_all_doors_have_opened(self) -> None:
        assert pays(held(bought_at=DOORS[2]), DOORS[2]) == (Code.REFUND_NOTHING, 0)


class TestCancelledAndMoved:
    def test_a_cancelled_part_pays_beside_the_step(self) -> None:
        facts = held(cancelled=frozenset({2}))

        assert pays(facts, FULL_UNTIL) == (Code.REFUND_CHANGE, 2_500 * (3_334 + 5_000) // 10_000)
        assert pays(facts, DOORS[2]) == (Code.REFUND_CHANGE, 2_500 * 3_334 // 10_000)

    def test_the_guarantee_share_is_rounded_before_the_amount(self) -> None:
        facts = held(
            rules(refund={"guarantee_bp": 3_333, "steps": []}),
            paid=10**18,
            cancelled=frozenset({0, 1}),
        )

        share = 3_333 * 6_666 // 10_000
        assert pays(facts, DOORS[2]) == (Code.REFUND_CHANGE, 10**18 * share // 10_000)

    def test_a_move_opens_a_window_of_its_own(self) -> None:
        move = move_window(
            standard(),
            opened_at=HALF_UNTIL + timedelta(hours=1),
            doors_at=FIRST + timedelta(days=30),
            ends_at=FIRST + timedelta(days=30, hours=3),
        )
        facts = held(moved={0: move})

        assert move.closes_at == HALF_UNTIL + timedelta(days=7, hours=1)
        assert pays(facts, move.opened_at - SECOND)[1] == 0
        assert pays(facts, move.opened_at) == (Code.REFUND_CHANGE, 833)
        assert pays(facts, move.closes_at - SECOND) == (Code.REFUND_CHANGE, 833)
        assert pays(facts, move.closes_at) == (Code.REFUND_NOTHING, 0)

    def test_the_window_of_a_move_never_outlasts_the_new_doors(self) -> None:
        doors = FIRST + timedelta(hours=5)
        move = move_window(standard(), opened_at=FIRST, doors_at=doors, ends_at=doors + SECOND)

        assert move.closes_at == doors

    def test_a_part_moved_and_then_cancelled_counts_once(self) -> None:
        move = MoveWindow(
            opened_at=FULL_UNTIL,
            closes_at=FIRST,
            doors_at=FIRST + timedelta(days=9),
            ends_at=FIRST + timedelta(days=10),
        )
        facts = held(moved={0: move}, cancelled=frozenset({0}))

        assert pays(facts, HALF_UNTIL) == (Code.REFUND_CHANGE, 833)

    def test_drawing_keeps_the_pass_and_is_taken_off_later(self) -> None:
        facts = held(cancelled=frozenset({2}))
        drawn = decide(Draw(), facts, now=FULL_UNTIL)

        assert (drawn.allowed, drawn.code, drawn.amount) == (True, Code.DRAW_DUE, 833)
        after = held(cancelled=frozenset({2}), paid_back=833)
        assert decide(Draw(), after, now=FULL_UNTIL).code is Code.DRAW_NOTHING
        assert pays(after, FULL_UNTIL)[1] == 2_500 * 8_334 // 10_000 - 833

    def test_nothing_to_draw_without_a_cancellation(self) -> None:
        decision = decide(Draw(), held(), now=FULL_UNTIL)

        assert (decision.allowed, decision.code) == (False, Code.DRAW_NOTHING)
        assert (decision.since, decision.until) == (None, None)


@pytest.mark.parametrize(
    "state", ["offered", "claiming", "on_chain", "refunded", "void", "surrendered"]
)
def test_only_an_active_pass_is_refunded_by_the_book(state: PassState) -> None:
    decision = decide(Refund(), held(state=state), now=FULL_UNTIL - SECOND)

    assert not decision.allowed
    assert decision.code == f"pass-{state.replace('_', '-')}"
    assert (decision.rule, decision.amount) == ("state", 0)
    assert refund_timeline(held(state=state), FULL_UNTIL) == ()
    assert give_up_value(held(state=state), FULL_UNTIL - SECOND) == 2_500


def test_the_timeline_lists_amounts_until_nothing_is_left() -> None:
    timeline = refund_timeline(held(), FIRST - timedelta(days=30))

    assert [(one.until, one.amount) for one in timeline] == [
        (FULL_UNTIL, 2_500),
        (HALF_UNTIL, 1_250),
        (None, 0),
    ]


def test_with_an_amendment_the_holder_gets_the_better_of_both() -> None:
    kinder = rules(refund={"steps": LATE_STEPS})
    facts = held(amendment=kinder)

    assert pays(facts, FULL_UNTIL - SECOND)[1] == 2_500
    assert pays(facts, FULL_UNTIL)[1] == 2_250
    assert decide(Refund(), facts, now=FULL_UNTIL).rule == "amendment:refund.steps[0]"


def test_an_instant_without_a_zone_is_no_instant() -> None:
    with pytest.raises(ValueError, match="time zone"):
        decide(Refund(), held(), now=FIRST.replace(tzinfo=None))
