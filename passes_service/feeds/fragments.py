"""Each session rendered once per revision and language; feeds are joined from these parts.

A session's `sequence` grows with everything that is rendered of it, in the transaction that
changes it. So a part under (id, sequence, time of the change) is never out of date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import ics_feeds
from ics_feeds.parts import Part, local_times, prepare
from ics_feeds.zones import Span, spans
from passes_service.feeds.memory import Kept
from passes_service.feeds.words import LANGUAGES, choose

ROOM: Final = 48 * 1024 * 1024
_OVERHEAD: Final = 1000
CANCELLED_FOR: Final = timedelta(days=3)
KEEP_PAST: Final = timedelta(days=60)


COLUMNS: Final = (
    *("id", "title", "description", "location", "starts_at", "ends_at", "time_zone", "all_day"),
    *("status", "sequence", "created_at", "changed_at"),
    *("latitude", "longitude", "categories", "texts"),
)
"""All that a feed tells about a session; a change of any of these moves `sequence`."""

Revision = tuple[Any, int, Any]
"""Id, sequence and time of the last change of a session, as its driver gives them."""
_REVISION: Final = tuple(COLUMNS.index(name) for name in ("id", "sequence", "changed_at"))
_ROWS: Final = f"""
    SELECT {", ".join(COLUMNS)} FROM session WHERE organizer_id = {{0}} AND id IN ({{1}})
"""  # noqa: S608 - only constants of this module
_SOME: Final = 500


@dataclass(frozen=True, slots=True)
class Fragment:
    """A session rendered, and what its subscribers' own lines are made from."""

    uid: str
    part: Part
    zone: Span | None
    gone_at: datetime
    sequence: int
    changed_at: datetime
    minute: int | None
    """Of the local day at which it starts, where there are doors to wait for."""


_Key = tuple[Revision, str, tuple[int, ...]]


def _size(fragment: Fragment) -> int:
    part = fragment.part
    words = len(part.description.folded) if part.description else 0
    return _OVERHEAD + len(part.before) + len(part.after) + 3 * words


_KEPT: Kept[_Key, Fragment] = Kept(ROOM, _size)


def key_of(connection: Connection, key: UUID) -> Any:
    """Return a key as the driver takes it."""
    return key.hex if connection.dialect.name == "sqlite" else key


def instant_of(connection: Connection, moment: datetime) -> Any:
    """Return an instant as the driver takes it."""
    sqlite = connection.dialect.name == "sqlite"
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if sqlite else moment


def mark_of(connection: Connection) -> str:
    """Return what stands for a value in SQL."""
    return "?" if connection.dialect.name == "sqlite" else "%s"


def fragments(
    connection: Connection,
    organizer_id: UUID,
    revisions: Iterable[Revision],
    *,
    language: str,
    reminders: tuple[int, ...] = (),
) -> list[Fragment | None]:
    """Return sessions as everybody with this language and these reminders sees them.

    Args:
        connection: Where to read what was never rendered in this process.
        revisions: Which sessions; a newer revision than asked for may be what is there now.
        language: One of `words.LANGUAGES`, or any other: then our own words are English.
        reminders: Minutes before the start.
    """
    keys = [(revision, language, reminders) for revision in revisions]
    found = _KEPT.get_all(keys)
    missing = [key[0][0] for key, one in zip(keys, found, strict=True) if one is None]
    if not missing:
        return found
    made = {}
    for row in _read(connection, key_of(connection, organizer_id), missing):
        revision = tuple(row[place] for place in _REVISION)
        one = _make(SessionFacts.read(row), language, reminders)
        _KEPT.put((revision, language, reminders), one)
        made[revision[0]] = one
    return [one or made.get(key[0][0]) for key, one in zip(keys, found, strict=True)]


def _read(connection: Connection, organizer: Any, ids: list[Any]) -> Iterator[tuple[Any, ...]]:
    mark = mark_of(connection)
    for start in range(0, len(ids), _SOME):
        some = ids[start : start + _SOME]
        sql = _ROWS.format(mark, ", ".join([mark] * len(some)))
        yield from connection.exec_driver_sql(sql, (organizer, *some)).cursor.fetchall()


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A stored session with its values read."""

    id: UUID
    title: str
    description: str
    location: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    all_day: bool
    status: str
    sequence: int
    created_at: datetime
    changed_at: datetime
    latitude: float | None
    longitude: float | None
    categories: str
    texts: str

    @classmethod
    def read(cls, row: tuple[Any, ...]) -> SessionFacts:
        """Return the facts of a row of either driver: SQLite keeps ids and instants as text."""
        values = dict(zip(COLUMNS, row, strict=True))
        for name in ("starts_at", "ends_at", "created_at", "changed_at"):
            values[name] = read_instant(values[name])
        values["id"] = read_id(values["id"])
        values["all_day"] = bool(values["all_day"])
        return cls(**values)


def read_instant(value: Any) -> datetime:
    """Return an instant as a driver gives it, aware and in UTC."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    found: datetime = value
    return found.astimezone(UTC)


def read_id(value: Any) -> UUID:
    """Return a key as a driver gives it."""
    return value if isinstance(value, UUID) else UUID(value)


def _gone_at(facts: SessionFacts) -> datetime:
    """Return when a session leaves the feed; fixed per session, so midnight changes nothing."""
    if facts.status == "cancelled":
        return facts.starts_at + CANCELLED_FOR
    return facts.ends_at + KEEP_PAST


def _make(facts: SessionFacts, language: str, reminders: tuple[int, ...]) -> Fragment:
    said = _in_language(facts, language)
    place = None
    if facts.latitude is not None and facts.longitude is not None:
        place = (facts.latitude, facts.longitude)
    entry = ics_feeds.Entry(
        uid=str(facts.id),
        title=said["title"],
        description=said["description"],
        location=said["location"],
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        time_zone=facts.time_zone,
        all_day=facts.all_day,
        status="CANCELLED" if facts.status == "cancelled" else "CONFIRMED",
        created_at=facts.created_at,
        changed_at=facts.changed_at,
        categories=tuple(json.loads(facts.categories)),
        geo=place,
        reminders=tuple(timedelta(minutes=minutes) for minutes in reminders),
    )
    words = LANGUAGES[choose(language, LANGUAGES)]
    times = None if entry.all_day else local_times(entry)
    doors = not facts.all_day and facts.status != "cancelled"
    return Fragment(
        uid=entry.uid,
        part=prepare(entry, cancelled_prefix=words.cancelled),
        zone=spans(times)[0] if times else None,
        gone_at=_gone_at(facts),
        sequence=facts.sequence,
        changed_at=facts.changed_at,
        minute=_minute(facts) if doors else None,
    )


def _minute(facts: SessionFacts) -> int:
    local = facts.starts_at.astimezone(ZoneInfo(facts.time_zone))
    return 60 * local.hour + local.minute


def _in_language(facts: SessionFacts, language: str) -> dict[str, Any]:
    """Return title, description and location, translated where the organizer did it."""
    own = {"title": facts.title, "description": facts.description, "location": facts.location}
    texts = json.loads(facts.texts)
    if not texts:
        return own
    there = texts.get(choose(language, texts, default=""), {})
    return own | {name: text for name, text in there.items() if name in own and text}
