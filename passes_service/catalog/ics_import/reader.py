"""Read a calendar file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from passes_service.catalog.ics_import.budget import Budget
from passes_service.catalog.ics_import.components import Component, calendars
from passes_service.catalog.ics_import.errors import (
    ImportTooLarge,
    ImportZoneUnknown,
    UnreadableError,
)
from passes_service.catalog.ics_import.events import CANCELS_ALL, read_event, uid_of
from passes_service.catalog.ics_import.foreign import refuse
from passes_service.catalog.ics_import.groups import Found, Group, resolve
from passes_service.catalog.ics_import.model import Import, Note, Occurrence, Skipped
from passes_service.catalog.ics_import.series import Horizon, identity
from passes_service.catalog.ics_import.text import one_line, unescape
from passes_service.catalog.ics_import.times import when
from passes_service.catalog.ics_import.zones import Zones, zone_name

MAX_BYTES = 5_000_000
FIRST_YEAR, LAST_YEAR = 1950, 2200
_NOT_EVENTS = {
    "VTODO": "It is a task, not an event.",
    "VJOURNAL": "It is a journal entry, not an event.",
    "VFREEBUSY": "It says when somebody is busy, not what happens.",
    "VAVAILABILITY": "It says when somebody is available, not what happens.",
}
_NOT_PUBLISHED = frozenset({"REPLY", "REFRESH", "COUNTER", "DECLINECOUNTER"})


def read(
    body: bytes,
    *,
    floating_zone: str | None,
    calendar_zone: str,
    horizon_start: datetime,
    horizon_end: datetime,
    limit: int = 1000,
    budget: Budget | None = None,
) -> Import:
    """Find the sessions in a calendar file that touch [horizon_start, horizon_end).

    Args:
        body: The file, in any encoding that programs write.
        floating_zone: IANA zone of times that name none; if None, the one that the file names.
        calendar_zone: IANA zone of the calendar: all-day sessions begin at its midnight, and
            times in UTC or in a zone without a name are shown in it, unless the file names one.
        horizon_start: Aware instant from which sessions are wanted.
        horizon_end: Aware instant before which they start.
        limit: Most sessions that one import may bring.
        budget: Steps that reading may take; the usual number if None.

    Raises:
        ImportBroken: Not a whole calendar file; nothing in it is to be trusted.
        ImportTooLarge: Over 5 MB, over the limit, or rules that unfold without end.
        ImportZoneNeeded: Times in no zone, and none stated.
        ImportZoneUnknown: `floating_zone` or `calendar_zone` is no IANA zone.
        ValueError: The horizon is naive, ends before it starts, or is in another age.
    """
    _check(body)
    shown, floating = _iana(calendar_zone), _iana(floating_zone) if floating_zone else None
    horizon = _horizon(horizon_start, horizon_end, limit)
    budget, found = budget or Budget(), Found()
    whole = calendars(body, budget)
    for calendar in whole:
        zones = Zones(
            calendar,
            shown=zone_name(calendar.value("X-WR-TIMEZONE")) or shown,
            floating=floating,
            horizon=(horizon.start, horizon.end),
            budget=budget,
        )
        _collect(calendar, zones, found)
        found.notes += zones.notes
    for uid, group in found.groups.items():
        resolve(uid, group, horizon, budget, found)
        if len(found.occurrences) > limit:
            raise horizon.too_many(budget.line)
    return Import(
        occurrences=_sorted(found.occurrences),
        skipped=tuple(sorted(found.skipped, key=lambda skip: (skip.line or 0, skip.recurrence_id))),
        name=_first(whole, ("NAME", "X-WR-CALNAME")),
        zone=zone_name(_first(whole, ("X-WR-TIMEZONE",))),
        horizon_start=horizon.start,
        horizon_end=horizon.end,
        outside=_sorted(found.outside),
        notes=_notes(found),
    )


def _check(body: bytes) -> None:
    """Refuse what is too large, or something else, before anything is read."""
    if len(body) > MAX_BYTES:
        raise ImportTooLarge(
            f"The file has {len(body)} bytes; one import takes {MAX_BYTES}.", limit=MAX_BYTES
        )
    refuse(body)


def _notes(found: Found) -> tuple[Note, ...]:
    clocks = (
        Note(one.clock.code, one.clock.text, one.uid, one.line, one.recurrence_id)
        for one in found.occurrences
        if one.clock
    )
    return tuple(sorted((*found.notes, *clocks), key=lambda note: (note.line or 0, note.text)))


def _horizon(start: datetime, end: datetime, limit: int) -> Horizon:
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise ValueError("the horizon needs two aware instants in order")
    if start.year < FIRST_YEAR or end.year > LAST_YEAR:
        raise ValueError(f"the horizon must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return Horizon(start.astimezone(UTC), end.astimezone(UTC), limit)


def _iana(name: str) -> str:
    found = zone_name(name)
    if found is None:
        raise ImportZoneUnknown("No such time zone is known.", zone=name[:100])
    return found


def _first(whole: list[Component], names: tuple[str, ...]) -> str:
    values = (calendar.value(name) for name in names for calendar in whole)
    return next((text for value in values if (text := one_line(unescape(value), 200))), "")


def _sorted(found: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    return tuple(
        sorted(found, key=lambda one: (one.starts_at, one.title, one.uid, one.recurrence_id))
    )


def _collect(calendar: Component, zones: Zones, found: Found) -> None:
    """Sort the components of one VCALENDAR into groups by UID, and skip what is no event."""
    method = calendar.value("METHOD").upper()
    for child in calendar.children:
        zones.budget.at(child.line)
        if child.name == "VTIMEZONE":
            continue
        uid = uid_of(child)
        if child.name != "VEVENT":
            name = "".join(c for c in child.name[:40] if c.isprintable()) or "BEGIN"
            reason = f"{name}: {_NOT_EVENTS.get(child.name, 'It is not an event.')}"
            found.skipped.append(Skipped("not-an-event", reason, uid, child.line))
            continue
        if method in _NOT_PUBLISHED:
            reason = "It is part of an answer to an invitation, not of a calendar."
            found.skipped.append(Skipped("not-published", reason, uid, child.line))
            continue
        group = found.groups.setdefault(uid, Group())
        try:
            event = read_event(child, zones, cancelled=method == "CANCEL")
        except UnreadableError as error:
            _unreadable(child, error, group, zones, found)
        else:
            group.events.append((event, child))
            found.notes += event.notes


def _unreadable(
    child: Component, error: UnreadableError, group: Group, zones: Zones, found: Found
) -> None:
    """Skip an entry, and remember of what it would have spoken."""
    slot, stated = _slot_of(child, zones), next(child.all("RECURRENCE-ID"), None)
    if error.code == CANCELS_ALL or (stated is not None and stated.params.get("RANGE")):
        group.spoilt = True
    elif slot:
        group.hidden.add(slot)
    elif stated is None:
        group.lost = True
    line = error.line or child.line
    found.skipped.append(Skipped(error.code, error.reason, uid_of(child), line, slot))


def _slot_of(component: Component, zones: Zones) -> str:
    stated = component.first("RECURRENCE-ID")
    if stated is None:
        return ""
    try:
        return identity(when(stated, zones))
    except UnreadableError:
        return ""
