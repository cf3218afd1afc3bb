"""Read a calendar file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from passes_service.catalog.ics_import.budget import Budget
from passes_service.catalog.ics_import.components import Component, calendars
from passes_service.catalog.ics_import.errors import (
    ImportTooLarge,
    ImportZoneUnknown,
    UnreadableError,
)
from passes_service.catalog.ics_import.events import Event, read_event, uid_of
from passes_service.catalog.ics_import.model import Import, Occurrence, Skipped
from passes_service.catalog.ics_import.series import Horizon, identity, occurrence, unfold
from passes_service.catalog.ics_import.text import one_line, unescape
from passes_service.catalog.ics_import.times import when
from passes_service.catalog.ics_import.values import utc_stamp
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


@dataclass(slots=True)
class _Group:
    """All VEVENTs of one UID: those read, and the slots of overrides that could not be."""

    events: list[tuple[Event, Component]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    lost: bool = False


@dataclass(slots=True)
class _Found:
    occurrences: list[Occurrence] = field(default_factory=list)
    outside: list[Occurrence] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    groups: dict[str, _Group] = field(default_factory=dict)


def read(
    body: bytes,
    *,
    floating_zone: str | None,
    calendar_zone: str,
    horizon_start: datetime,
    horizon_end: datetime,
    limit: int = 1000,
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

    Raises:
        ImportBroken: Not a whole calendar file; nothing in it is to be trusted.
        ImportTooLarge: Over 5 MB, over the limit, or rules that unfold without end.
        ImportZoneNeeded: Times in no zone, and none stated.
        ImportZoneUnknown: `floating_zone` or `calendar_zone` is no IANA zone.
        ValueError: The horizon is naive, ends before it starts, or is in another age.
    """
    if len(body) > MAX_BYTES:
        raise ImportTooLarge(
            f"The file has {len(body)} bytes; one import takes {MAX_BYTES}.", limit=MAX_BYTES
        )
    shown, floating = _iana(calendar_zone), _iana(floating_zone) if floating_zone else None
    horizon = _horizon(horizon_start, horizon_end, limit)
    budget, found = Budget(), _Found()
    whole = calendars(body)
    for calendar in whole:
        stated = zone_name(calendar.value("X-WR-TIMEZONE")) if floating is None else None
        zones = Zones(
            calendar,
            shown=zone_name(calendar.value("X-WR-TIMEZONE")) or shown,
            floating=floating or stated,
            horizon=(horizon.start, horizon.end),
            budget=budget,
        )
        _collect(calendar, zones, found)
    for uid, group in found.groups.items():
        _resolve(uid, group, horizon, budget, found)
        if len(found.occurrences) > limit:
            raise horizon.too_many()
    return Import(
        occurrences=_sorted(found.occurrences),
        skipped=tuple(sorted(found.skipped, key=lambda skip: (skip.line or 0, skip.recurrence_id))),
        name=_first(whole, ("NAME", "X-WR-CALNAME")),
        zone=zone_name(_first(whole, ("X-WR-TIMEZONE",))),
        horizon_start=horizon.start,
        horizon_end=horizon.end,
        outside=_sorted(found.outside),
    )


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


def _collect(calendar: Component, zones: Zones, found: _Found) -> None:
    """Sort the components of one VCALENDAR into groups by UID, and skip what is no event."""
    method = calendar.value("METHOD").upper()
    for child in calendar.children:
        uid = uid_of(child)
        if child.name in ("VTIMEZONE", "VALARM"):
            continue
        if child.name != "VEVENT":
            reason = _NOT_EVENTS.get(child.name, "It is not an event.")
            found.skipped.append(Skipped("not-an-event", reason, uid, child.line))
            continue
        if method in _NOT_PUBLISHED:
            reason = "It is part of an answer to an invitation, not of a calendar."
            found.skipped.append(Skipped("not-published", reason, uid, child.line))
            continue
        group = found.groups.setdefault(uid, _Group())
        try:
            group.events.append((read_event(child, zones, cancelled=method == "CANCEL"), child))
        except UnreadableError as error:
            slot = _slot_of(child, zones)
            if slot:
                group.hidden.add(slot)
            elif child.first("RECURRENCE-ID") is None:
                group.lost = True
            line = error.line or child.line
            found.skipped.append(Skipped(error.code, error.reason, uid, line, slot))


