"""Read one VEVENT."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, time

from passes_service.catalog.ics_import import times
from passes_service.catalog.ics_import.components import Component
from passes_service.catalog.ics_import.errors import UnreadableError
from passes_service.catalog.ics_import.model import Note
from passes_service.catalog.ics_import.rule import Rule, parse, whole_days
from passes_service.catalog.ics_import.text import clean, one_line, plain, split_list, unescape
from passes_service.catalog.ics_import.times import Extra
from passes_service.catalog.ics_import.values import Length, When, utc_stamp
from passes_service.catalog.ics_import.zones import Zones

TITLE, LOCATION, DESCRIPTION, URL, UID, CATEGORIES = 300, 500, 20_000, 2_000, 255, 20
FUTURE, CANCELS_ALL = "THISANDFUTURE", "cancels-all"
UNTITLED = "Untitled session"
_URL = re.compile(r"https?://[^\s\"<>\\^`{|}\x00-\x20]+", re.IGNORECASE)
_ALL_DAY_MARKS = ("X-MICROSOFT-CDO-ALLDAYEVENT", "X-FUNAMBOL-ALLDAY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What an event says besides its times."""

    title: str
    description: str
    location: str
    url: str
    sequence: int
    last_modified: datetime | None
    categories: tuple[str, ...]
    geo: tuple[float, float] | None
    cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One VEVENT, its times read in its zones."""

    uid: str
    line: int
    start: When
    length: Length
    all_day: bool
    details: Details
    slot: When | None
    and_future: bool
    rules: tuple[tuple[Rule, int], ...]
    rules_out: tuple[tuple[Rule, int], ...]
    dates: tuple[Extra, ...]
    dates_out: tuple[When, ...]
    notes: tuple[Note, ...] = ()

    @property
    def recurs(self) -> bool:
        """Whether it states more than one slot."""
        return bool(self.rules or self.dates)


def uid_of(component: Component) -> str:
    """Return the UID, or one derived from when and what, so that a re-import finds it again."""
    uid = "".join(c for c in unescape(component.value("UID")) if c.isprintable()).strip()
    if uid:
        return uid if len(uid) <= UID else f"{uid[:190]}-{hashlib.sha256(uid.encode()).hexdigest()}"
    parts = ("DTSTART", "SUMMARY", "RRULE", "LOCATION")
    stated = "\n".join(component.value(name) for name in parts)
    return f"no-uid-{hashlib.sha256(stated.encode('utf-8', 'replace')).hexdigest()[:32]}"


def read_event(component: Component, zones: Zones, *, cancelled: bool) -> Event:
    """Read a VEVENT.

    Raises:
        UnreadableError: It is private, or a part that decides on its dates cannot be read.
        ImportZoneNeeded: It has a time in no zone.
    """
    if component.value("CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"):
        raise UnreadableError("private", "The file marks it as private.", component.line)
    details = read_details(component, cancelled=cancelled)
    slot, and_future = component.first("RECURRENCE-ID"), _reaches(component)
    stated = component.first("DTSTART") or (slot if details.cancelled else None)
    if stated is None:  # a cancelled slot needs none (RFC 5546 section 3.2.5)
        if details.cancelled:
            raise UnreadableError(
                CANCELS_ALL,
                "It cancels a whole entry without saying when that is: cancel its sessions here.",
                component.line,
            )
        raise UnreadableError("no-start", "It has no start.", component.line)
    start = times.when(stated, zones)
    length = times.length(component, start, zones)
    return Event(
        uid=uid_of(component),
        line=component.line,
        start=start,
        length=length,
        all_day=start.is_date or _fills_days(component, start, length),
        details=details,
        slot=times.when(slot, zones, own=start.zone) if slot else None,
        and_future=and_future,
        rules=_rules(component, "RRULE", start),
        rules_out=_rules(component, "EXRULE", start),
        dates=tuple(times.extras(component, "RDATE", zones, start)),
        dates_out=tuple(times.dates(component, "EXDATE", zones, start)),
        notes=_notes(component, start, zones),
    )


def _reaches(component: Component) -> bool:
    """Tell whether an override speaks for all later slots too.

    Raises:
        UnreadableError: It does not say for which slot it speaks, or speaks for others than
            RFC 5545 knows (section 3.2.13).
    """
    slot = component.first("RECURRENCE-ID")
    unsaid = None if slot else next(component.all("RECURRENCE-ID"), None)
    if unsaid:
        raise UnreadableError("bad-time", "Its RECURRENCE-ID is empty.", unsaid.line)
    reach = slot.params.get("RANGE", "").upper() if slot else ""
    if slot and reach not in ("", FUTURE):
        shown = "".join(c for c in reach[:30] if c.isprintable())
        raise UnreadableError(
            "bad-range",
            f"It changes other sessions of its series too (RANGE={shown}); only {FUTURE} "
            "is known since RFC 5545. Write one entry per changed session.",
            slot.line,
        )
    return reach == FUTURE


def _notes(component: Component, start: When, zones: Zones) -> tuple[Note, ...]:
    """Say where the event contradicts itself, and what was taken."""
    uid, found = uid_of(component), list[Note]()
    for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
        stated = [item for item in component.all(name) if item.value.strip()]
        if any(item.value != stated[0].value for item in stated):
            text = f"It states {name} more than once: the first is taken."
            found.append(Note("stated-twice", text, uid, stated[1].line))
    end, duration = component.first("DTEND"), component.first("DURATION")
    if end and duration:
        text = "It has an end (DTEND) and a DURATION: the end is taken."
        found.append(Note("two-ends", text, uid, duration.line))
    remark = times.clock(times.when(end, zones, own=start.zone)) if end else None
    if end and remark:
        found.append(Note(remark.code, remark.text, uid, end.line))
    for item in component.properties:
        if item.joined:
            text = f"Lines that nobody folded are read as more of its {item.name}."
            found.append(Note("joined-lines", text, uid, item.joined))
    return tuple(found)


def read_details(component: Component, *, cancelled: bool) -> Details:
    """Read what an event says besides its times; what is odd here never makes it unreadable."""
    status = component.value("STATUS").upper()
    return Details(
        title=one_line(unescape(component.value("SUMMARY")), TITLE) or UNTITLED,
        description=_description(component),
        location=one_line(unescape(component.value("LOCATION")), LOCATION),
        url=_url(component.value("URL")),
        sequence=_sequence(component.value("SEQUENCE")),
        last_modified=utc_stamp(component.value("LAST-MODIFIED")),
        categories=_categories(component),
        geo=_geo(component.value("GEO")),
        cancelled=cancelled or status in ("CANCELLED", "CANCELED"),
    )


def _rules(component: Component, name: str, start: When) -> tuple[tuple[Rule, int], ...]:
    found = []
    for item in component.all(name):
        if item.value.strip():
            rule = parse(item.value, item.line)
            found.append((whole_days(rule, item.line) if start.is_date else rule, item.line))
    return tuple(found)


def _fills_days(component: Component, start: When, length: Length) -> bool:
    """Recognise Outlook's all-day events, which run from midnight to midnight in their zone."""
    if not any(component.value(mark).upper() in ("TRUE", "1") for mark in _ALL_DAY_MARKS):
        return False
    end = start.zone.local(length.end(start.wall, start.zone))
    return start.wall.time() == time() and end.time() == time() and end > start.wall


def _description(component: Component) -> str:
    text = clean(plain(unescape(component.value("DESCRIPTION"))), DESCRIPTION)
    if text:
        return text
    for name in ("STYLED-DESCRIPTION", "X-ALT-DESC"):
        text = clean(plain(unescape(component.value(name))), DESCRIPTION)
        if text:
            return text
    return ""


def _url(value: str) -> str:
    value = value.replace("\\,", ",").replace("\\;", ";").strip()
    return value if len(value) <= URL and _URL.fullmatch(value) else ""


def _sequence(value: str) -> int:
    return min(int(value), 2**31 - 1) if re.fullmatch(r"[0-9]{1,18}", value) else 0


def _categories(component: Component) -> tuple[str, ...]:
    stated = (part for item in component.all("CATEGORIES") for part in split_list(item.value))
    return tuple(dict.fromkeys(name for part in stated if (name := one_line(part, 60))))[
        :CATEGORIES
    ]


def _geo(value: str) -> tuple[float, float] | None:
    found = re.fullmatch(
        r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?)\s*\\?[;,]\s*"
        r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?)",
        value,
    )
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > 90 or abs(longitude) > 180 or (latitude, longitude) == (0.0, 0.0):
        return None
    return latitude, longitude
