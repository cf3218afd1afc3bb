"""An amendment is published only when no holder is worse off, ever."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from passes_service.core.rules.actions import Admission, Claim, Draw, Enter, Refund, Transfer
from passes_service.core.rules.canonical import terms_hash
from passes_service.core.rules.compare import no_worse_for_holder
from passes_service.core.rules.decide import decide
from passes_service.core.rules.facts import MoveWindow, PassFacts
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import Terms
from tests.core.rules import strategies
from tests.core.rules.examples import document, standard
from tests.core.rules.strategies import START, at, instants

DAY = timedelta(days=1)


def _actions() -> Iterator[Any]:
    yield from (Refund(), Draw(), Transfer(), Claim())
    for exited in (None, START + timedelta(hours=1)):
        for admissions in ((), (Admission(START, exited),)):
            yield Enter(
                session_id="s0-0",
                session_starts_at=START,
                session_ends_at=START + 2 * DAY,
                admissions=admissions,
            )
    yield Enter(  # two sessions on one day
        session_id="s0-0", session_starts_at=START, session_ends_at=START + timedelta(hours=3)
    )


ACTIONS = tuple(_actions())


def _worse(old: Terms, new: Terms, facts: PassFacts, now: datetime) -> bool:
    for action in ACTIONS:
        before = decide(action, replace(facts, terms=old), now=now)
        after = decide(action, replace(facts, terms=new), now=now)
        if before.allowed and not after.allowed:
            return True
        if isinstance(action, Transfer):
            if before.allowed and after.amount > before.amount:
                return True
        elif after.amount < before.amount:
            return True
    return False


@given(strategies.amendments(), st.data(), st.lists(instants, min_size=1, max_size=8))
def test_what_passes_is_never_worse(
    pair: tuple[Terms, Terms], data: st.DataObject, moments: list[datetime]
) -> None:
    old, new = pair
    assume(no_worse_for_holder(old, new).ok)
    facts = data.draw(strategies.facts_of(old))

    assert not any(_worse(old, new, facts, now) for now in moments)


def _probes(old: Terms) -> Iterator[PassFacts]:
    """Facts that between them bring out any difference in money and movement."""
    far = at(200 * 86_400)
    ahead = {
        part.index: MoveWindow(
            opened_at=at(-86_400 * 30), closes_at=at(-86_400 * 30), doors_at=far, ends_at=far + DAY
        )
        for part in old.portions
    }
    everything = frozenset(part.index for part in old.portions)
    for bought, transfers, cancelled, moved in itertools.product(
        (at(-86_400 * 20), at(-86_400 * 200)), (0, 1, 2, 3), (frozenset(), everything), ({}, ahead)
    ):
        yield PassFacts(
            terms=old,
            state="active",
            currency="EUR",
            paid=10**12,
            bought_at=bought,
            transfers=transfers,
            cancelled=cancelled,
            moved=moved,
        )


@given(strategies.amendments())
def test_what_is_refused_for_money_or_movement_is_really_worse_somewhere(
    pair: tuple[Terms, Terms],
) -> None:
    old, new = pair
    # entry, cap and time limits have no single instant that brute force would surely hit
    new = replace(
        new,
        entry=old.entry,
        cap=old.cap,
        refund=replace(
            new.refund,
            cooling_off_seconds=old.refund.cooling_off_seconds,
            move_window_seconds=old.refund.move_window_seconds,
        ),
    )
    assume(not no_worse_for_holder(old, new).ok)
    moments = {at(200 * 86_400 - 60 * minutes) for minutes in (1, 30, 61, 1_440)}
    for terms in (old, new):
        moments.update(step.until for step in terms.refund.steps)
        moments.update(m for m in (terms.transfer.opens_at, terms.transfer.closes_at) if m)
    moments |= {moment - timedelta(seconds=1) for moment in moments} | {at(-86_400 * 19)}

    facts = list(_probes(old))
    closed = old.transfer.closes_at is not None or old.transfer.opens_at is not None
    frozen_only = new.transfer.frozen_minutes > old.transfer.frozen_minutes and closed
    assume(not frozen_only)  # needs doors moved to inside the open window: see the case below
    assert any(_worse(old, new, one, now) for one in facts for now in moments)


def _amended(**sections: Any) -> Terms:
    made = document(amends=terms_hash(standard()))
    for name, change in sections.items():
        made[name] = {**made[name], **change} if isinstance(change, dict) else change
    return parse(made)


def test_the_same_terms_under_a_new_name_are_no_worse() -> None:
    assert no_worse_for_holder(standard(), _amended()).ok


@pytest.mark.parametrize(
    "sections",
    [
        {"title": "Season pass, now kinder"},
        {"cap": 40},
        {"conveys": ["a drink at each session", "a poster"]},
        {"excludes": []},
        {"transfer": {"max_count": None, "frozen_minutes": 0}},
        {"refund": {"cooling_off_seconds": 90_000, "move_window_seconds": 700_000}},
        {"refund": {"steps": [{"until": "2027-03-12T00:00:00Z", "share_bp": 10_000}]}},
        {"entry": {"reentry": True, "doors_minutes_before": 90}},
        {"entry": {"mode": "unlimited"}},
        {"sale_closes_at": "2027-03-01T00:00:00Z"},
    ],
)
def test_kinder_terms_pass(sections: dict[str, Any]) -> None:
    assert no_worse_for_holder(standard(), _amended(**sections)).witnesses == ()


@pytest.mark.parametrize(
    ("sections", "witness"),
    [
        ({"cap": 51}, "More passes could exist: 51 instead of 50."),
        ({"conveys": []}, "It would no longer give: a drink at each session"),
        ({"excludes": ["travel", "food"]}, "It would newly exclude: food"),
        ({"time_zone": "Europe/Paris"}, "Time zone would change"),
        ({"amends": None}, "does not name the terms"),
        ({"sale_closes_at": "2027-03-26T18:00:00Z"}, "The sale would close later"),
        ({"transfer": {"closes_at": "2027-03-01T00:00:00Z"}}, "On 1 March 2027, 01:00 CET"),
        ({"transfer": {"opens_at": "2027-03-01T00:00:00Z"}}, "transfers were open"),
        ({"transfer": {"max_count": 2}}, "Fewer transfers"),
        ({"transfer": {"frozen_minutes": 121}}, "pause earlier: 2 hours 1 minute"),
        ({"transfer": {"fee_minor": 1, "fee_currency": "EUR"}}, "A transfer fee would appear"),
        ({"refund": {"guarantee_bp": 9_999}}, "fall from 100 % to 99.99 %"),
        ({"refund": {"cooling_off_seconds": 86_399}}, "The cooling-off time would shrink"),
        ({"refund": {"move_window_seconds": 0}}, "The time to react to a move would shrink"),
        ({"refund": {"steps": []}}, "paid 100 % and would pay 0 %"),
        (
            {"refund": {"steps": [{"until": "2027-03-11T17:59:59Z", "share_bp": 10_000}]}},
            "On 11 March 2027, 18:59:59 CET giving the pass up paid 50 % and would pay 0 %",
        ),
        ({"entry": {"mode": "per_day"}}, "Entry would change"),
        ({"entry": {"doors_minutes_before": 59}}, "Doors would open later"),
    ],
)
def test_worse_terms_are_refused_with_a_witness(sections: dict[str, Any], witness: str) -> None:
    found = no_worse_for_holder(standard(), _amended(**sections))

    assert not found.ok
    assert any(witness in one for one in found.witnesses), found.witnesses


@pytest.mark.parametrize(
    ("key", "value", "witness"),
    [
        ("session_ids", ["other"], "no longer open the sessions s0"),
        ("doors_at", "2027-03-12T16:00:00Z", "publish a move instead"),
        ("settles_at", "2027-03-12T21:00:00Z", "settled earlier"),
    ],
)
def test_parts_keep_their_sessions_and_times(key: str, value: Any, witness: str) -> None:
    made = to_document(_amended())
    made["portions"][0][key] = value
    found = no_worse_for_holder(standard(), parse(made))

    assert [witness in one for one in found.witnesses] == [True]


def test_escrow_terms_are_never_amended() -> None:
    escrow = standard(funding="escrow")
    new = replace(escrow, amends=terms_hash(escrow))

    assert no_worse_for_holder(escrow, new).witnesses == ("Terms with escrow are never amended.",)