def _slot_of(component: Component, zones: Zones) -> str:
    stated = component.first("RECURRENCE-ID")
    if stated is None:
        return ""
    try:
        return identity(when(stated, zones))
    except UnreadableError:
        return ""


def _resolve(uid: str, group: _Group, horizon: Horizon, budget: Budget, found: _Found) -> None:
    """Turn the events of one UID into occurrences."""
    masters = [pair for pair in group.events if pair[0].slot is None]
    overrides = _newest([pair for pair in group.events if pair[0].slot is not None], found)
    if group.lost and not masters:
        for event in overrides:
            found.skipped.append(
                Skipped(
                    "series-skipped",
                    "Its series is skipped.",
                    uid,
                    event.line,
                    identity(event.slot or event.start),
                )
            )
        return
    if _separate(masters, overrides):
        pairs = {identity(event.start): event for event, _ in masters}
        singles = [occurrence(one, key, one.start, one.length) for key, one in pairs.items()]
        _place(singles, masters[0][0], horizon, found)
        return
    chosen = _newest(masters, found)
    if not chosen:
        singles = [_detached(event) for event in overrides]
        if singles:
            _place(singles, overrides[0], horizon, found)
        return
    _series(chosen[0], overrides, frozenset(group.hidden), horizon, budget, found)


def _series(
    master: Event,
    overrides: list[Event],
    hidden: frozenset[str],
    horizon: Horizon,
    budget: Budget,
    found: _Found,
) -> None:
    if not master.recurs and not overrides:
        _place([occurrence(master, "", master.start, master.length)], master, horizon, found)
        return
    try:
        unfolded = unfold(master, overrides, hidden, horizon, budget)
    except UnreadableError as error:
        found.skipped.append(Skipped(error.code, error.reason, master.uid, master.line))
        return
    found.occurrences.extend(unfolded)
    if not unfolded:
        found.skipped.append(_beyond(master))


def _place(singles: list[Occurrence], event: Event, horizon: Horizon, found: _Found) -> None:
    inside = [one for one in singles if horizon.holds(one.starts_at, one.ends_at)]
    found.occurrences.extend(inside)
    found.outside.extend(one for one in singles if one not in inside)
    if not inside:
        found.skipped.append(_beyond(event))


def _beyond(event: Event) -> Skipped:
    return Skipped(
        "outside-horizon", "It has no session within the stated dates.", event.uid, event.line
    )


def _detached(event: Event) -> Occurrence:
    """Build the occurrence of an override whose series is not in the file."""
    return occurrence(event, identity(event.slot or event.start), event.start, event.length)


def _rank(pair: tuple[Event, Component]) -> tuple[int, datetime, datetime, int]:
    event, component = pair
    never = datetime.min.replace(tzinfo=UTC)
    stamped = utc_stamp(component.value("DTSTAMP"))
    return (
        event.details.sequence,
        event.details.last_modified or never,
        stamped or never,
        event.line,
    )


def _separate(masters: list[tuple[Event, Component]], overrides: list[Event]) -> bool:
    """Recognise programs that give one UID to all dates of an event.

    Revisions of one event differ in SEQUENCE or LAST-MODIFIED; dates of one do not.
    """
    if len(masters) < 2 or overrides or any(event.recurs for event, _ in masters):
        return False
    revisions = {(event.details.sequence, event.details.last_modified) for event, _ in masters}
    return len(revisions) == 1 and len({event.start for event, _ in masters}) > 1


def _newest(pairs: list[tuple[Event, Component]], found: _Found) -> list[Event]:
    """Keep the newest revision of each slot: highest SEQUENCE, then latest change, then last."""
    best: dict[str, tuple[Event, Component]] = {}
    for pair in sorted(pairs, key=_rank):
        key = identity(pair[0].slot) if pair[0].slot else ""
        older = best.get(key)
        if older is not None:
            event = older[0]
            found.skipped.append(
                Skipped(
                    "superseded",
                    "The file holds a newer version of it.",
                    event.uid,
                    event.line,
                    key,
                )
            )
        best[key] = pair
    return [event for event, _ in best.values()]
