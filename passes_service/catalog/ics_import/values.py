"""Dates, times and durations as programs write them (RFC 5545 section 3.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from passes_service.catalog.ics_import.errors import UnreadableError

_STAMP = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):?([0-9]{2}):?([0-9]{2})?(?:\.[0-9]{1,9})?([Zz])?)?"
)
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?"
    r"(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})S)?)?"
)
_OFFSET = re.compile(r"([+-]?)([0-9]{2}):?([0-9]{2}):?([0-9]{2})?")
YEARS = range(1500, 3000)
_BEGINNING, _END_OF_TIME = 1504, 2996  # leap years, so that every day of a year exists
MAX_LENGTH = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Zone:
    """Rules that turn local times into instants, and the IANA name under which to show them."""

    name: str
    tz: tzinfo

    def instant(self, local: datetime) -> datetime:
        """Return the UTC instant of a naive local time.

        A time that clocks skip is read with the offset before the gap, one that they show twice
        is the first (RFC 5545 section 3.3.5); that is Python's `fold=0`.
        """
        return local.replace(tzinfo=self.tz).astimezone(UTC)

    def oddity(self, local: datetime) -> str:
        """Name what is odd about a local time: `clock-skipped`, `clock-repeated` or nothing."""
        first = self.instant(local)
        if self.local(first) != local:
            return "clock-skipped"
        second = local.replace(tzinfo=self.tz, fold=1).astimezone(UTC)
        return "clock-repeated" if second != first else ""

    def local(self, instant: datetime) -> datetime:
        """Return the naive local time of an instant, in the zone's own rules."""
        return instant.astimezone(self.tz).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class When:
    """A stated time: naive local `wall`, and the zone it is in (the calendar's for a date)."""

    wall: datetime
    is_date: bool
    zone: Zone

    @property
    def instant(self) -> datetime:
        """The time in UTC."""
        return self.zone.instant(self.wall)


@dataclass(frozen=True, slots=True)
class Length:
    """How long an occurrence lasts: calendar days on the local clock, then elapsed time."""

    days: int = 0
    rest: timedelta = timedelta()

    def end(self, wall: datetime, zone: Zone) -> datetime:
        """Return the UTC instant at which something that starts at local `wall` ends."""
        return zone.instant(wall + timedelta(days=self.days)) + self.rest


@dataclass(frozen=True, slots=True)
class Stamp:
    """The bare reading of a DATE or DATE-TIME text."""

    wall: datetime
    is_date: bool
    is_utc: bool


def far_year(text: str) -> str:
    """Return the year of a DATE or DATE-TIME that lies outside `YEARS`, or an empty text."""
    found = _STAMP.fullmatch(text.strip())
    return found[1] if found and int(found[1]) not in YEARS else ""


def stamp(text: str) -> Stamp | None:
    """Read a DATE or DATE-TIME, or return None. Seconds may be missing, 60 becomes 59."""
    found = _STAMP.fullmatch(text.strip())
    if found is None or int(found[1]) not in YEARS:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    hour, minute = int(found[4] or 0), int(found[5] or 0)
    second = 59 if found[6] == "60" else int(found[6] or 0)
    try:
        wall = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - local by nature
    except ValueError:
        return None
    return Stamp(wall, is_date=found[4] is None, is_utc=found[7] is not None)


def bound(text: str) -> Stamp | None:
    """Read a DATE or DATE-TIME that only bounds a rule: programs write the year 9999 for ever."""
    found = _STAMP.fullmatch(text.strip())
    if found is None or int(found[1]) in YEARS:
        return stamp(text)
    leap = _BEGINNING if int(found[1]) < YEARS.start else _END_OF_TIME
    return stamp(f"{leap}{text.strip()[4:]}")


def duration(text: str, line: int | None) -> Length:
    """Read a DURATION: weeks and days are nominal, hours and below are exact.

    Raises:
        UnreadableError: It is none, is negative, or is longer than ten years.
    """
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()[1:]):
        raise UnreadableError("bad-duration", f"Its duration “{text[:30]}” is unreadable.", line)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    days += 7 * weeks
    rest = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    total = timedelta(days=days) + rest
    if total > MAX_LENGTH:
        raise UnreadableError("bad-duration", "It lasts longer than ten years.", line)
    if found[1] == "-" and total:
        raise UnreadableError("ends-before-start", "It ends before it starts.", line)
    return Length(days, rest)


def offset(text: str) -> timedelta | None:
    """Read a UTC-OFFSET such as +0100 or -045602, or return None."""
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        return None
    value = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    if value >= timedelta(hours=24):
        return None
    return -value if found[1] == "-" else value


def utc_stamp(text: str) -> datetime | None:
    """Read a timestamp such as LAST-MODIFIED; one without a zone is taken as UTC."""
    found = stamp(text)
    return found.wall.replace(tzinfo=UTC) if found else None
