"""What one link's feed says now: the sessions of the holder's passes, and deadlines if wished."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID, uuid5

from sqlmodel import Session, col, select

import ics_feeds
from ics_feeds.parts import prepare
from passes_service.catalog import terms
from passes_service.core.money import Money, format_amount
from passes_service.core.rules.decide import refund_timeline
from passes_service.db.models import Calendar, FeedLink, Organizer, Pass, Series
from passes_service.feeds import drops
from passes_service.feeds.fragments import (
    KEEP_PAST,
    Fragment,
    Revision,
    fragments,
    instant_of,
    key_of,
    mark_of,
)
from passes_service.feeds.items import Item, digest
from passes_service.feeds.words import LANGUAGES, Words, choose
from passes_service.passes import facts as pass_facts
from passes_service.passes import queries
from passes_service.passes.queries import Held

SHOWN_STATES: Final = ("active", "claiming", "on_chain")
# As an array: PostgreSQL then goes to each session by its key, also right after a large import,
# when its statistics know of none.
_REVISIONS: Final = """
    SELECT id, sequence, changed_at, starts_at FROM session
    WHERE organizer_id = {0} AND ends_at > {0} AND id {1} (
        SELECT session_id FROM series_session WHERE organizer_id = {0} AND series_id = {0}
    {2}
"""
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Content:
    """A feed before it is joined; it says the same until `until`."""

    organizer: Organizer
    words: Words
    items: tuple[Item, ...]
    until: datetime


def of_link(
    session: Session,
    link: FeedLink,
    *,
    organizer: Organizer,
    language: str,
    origin: str,
    now: datetime,
) -> Content:
    """Return what the feed of a living link says at `now`, in this language."""
    words = LANGUAGES[choose(language, LANGUAGES)]
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
    said = f"{language} {link.reminders}"
    own = _Owned(session, held, words, origin, said)
    opened = _opened(session, held, since=now - KEEP_PAST - _A_DAY)
    shown = fragments(
        session.connection(), link.organizer_id, opened, language=language, reminders=reminders
    )
    for shared, series in zip(shown, opened.values(), strict=True):
        gone = shared.gone_at + late if shared else now
        if shared is None or gone <= now:
            continue
        if gone < until:
            until = gone
        items.append(own.item(shared, series))
    if link.deadlines:
        for ends, item in _deadlines(session, held, words, said, origin=origin, now=now):
            until = min(until, ends + late)
            items.append(item)
    if link.drops:
        for ends, item in drops.items(
            session, link, organizer, words, said, origin=origin, since=now - late
        ):
            until = min(until, ends + late)
            items.append(item)
    return Content(organizer, words, tuple(items), until)


def jitter(link: FeedLink) -> timedelta:
    """Return how much later than others this feed drops what is over, below a day.

    Else the feeds of a whole season would have to be rendered in the same second.
    """
    return timedelta(seconds=int.from_bytes(link.id.bytes[-4:]) % 86_400)


def hold_calendars(session: Session, link: FeedLink) -> None:
    """Wait for those who are changing a calendar of the holder's passes, and hold others off.

    An edit marks the holders that it can see; one whose pass is being issued or handed on in
    that very moment it cannot. So no rendering may read between its mark and its commit. Who is
    shown Drops waits for every calendar: any of them may be about to get one.
    """
    series = (
        select(Series.calendar_id)
        .join(
            Pass,
            (col(Pass.organizer_id) == col(Series.organizer_id))
            & (col(Pass.series_id) == col(Series.id)),
        )
        .where(Pass.organizer_id == link.organizer_id, Pass.holder_id == link.holder_id)
    )
    these = True if link.drops else col(Calendar.id).in_(series)
    session.execute(
        select(Calendar.id)
        .where(Calendar.organizer_id == link.organizer_id, these)
        .order_by(col(Calendar.id))
        .with_for_update(read=True)
    ).all()


def _opened(
    session: Session, held: Sequence[Held], *, since: datetime
) -> dict[Revision, tuple[UUID, ...]]:
    """Return the sessions that the passes open, with the Series that do, in order of time.

    SQL over the driver: what was rendered before need not be read, only that it is still so.
    """
    connection = session.connection()
    mark = mark_of(connection)
    sqlite = connection.dialect.name == "sqlite"
    sql = _REVISIONS.format(mark, "IN" if sqlite else "= ANY(ARRAY", ")" if sqlite else "))")
    found: dict[Revision, tuple[UUID, ...]] = {}
    starts: dict[Revision, tuple[Any, Any]] = {}
    for series in sorted({each.series.id for each in held}):
        organizer = key_of(connection, held[0].row.organizer_id)
        values = (organizer, instant_of(connection, since), organizer, key_of(connection, series))
        for id_, sequence, changed_at, starts_at in connection.exec_driver_sql(
            sql, values
        ).cursor.fetchall():
            key = (id_, sequence, changed_at)
            found[key] = (*found.get(key, ()), series)
            starts[key] = (starts_at, id_)
    return {key: found[key] for key in sorted(found, key=starts.__getitem__)}


@dataclass(frozen=True, slots=True)
class _Lines:
    """What the sessions that the same passes open say to their holder: `notes` by start."""

    numbers: str
    url: str
    doors_before: int
    digest: str
    notes: dict[int | None, str]


class _Owned:
    """A holder's own lines, made once for all sessions that the same Series open."""

    def __init__(
        self, session: Session, held: Sequence[Held], words: Words, origin: str, said: str
    ) -> None:
        self._by_series: dict[UUID, list[Held]] = defaultdict(list)
        for each in held:
            self._by_series[each.series.id].append(each)
        self._session, self._words, self._origin, self._said = session, words, origin, said
        self._made: dict[tuple[UUID, ...], _Lines] = {}

    def item(self, shared: Fragment, series: tuple[UUID, ...]) -> Item:
        """Return a session that these Series open, as this holder sees it."""
        lines = self._made.get(series)
        if lines is None:
            lines = self._made[series] = self._make(series)
        note = lines.notes.get(shared.minute)
        if note is None:
            note = lines.notes[shared.minute] = self._note(lines, shared.minute)
        return Item(
            shared.uid,
            shared.part,
            shared.zone,
            shared.sequence,
            shared.changed_at,
            note,
            lines.url,
            lines.digest,
        )

    def _make(self, series: tuple[UUID, ...]) -> _Lines:
        passes = sorted((each for one in series for each in self._by_series[one]), key=_order)
        numbers = "\n".join(_number(each, self._words.number) for each in passes)
        early = max(_doors_before(self._session, each) for each in passes)
        alone = len(passes) == 1
        url = _pass_page(passes[0], self._origin) if alone else f"{self._origin}/me"
        return _Lines(numbers, url, early, digest(self._said, numbers, early, url), {})

    def _note(self, lines: _Lines, minute: int | None) -> str:
        """Return numbers and doors; those for the earliest of the passes, by the local clock."""
        if minute is None or not lines.doors_before:
            return lines.numbers
        hour, rest = divmod((minute - lines.doors_before) % (24 * 60), 60)
        return f"{lines.numbers}\n{self._words.doors.format(time=f'{hour:02}:{rest:02}')}"


def _order(held: Held) -> tuple[datetime, int]:
    return held.row.bought_at, held.row.pass_id


def _number(held: Held, form: str) -> str:
    return form.format(title=held.series.title, serial=held.row.serial, cap=held.series.cap)


def _pass_page(held: Held, origin: str) -> str:
    return f"{origin}/me/passes/{held.row.pass_id}"


def _doors_before(session: Session, held: Held) -> int:
    """Return how many minutes before a session its doors open for a pass."""
    row = held.row
    known = terms.get(session, organizer_id=row.organizer_id, terms_hash=held.series.terms_hash)
    return known.entry.doors_minutes_before


def _deadlines(
    session: Session,
    held: Sequence[Held],
    words: Words,
    said: str,
    *,
    origin: str,
    now: datetime,
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
                item = _deadline(each, "refund", later.since, title, words, said, origin)
                yield later.since, item
        closes = known.terms.transfer.closes_at if known.terms.transfer.allowed else None
        if closes is not None and closes > now:
            title = words.hand_on.format(title=each.series.title)
            yield closes, _deadline(each, "transfer", closes, title, words, said, origin)


def _deadline(
    held: Held, kind: str, at: datetime, title: str, words: Words, said: str, origin: str
) -> Item:
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
    own = digest(said, title, note, url)
    return Item(uid, part, None, 0, held.row.bought_at, note, url, own)
