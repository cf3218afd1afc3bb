"""What one link's feed says now: the sessions of the holder's passes, and deadlines if wished."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

import ics_feeds
from ics_feeds.parts import Part, prepare
from passes_service.catalog import terms
from passes_service.core.money import Money, format_amount
from passes_service.core.rules.decide import refund_timeline
from passes_service.db.models import (
    CalendarSession,
    FeedLink,
    Organizer,
    SeriesSession,
)
from passes_service.feeds.fragments import SessionFacts, fragment
from passes_service.feeds.words import LANGUAGES, Words, choose
from passes_service.passes import facts as pass_facts
from passes_service.passes import queries
from passes_service.passes.queries import Held

CANCELLED_FOR: Final = timedelta(days=3)
KEEP_PAST: Final = timedelta(days=60)
SHOWN_STATES: Final = ("active", "claiming", "on_chain")
_SESSION: Final = tuple(getattr(CalendarSession, name) for name in SessionFacts._fields)
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Item:
    """One VEVENT to be finished: its shared part, and what this subscriber gets of it."""

    uid: str
    part: Part
    times: tuple[datetime, ...]
    sequence: int
    changed_at: datetime
    note: str = ""
    url: str | None = None
    own: str = ""
    """What of note and address `sequence` and `changed_at` do not count."""


@dataclass(frozen=True, slots=True)
class Content:
    """A feed before it is joined; it says the same until `until`."""

    organizer: Organizer
    words: Words
    items: tuple[Item, ...]
    until: datetime


def of_link(
    session: Session, link: FeedLink, *, language: str, origin: str, now: datetime
) -> Content:
    """Return what the feed of a living link says at `now`, in this language."""
    words = LANGUAGES[choose(language, LANGUAGES)]
    organizer = session.get_one(Organizer, link.organizer_id)
    held = [
        each
        for each in queries.held_by(
            session, organizer_id=link.organizer_id, holder_id=link.holder_id
        )
        if each.row.state in SHOWN_STATES
    ]
    late = jitter(link)
    until, items = now + timedelta(days=30), []
    reminders = tuple(int(minutes) for minutes in link.reminders.split())
    for facts, opened_by in _sessions(session, held, since=now - KEEP_PAST - _A_DAY):
        gone = _gone_at(facts) + late
        if gone <= now:
            continue
        until = min(until, gone)
        shared = fragment(facts, language=language, reminders=reminders)
        numbers = [_number(each, words.number) for each in sorted(opened_by, key=_order)]
        early = max(_doors_before(session, each) for each in opened_by)
        url = _page(opened_by, origin)
        items.append(
            Item(
                uid=str(facts.id),
                part=shared.part,
                times=shared.times,
                sequence=facts.sequence,
                changed_at=facts.changed_at,
                note="\n".join([*numbers, *_doors(facts, early, words)]),
                url=url,
                own=f"{numbers} {early} {url}",
            )
        )
    if link.deadlines:
        for ends, item in _deadlines(session, held, words, origin=origin, now=now):
            until = min(until, ends + late)
            items.append(item)
    return Content(organizer, words, tuple(items), until)


def jitter(link: FeedLink) -> timedelta:
    """Return how much later than others this feed drops what is over, below a day.

    Else the feeds of a whole season would have to be rendered in the same second.
    """
    return timedelta(seconds=int.from_bytes(link.id.bytes[-4:]) % 86_400)


def _gone_at(facts: SessionFacts) -> datetime:
    """Return when a session leaves the feed; fixed per session, so midnight changes nothing."""
    if facts.status == "cancelled":
        return facts.starts_at + CANCELLED_FOR
    return facts.ends_at + KEEP_PAST


def _sessions(
    session: Session, held: Sequence[Held], *, since: datetime
) -> Iterable[tuple[SessionFacts, list[Held]]]:
    """Return each session that one of the passes opens, with those passes, in order of time."""
    by_series: dict[UUID, list[Held]] = defaultdict(list)
    for each in held:
        by_series[each.series.id].append(each)
    if not by_series:
        return []
    rows = session.execute(
        select(SeriesSession.series_id, *_SESSION)
        .join(
            CalendarSession,
            (col(CalendarSession.organizer_id) == col(SeriesSession.organizer_id))
            & (col(CalendarSession.id) == col(SeriesSession.session_id)),
        )
        .where(
            SeriesSession.organizer_id == held[0].row.organizer_id,
            col(SeriesSession.series_id).in_(sorted(by_series)),
            col(CalendarSession.ends_at) > since,
        )
        .order_by(col(CalendarSession.starts_at), col(CalendarSession.id))
    )
    found: dict[UUID, tuple[SessionFacts, list[Held]]] = {}
    for series_id, *values in rows:
        facts = SessionFacts(*values)
        found.setdefault(facts.id, (facts, []))[1].extend(by_series[series_id])
    return found.values()


def _doors(facts: SessionFacts, early: int, words: Words) -> list[str]:
    """Return when the doors open, in words, where there are doors to wait for."""
    if not early or facts.all_day or facts.status == "cancelled":
        return []
    doors = facts.starts_at - timedelta(minutes=early)
    local = doors.astimezone(ZoneInfo(facts.time_zone))
    return [words.doors.format(time=f"{local:%H:%M}")]


def _order(held: Held) -> tuple[datetime, int]:
    return held.row.bought_at, held.row.pass_id


def _number(held: Held, form: str) -> str:
    return form.format(title=held.series.title, serial=held.row.serial, cap=held.series.cap)


def _page(opened_by: Sequence[Held], origin: str) -> str:
    """Return the address of the pass, behind the login; of all passes if several open a session."""
    return _pass_page(opened_by[0], origin) if len(opened_by) == 1 else f"{origin}/me"


def _pass_page(held: Held, origin: str) -> str:
    return f"{origin}/me/passes/{held.row.pass_id}"


def _doors_before(session: Session, held: Held) -> int:
    """Return how many minutes before a session its doors open for a pass."""
    row = held.row
    known = terms.get(session, organizer_id=row.organizer_id, terms_hash=held.series.terms_hash)
    return known.entry.doors_minutes_before


def _deadlines(
    session: Session, held: Sequence[Held], words: Words, *, origin: str, now: datetime
) -> Iterable[tuple[datetime, Item]]:
    """Yield what ends for each pass, with its instant: money back, and handing it on."""
    for each in held:
        known = pass_facts.of(session, each)
        if known.state == "on_chain" and each.series.funding == "escrow":
            known = replace(known, state="active")  # the contract pays by the same rules
        for present, later in pairwise(refund_timeline(known, now)):
            if present.amount > later.amount:
                amount = format_amount(Money(present.amount, each.row.currency))
                title = words.give_back.format(title=each.series.title, amount=amount)
                item = _deadline(each, "refund", later.since, title, words, origin)
                yield later.since, item
        closes = known.terms.transfer.closes_at if known.terms.transfer.allowed else None
        if closes is not None and closes > now:
            title = words.hand_on.format(title=each.series.title)
            yield closes, _deadline(each, "transfer", closes, title, words, origin)


def _deadline(held: Held, kind: str, at: datetime, title: str, words: Words, origin: str) -> Item:
    """Return the entry of a deadline; one that moves is another one, at another time."""
    uid = str(uuid5(held.row.id, f"{kind} {at.astimezone(UTC):%Y%m%dT%H%M%SZ}"))
    entry = ics_feeds.Entry(
        uid=uid,
        title=title,
        starts_at=at,
        ends_at=at,
        time_zone="UTC",
        created_at=held.row.created_at,
        changed_at=held.row.bought_at,
        transparent=True,
    )
    part = prepare(entry)
    note = _number(held, words.deadline_more)
    url = _pass_page(held, origin)
    own = f"{title} {note} {url}"
    return Item(uid, part, (), 0, held.row.bought_at, note, url, own)
