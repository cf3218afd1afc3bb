"""Each session rendered once per revision and language; feeds are joined from these parts.

What a part was made from is its key, whole: a part that is out of date cannot be found again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import ics_feeds
from ics_feeds.parts import Part, local_times, prepare
from passes_service.feeds.memory import Kept
from passes_service.feeds.words import LANGUAGES, choose

ROOM: Final = 48 * 1024 * 1024
_OVERHEAD: Final = 1000


class SessionFacts(NamedTuple):
    """All that a feed tells about a session, as it is stored."""

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


@dataclass(frozen=True, slots=True)
class Fragment:
    """A session rendered, and the local times that its VTIMEZONE has to cover."""

    part: Part
    times: tuple[datetime, ...]


_Key = tuple[SessionFacts, str, tuple[int, ...]]


def _size(fragment: Fragment) -> int:
    part = fragment.part
    words = len(part.description.folded) if part.description else 0
    return _OVERHEAD + len(part.before) + len(part.after) + 3 * words  # the key has the words too


_KEPT: Kept[_Key, Fragment] = Kept(ROOM, _size)


def fragment(facts: SessionFacts, *, language: str, reminders: tuple[int, ...] = ()) -> Fragment:
    """Return a session as everybody with this language and these reminders sees it.

    Args:
        facts: The stored row.
        language: One of `words.LANGUAGES`, or any other: then our own words are English.
        reminders: Minutes before the start.
    """
    key = (facts, language, reminders)
    found = _KEPT.get(key)
    if found is None:
        found = _make(facts, language, reminders)
        _KEPT.put(key, found)
    return found


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
    times = () if entry.all_day else local_times(entry) or ()
    return Fragment(prepare(entry, cancelled_prefix=words.cancelled), times)


def _in_language(facts: SessionFacts, language: str) -> dict[str, Any]:
    """Return title, description and location, translated where the organizer did it."""
    own = {"title": facts.title, "description": facts.description, "location": facts.location}
    texts = json.loads(facts.texts)
    if not texts:
        return own
    there = texts.get(choose(language, texts, default=""), {})
    return own | {name: text for name, text in there.items() if name in own and text}
