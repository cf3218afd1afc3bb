"""Random but valid Terms, facts and instants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from passes_service.core.rules.canonical import terms_hash
from passes_service.core.rules.facts import MoveWindow, PassFacts
from passes_service.core.rules.portioning import weights
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import (
    EntryRule,
    Portion,
    RefundRule,
    RefundStep,
    Terms,
    TransferRule,
)

START = datetime(2027, 3, 12, 18, tzinfo=UTC)
DAY = 86_400
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "UTC")
WORDS = st.text(alphabet="abcdefghij klmno", min_size=1, max_size=12).map(lambda t: f"x{t}x")
Draw = Callable[[st.SearchStrategy[Any]], Any]


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


offsets = st.integers(-20, 60).map(lambda quarter_days: quarter_days * DAY // 4)
instants = st.builds(lambda base, jitter: at(base + jitter), offsets, st.integers(-2, 2))


@st.composite
def portions(draw: Draw) -> tuple[Portion, ...]:
    count = draw(st.integers(1, 5))
    shares = weights(draw(st.lists(st.integers(1, 7), min_size=count, max_size=count)))
    found, doors = [], draw(st.integers(0, 3)) * DAY
    for index, weight in enumerate(shares):
        length = draw(st.sampled_from((3_600, 10_801, DAY)))
        found.append(
            Portion(
                index=index,
                title=f"Night {index}",
                session_ids=tuple(f"s{index}-{n}" for n in range(draw(st.integers(1, 2)))),
                weight_bp=weight,
                doors_at=at(doors),
                ends_at=at(doors + length),
                settles_at=at(doors + length + draw(st.sampled_from((0, DAY)))),
            )
        )
        doors += draw(st.sampled_from((0, DAY // 2, 3 * DAY)))
    return tuple(found)


@st.composite
def refund_rules(draw: Draw) -> RefundRule:
    untils = sorted(draw(st.sets(offsets, max_size=4)))
    falling = sorted(
        draw(st.sets(st.integers(1, 10_000), min_size=len(untils), max_size=len(untils))),
        reverse=True,
    )
    guarantee = draw(st.sampled_from((0, 1, 3_333, 5_000, 9_999, 10_000)))
    return RefundRule(
        steps=tuple(
            RefundStep(until=at(u), share_bp=s) for u, s in zip(untils, falling, strict=True)
        ),
        cooling_off_seconds=draw(st.sampled_from((0, 1, 3_600, 2 * DAY, 14 * DAY))),
        guarantee_bp=guarantee,
        move_window_seconds=draw(st.sampled_from((0, DAY, 7 * DAY))) if guarantee else 0,
    )


@st.composite
def transfer_rules(draw: Draw, *, fee: bool = True) -> TransferRule:
    if not draw(st.integers(0, 4)):
        return TransferRule(allowed=False)
    opens = draw(st.none() | offsets)
    closes = draw(st.none() | offsets)
    if opens is not None and closes is not None and opens >= closes:
        opens, closes = None, opens
    cost = draw(st.sampled_from((0, 0, 250))) if fee else 0
    return TransferRule(
        allowed=True,
        opens_at=None if opens is None else at(opens),
        closes_at=None if closes is None else at(closes),
        max_count=draw(st.none() | st.integers(1, 3)),
        frozen_minutes=draw(st.sampled_from((0, 1, 60, 1_440))),
        fee_minor=cost,
        fee_currency="EUR" if cost else None,
    )


@st.composite
def terms(draw: Draw) -> Terms:
    funding = draw(st.sampled_from(("external", "external", "escrow")))
    parts = draw(portions())
    found = Terms(
        organizer=draw(WORDS),
        calendar=draw(WORDS),
        pass_type="season",
        title=draw(WORDS),
        time_zone=draw(st.sampled_from(ZONES)),
        cap=draw(st.integers(1, 2**32 - 1)),
        transfer=draw(transfer_rules(fee=funding == "external")),
        refund=draw(refund_rules()),
        entry=EntryRule(
            mode=draw(st.sampled_from(("once_per_session", "per_day", "unlimited"))),
            reentry=draw(st.booleans()),
            doors_minutes_before=draw(st.sampled_from((0, 30, 90))),
        ),
        portions=parts,
        conveys=tuple(draw(st.sets(st.sampled_from(("a drink", "a poster")), max_size=2))),
        excludes=tuple(draw(st.sets(st.sampled_from(("travel", "food")), max_size=2))),
        sale_closes_at=max(part.doors_at for part in parts),
        funding=funding,
    )
    return parse(to_document(found))


@st.composite
def facts(draw: Draw, of: st.SearchStrategy[Terms] | None = None) -> PassFacts:
    rules = draw(of if of is not None else terms())
    return draw(facts_of(rules))  # type: ignore[no-any-return]


@st.composite
def facts_of(draw: Draw, rules: Terms) -> PassFacts:
    indices = [part.index for part in rules.portions]
    moved = {}
    for index in draw(st.sets(st.sampled_from(indices), max_size=2)):
        opened, doors = draw(offsets), draw(offsets)
        moved[index] = MoveWindow(
            opened_at=at(opened),
            closes_at=at(opened + draw(st.sampled_from((0, DAY, 7 * DAY)))),
            doors_at=at(doors),
            ends_at=at(doors + 7_200),
        )
    return PassFacts(
        terms=rules,
        state="active",
        currency="EUR",
        paid=draw(st.sampled_from((0, 1, 3, 999, 2_500)) | st.integers(0, 2**80)),
        bought_at=at(draw(offsets)),
        transfers=draw(st.integers(0, 3)),
        cancelled=frozenset(draw(st.sets(st.sampled_from(indices), max_size=3))),
        moved=moved,
    )


@st.composite
def amendments(draw: Draw) -> tuple[Terms, Terms]:
    """An external document and a random change of it that names it."""
    old = replace(
        draw(terms().filter(lambda t: t.funding == "external")),
        cap=draw(st.integers(2, 100)),
    )
    new = replace(old, amends=terms_hash(old))
    for change in draw(st.lists(st.sampled_from(sorted(CHANGES)), max_size=2, unique=True)):
        new = replace(new, **draw(CHANGES[change](new)))
    return old, parse(to_document(new))


def _refund_change(now: Terms) -> st.SearchStrategy[dict[str, Any]]:
    rule = now.refund
    shifted = tuple(replace(s, until=s.until + timedelta(hours=6)) for s in rule.steps)
    return st.sampled_from(
        [
            {"refund": replace(rule, steps=shifted)},
            {"refund": replace(rule, steps=rule.steps[1:])},
            {"refund": replace(rule, steps=rule.steps[:-1])},
            {"refund": replace(rule, cooling_off_seconds=rule.cooling_off_seconds + 5)},
            {"refund": replace(rule, cooling_off_seconds=rule.cooling_off_seconds // 2)},
            {"refund": replace(rule, guarantee_bp=10_000)},
            {"refund": replace(rule, guarantee_bp=rule.guarantee_bp // 2 or 1)},
        ]
    ) | refund_rules().map(lambda made: {"refund": made})


CHANGES: dict[str, Callable[[Terms], st.SearchStrategy[dict[str, Any]]]] = {
    "refund": _refund_change,
    "transfer": lambda now: transfer_rules().map(lambda made: {"transfer": made}),
    "entry": lambda now: st.builds(
        EntryRule,
        mode=st.sampled_from(("once_per_session", "per_day", "unlimited")),
        reentry=st.booleans(),
        doors_minutes_before=st.sampled_from((0, 30, 90)),
    ).map(lambda made: {"entry": made}),
    "cap": lambda now: st.integers(1, 100).map(lambda cap: {"cap": cap}),
}
