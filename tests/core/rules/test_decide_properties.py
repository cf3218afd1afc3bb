"""What holds for every pass under every Terms at every instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from passes_service.core.money import BASIS_POINTS
from passes_service.core.rules.actions import (
    Action,
    Admission,
    Claim,
    Draw,
    Enter,
    Refund,
    Transfer,
)
from passes_service.core.rules.decide import decide, give_up_value, refund_timeline
from passes_service.core.rules.facts import PassFacts
from passes_service.core.rules.refund import shares
from passes_service.core.rules.terms import Terms
from tests.core.rules import strategies
from tests.core.rules.strategies import START, instants

SECOND = timedelta(seconds=1)
ENTER = Enter(
    session_id="s0-0",
    session_starts_at=START,
    session_ends_at=START + timedelta(days=2),
    admissions=(Admission(START, START + SECOND),),
)
ACTIONS: st.SearchStrategy[Action] = st.sampled_from(
    (Refund(), Draw(), Transfer(), Claim(), ENTER, replace(ENTER, admissions=()))
)


@given(strategies.facts(), instants)
def test_no_refund_exceeds_what_was_paid(facts: PassFacts, now: datetime) -> None:
    refund, draw = decide(Refund(), facts, now=now), decide(Draw(), facts, now=now)

    assert 0 <= draw.amount <= refund.amount <= facts.paid
    assert 0 <= shares(facts.terms, facts, now).give_up <= BASIS_POINTS


def _without_changes(facts: PassFacts) -> PassFacts:
    return replace(facts, moved={})  # a cancellation alone pays the same at all times


@given(strategies.facts().map(_without_changes), instants, instants)
def test_waiting_never_pays_more(facts: PassFacts, one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))

    assert decide(Refund(), facts, now=early).amount >= decide(Refund(), facts, now=late).amount


@given(strategies.facts(), instants, instants)
def test_waiting_never_pays_more_after_all_changes_are_published(
    facts: PassFacts, one: datetime, other: datetime
) -> None:
    published = max((move.opened_at for move in facts.moved.values()), default=one)
    early, late = sorted((max(one, published), max(other, published)))

    assert decide(Refund(), facts, now=early).amount >= decide(Refund(), facts, now=late).amount


@given(strategies.facts(), st.lists(st.tuples(instants, st.integers(0, 4)), max_size=6), instants)
def test_draws_and_the_refund_together_never_exceed_what_was_paid(
    facts: PassFacts, schedule: list[tuple[datetime, int]], end: datetime
) -> None:
    facts = replace(facts, cancelled=frozenset())
    for now, cancel in sorted(schedule):
        known = {part.index for part in facts.terms.portions}
        facts = replace(facts, cancelled=facts.cancelled | ({cancel} & known))
        due = decide(Draw(), facts, now=now).amount
        facts = replace(facts, paid_back=facts.paid_back + due)
        assert decide(Draw(), facts, now=now).amount == 0
    total = facts.paid_back + decide(Refund(), facts, now=end).amount

    assert total <= facts.paid
    drawn_once = give_up_value(replace(facts, paid_back=0), end)
    assert total == max(drawn_once, facts.paid_back)  # drawing first costs the holder nothing


@given(strategies.facts(), ACTIONS, instants)
def test_an_answer_holds_from_since_until_just_before_until(
    facts: PassFacts, action: Action, now: datetime
) -> None:
    decision = decide(action, facts, now=now)

    if decision.until is not None:
        assert decision.until > now
        assert decide(action, facts, now=decision.until - SECOND) == decision
        assert decide(action, facts, now=decision.until) != decision
    if decision.since is not None:
        assert facts.bought_at < decision.since <= now
        assert decide(action, facts, now=decision.since) == decision
        assert decide(action, facts, now=decision.since - SECOND) != decision


@given(strategies.facts(), ACTIONS, instants, st.integers(0, 80 * 86_400))
def test_no_answer_changes_between_the_edges(
    facts: PassFacts, action: Action, now: datetime, ahead: int
) -> None:
    decision = decide(action, facts, now=now)
    later = now + timedelta(seconds=ahead)

    if decision.until is None or later < decision.until:
        assert decide(action, facts, now=later) == decision


@given(strategies.facts(), instants, st.integers(0, 80 * 86_400))
def test_the_timeline_is_what_decide_will_say(facts: PassFacts, now: datetime, ahead: int) -> None:
    timeline, later = refund_timeline(facts, now), now + timedelta(seconds=ahead)
    current = [w for w in timeline if w.since <= later and (w.until is None or later < w.until)]

    assert [window.amount for window in current] == [decide(Refund(), facts, now=later).amount]
    assert timeline[0].since == now
    assert timeline[-1].until is None


@given(st.data(), instants)
def test_who_came_in_changes_no_refund(data: st.DataObject, now: datetime) -> None:
    facts = data.draw(strategies.facts())

    # There is nothing to vary: facts hold no attendance. Epoch is the nearest, and is ignored.
    assert decide(Refund(), facts, now=now) == decide(Refund(), replace(facts, epoch=9), now=now)


@given(strategies.amendments(), st.data(), instants, ACTIONS)
def test_two_documents_answer_no_worse_than_either(
    pair: tuple[Terms, Terms], data: st.DataObject, now: datetime, action: Action
) -> None:
    old, new = pair
    facts = data.draw(strategies.facts_of(old))
    both = decide(action, replace(facts, amendment=new), now=now)

    for terms in (old, new):
        alone = decide(action, replace(facts, terms=terms), now=now)
        assert both.allowed >= alone.allowed
        if not isinstance(action, Transfer):
            assert both.amount >= alone.amount
