"""What an import finds, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was decided about an entry: a code, and the words for a person."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One session as the file states it; (uid, recurrence_id) identifies it for ever.

    `recurrence_id` names the slot that the rule gave, not where an override moved it: empty for
    a single event, else `YYYYMMDDTHHMMSSZ` in UTC, or `YYYYMMDD` in an all-day series.
    Instants are aware, in UTC; `time_zone` is the IANA zone in which to show them. `line` is that
    of its VEVENT, `clock` what had to be decided about a local time that is not exactly one.
    """

    uid: str
    recurrence_id: str
    title: str
    description: str
    location: str
    url: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    all_day: bool
    cancelled: bool
    sequence: int
    last_modified: datetime | None
    categories: tuple[str, ...]
    geo: tuple[float, float] | None
    line: int | None = None
    clock: Remark | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """One entry of the file that brings no session, and why."""

    reason_code: str
    reason: str
    uid: str
    line: int | None
    recurrence_id: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What was decided where the file leaves room or contradicts itself; nothing was skipped."""

    code: str
    text: str
    uid: str
    line: int | None
    recurrence_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """Everything found in a file, sorted by start, title, uid.

    `zone` is the IANA zone the file names for itself (X-WR-TIMEZONE). `outside` holds readable
    entries beyond the horizon, so that a re-import can tell "moved far away" from "gone".
    """

    occurrences: tuple[Occurrence, ...]
    skipped: tuple[Skipped, ...]
    name: str
    zone: str | None
    horizon_start: datetime
    horizon_end: datetime
    outside: tuple[Occurrence, ...] = ()
    notes: tuple[Note, ...] = ()


def tally(skipped: Iterable[Skipped]) -> tuple[tuple[str, int], ...]:
    """Count skipped entries by reason, the most frequent first."""
    counted = Counter(skip.reason for skip in skipped)
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
