"""Times and lengths of an event, with the zones that its properties name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from passes_service.catalog.ics_import.components import Component
from passes_service.catalog.ics_import.errors import UnreadableError
from passes_service.catalog.ics_import.lines import Property
from passes_service.catalog.ics_import.model import Remark
from passes_service.catalog.ics_import.values import (
    MAX_LENGTH,
    Length,
    When,
    Zone,
    duration,
    far_year,
    stamp,
)
from passes_service.catalog.ics_import.zones import Zones

_MIDNIGHT = timedelta()


@dataclass(frozen=True, slots=True)
class Extra:
    """One RDATE; a PERIOD brings its own length."""

    when: When
    length: Length | None


def when(item: Property, zones: Zones, text: str | None = None, own: Zone | None = None) -> When:
    """Read a time; one that names no zone is in `own`, else in the calendar's floating zone.

    Raises:
        UnreadableError: No time, or in a zone that nobody knows.
        ImportZoneNeeded: It names no zone and there is none to take.
    """
    found = stamp(item.value if text is None else text)
    if found is None:
        raise _no_time(item, item.value if text is None else text)
    tzid = item.params.get("TZID", "")
    date_only = item.params.get("VALUE", "").upper() == "DATE" and not found.is_utc
    if found.is_date or (date_only and _clock(found.wall) == _MIDNIGHT):
        return When(found.wall, True, zones.shown)
    if found.is_utc:
        return When(found.wall, False, zones.utc)
    if tzid:
        return When(found.wall, False, zones.find(tzid, item.line))
    return When(found.wall, False, own or zones.floating(item.line))


def _no_time(item: Property, text: str) -> UnreadableError:
    shown, year = "".join(c for c in text[:40] if c.isprintable()), far_year(text)
    reason = f"Its {item.name} “{shown}” is no date."
    if year:
        reason = f"Its {item.name} is in the year {year}: sessions lie between 1500 and 2999."
    return UnreadableError("bad-time", reason, item.line)


def clock(at: When) -> Remark | None:
    """Say what was decided about a local time that does not exist, or exists twice.

    RFC 5545 section 3.3.5: the first is read with the offset before the gap, the second is the
    earlier one. Whole days have no clock.
    """
    code = "" if at.is_date else at.zone.oddity(at.wall)
    if not code:
        return None
    shown = f"{at.wall:%d %B %Y %H:%M} in {at.zone.name}"
    if code == "clock-repeated":
        return Remark(code, f"{shown} comes twice, as the clocks go back: the first is taken.")
    read = at.zone.local(at.instant)
    return Remark(code, f"{shown} does not exist, as the clocks go forward: it is {read:%H:%M}.")


def length(event: Component, start: When, zones: Zones) -> Length:
    """Return how long an event lasts.

    DTEND gives an exact length, DURATION a nominal one (RFC 5545 section 3.8.5.3). With neither,
    an all-day event lasts its day and any other none at all. An all-day event that ends on the
    day it starts, as many programs write it, lasts that day.

    Raises:
        UnreadableError: The end cannot be read, comes before the start or ten years after it.
    """
    end = event.first("DTEND")
    if end is not None:
        return _until(end, start, when(end, zones, own=start.zone))
    stated = event.first("DURATION")
    if stated is None:
        return Length(days=1) if start.is_date else Length()
    found = duration(stated.value, stated.line)
    if start.is_date:
        return Length(days=max(1, found.days + -(-found.rest // timedelta(days=1))))
    return found


def _until(item: Property, start: When, end: When) -> Length:
    if start.is_date:
        days = (end.wall - start.wall).days + (0 if _clock(end.wall) == _MIDNIGHT else 1)
        found = Length(days=days if days else 1)
        whole = timedelta(days=found.days)
    else:
        whole = (start.zone.instant(end.wall) if end.is_date else end.instant) - start.instant
        found = Length(rest=whole)
    if whole < timedelta():
        raise UnreadableError("ends-before-start", "It ends before it starts.", item.line)
    if whole > MAX_LENGTH:
        raise UnreadableError("bad-duration", "It lasts longer than ten years.", item.line)
    return found


def _clock(wall: datetime) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)


def dates(event: Component, name: str, zones: Zones, start: When) -> Iterator[When]:
    """Yield the values of all EXDATE (or RDATE) properties of an event."""
    for extra in extras(event, name, zones, start):
        yield extra.when


def extras(event: Component, name: str, zones: Zones, start: When) -> Iterator[Extra]:
    """Yield the dates and periods of all RDATE properties of an event."""
    for item in event.all(name):
        for text in item.value.split(","):
            zones.budget.spend()
            if not text.strip():
                continue
            first, slash, second = text.partition("/")
            found = when(item, zones, first, start.zone)
            yield Extra(found, _period(item, zones, found, second) if slash else None)


def _period(item: Property, zones: Zones, start: When, text: str) -> Length:
    if "P" in text.upper():
        return duration(text, item.line)
    return _until(item, start, when(item, zones, text, start.zone))


def aligned(found: When, start: When) -> datetime:
    """Return a date of a series as naive local time in the series' own zone.

    Programs mix value types: a date in a timed series means the slot of that day, a time in an
    all-day series means its day.
    """
    if start.is_date:
        return datetime.combine(found.wall.date(), datetime.min.time())
    if found.is_date:
        return datetime.combine(found.wall.date(), start.wall.time())
    if found.zone is start.zone or found.zone == start.zone:
        return found.wall
    return start.zone.local(found.instant)
