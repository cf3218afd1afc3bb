"""What a change of a session would mean, before it is published: who is told, what is owed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog import portions, sessions
from passes_service.core.money import Money, format_amount
from passes_service.core.rules.actions import Draw, Refund
from passes_service.core.rules.decide import decide, refund_timeline
from passes_service.core.rules.facts import MoveWindow, PassFacts, move_window
from passes_service.core.rules.phrases import count_words, instant_words
from passes_service.db.models import CalendarSession, Pass, Series, SeriesSession
from passes_service.passes import facts
from passes_service.passes.queries import Held

Change = Literal["cancel", "move"]
LIVE = ("active", "claiming", "on_chain")


@dataclass(frozen=True)
class Impact:
    """What follows if a session is cancelled, or moved.

    Attributes:
        holders: People who are told.
        passes: Living passes that open the session.
        owed_minor: By currency: what a cancellation adds to what may be drawn, or what a move
            adds to what giving every pass up would pay while its window is open.
        sentences: The same for the organizer to read, one kind of pass after the other.
    """

    holders: int
    passes: int
    owed_minor: Mapping[str, int] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()


def of_session(
    session: Session,
    *,
    organizer_id: UUID,
    session_id: UUID,
    kind: Change,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    now: datetime,
) -> Impact:
    """Work out what cancelling a session, or moving it to other times, would mean now.

    Nothing is changed. Amounts are what the published Terms would pay if everybody asked.

    Raises:
        NotFound: There is no such session here.
    """
    row = sessions.get(session, organizer_id=organizer_id, session_id=session_id)
    moved_to = (starts_at or row.starts_at, ends_at or row.ends_at)
    people: set[UUID] = set()
    owed: Counter[str] = Counter()
    sentences: list[str] = []
    count = 0
    for series, portion in _kinds(session, row):
        live = _live(session, series)
        count += len(live)
        people.update(one.holder_id for one in live)
        others = [
            one
            for one in portions.sessions_of(session, series, portion)
            if one.id != row.id and one.status != "cancelled"
        ]
        if kind == "cancel" and others:
            sentences.append(
                f"“{series.title}”: its part keeps {count_words(len(others), 'other session')}, "
                "so the Terms owe nothing for this one alone."
            )
            continue
        if kind == "cancel" and series.closed_at is None:
            sentences.append(f"“{series.title}”: its sale closes at once.")
        if not live:
            rise, said = 0, "no pass is in anyone's hands, so nothing is owed."
        elif kind == "cancel":
            rise, said = _by_cancelling(session, series, portion, live, now=now)
        else:
            base = facts.of(session, Held(live[0], series))
            after = _moved(base, portion, moved_to, others, now)
            window = after.moved[portion]
            rise, said = _by_moving(series, live, base, after, window, now=now)
        if rise:
            owed[series.currency] += rise
        sentences.append(f"“{series.title}”: {said}")
    return Impact(
        holders=len(people),
        passes=count,
        owed_minor=dict(owed),
        sentences=(_told(len(people), count, kind), *sentences),
    )


def _told(people: int, passes: int, kind: Change) -> str:
    if not passes:
        return "Nobody holds a pass that opens this session, so nobody is told and nothing is owed."
    verb = "cancelled" if kind == "cancel" else "moved"
    who = "1 person holds" if people == 1 else f"{people:,} people hold"
    return (
        f"{who} {count_words(passes, 'pass').replace('passs', 'passes')} for this session. They "
        f"are told by e-mail that it is {verb}, and their calendars follow by themselves."
    )


def _by_cancelling(
    session: Session, series: Series, portion: int, live: list[Pass], *, now: datetime
) -> tuple[int, str]:
    base = facts.of(session, Held(live[0], series))
    after = _cancelled(base, portion)
    rise = sum(
        max(0, _amount(after, one, Draw(), now) - _amount(base, one, Draw(), now)) for one in live
    )
    if not rise:
        return 0, "this part is then cancelled; its Terms pay nothing more back for it."
    amount = format_amount(Money(rise, series.currency))
    return rise, (
        f"{amount} more is owed in all. Holders may take it and keep their passes for the rest."
    )


def _by_moving(
    series: Series,
    live: list[Pass],
    base: PassFacts,
    after: PassFacts,
    window: MoveWindow,
    *,
    now: datetime,
) -> tuple[int, str]:
    """Return what the window adds at its most: steps may fall while it stays open."""
    if window.closes_at <= now or not base.terms.refund.move_window_seconds:
        return 0, "its Terms open no extra time to give the pass up after a move."
    last = window.closes_at - timedelta(seconds=1)
    rise = 0
    for one in live:
        ahead = refund_timeline(_for_pass(base, one), now)
        moments = {now, last, *(step.since for step in ahead if now < step.since < last)}
        rise += max(
            max(0, _amount(after, one, Refund(), at) - _amount(base, one, Refund(), at))
            for at in moments
        )
    until = instant_words(window.closes_at, base.terms.time_zone)
    may = f"until {until} holders may give the pass up because of the move"
    if not rise:
        return 0, f"{may}; that pays no more than their Terms pay in that time anyway."
    amount = format_amount(Money(rise, series.currency))
    return rise, f"{may}; if all do, that is at most {amount} more than without it."


def _amount(base: PassFacts, row: Pass, action: Draw | Refund, at: datetime) -> int:
    return decide(action, _for_pass(base, row), now=at).amount


def _cancelled(base: PassFacts, portion: int) -> PassFacts:
    return replace(base, cancelled=base.cancelled | {portion})


def _moved(
    base: PassFacts,
    portion: int,
    moved_to: tuple[datetime, datetime],
    others: list[CalendarSession],
    now: datetime,
) -> PassFacts:
    starts = min([moved_to[0], *(one.starts_at for one in others)])
    ends = max([moved_to[1], *(one.ends_at for one in others)])
    doors = starts - timedelta(minutes=base.terms.entry.doors_minutes_before)
    window = move_window(base.terms, opened_at=now, doors_at=doors, ends_at=ends)
    return replace(base, moved=dict(base.moved) | {portion: window})


def _for_pass(base: PassFacts, row: Pass) -> PassFacts:
    return replace(
        base,
        state="active",  # what a token is owed is owed too
        paid=row.paid_minor,
        paid_back=row.paid_back_minor,
        bought_at=row.bought_at,
        epoch=row.epoch,
        transfers=row.transfers,
        next_doors_at_purchase=row.next_doors_at,
    )


def _kinds(session: Session, row: CalendarSession) -> list[tuple[Series, int]]:
    found = session.exec(
        select(Series, SeriesSession.portion)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Series.organizer_id))
            & (col(SeriesSession.series_id) == col(Series.id)),
        )
        .where(SeriesSession.organizer_id == row.organizer_id, SeriesSession.session_id == row.id)
        .order_by(col(Series.id))
    )
    return [(series, portion) for series, portion in found]


def _live(session: Session, series: Series) -> list[Pass]:
    return list(
        session.exec(
            select(Pass).where(
                Pass.organizer_id == series.organizer_id,
                Pass.series_id == series.id,
                col(Pass.state).in_(LIVE),
            )
        )
    )
