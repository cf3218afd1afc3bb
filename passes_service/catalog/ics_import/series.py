"""From the VEVENTs of one UID to its occurrences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from passes_service.catalog.ics_import.budget import Budget, Meter
from passes_service.catalog.ics_import.errors import ImportTooLarge
from passes_service.catalog.ics_import.events import Event
from passes_service.catalog.ics_import.expand import slots
from passes_service.catalog.ics_import.model import Occurrence
from passes_service.catalog.ics_import.rule import Rule
from passes_service.catalog.ics_import.times import aligned, clock
from passes_service.catalog.ics_import.values import Length, When

_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The span of time whose sessions are wanted, and how many at most."""

    start: datetime
    end: datetime
    limit: int

    def holds(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether something lies in the horizon, in part at least."""
        return starts_at < self.end and (ends_at > self.start or starts_at >= self.start)

    def wants(self, slot: datetime, made: Occurrence) -> bool:
        """Tell whether an occurrence counts: where its slot is, or where it was moved to."""
        return self.start <= slot < self.end or self.holds(made.starts_at, made.ends_at)

    def too_many(self, line: int) -> ImportTooLarge:
        """Refuse a file that unfolds to more than the limit, reached by the entry in `line`."""
        return ImportTooLarge(
            f"The file unfolds to more than {self.limit} sessions; the limit was passed by the "
            f"entry in line {line}.",
            limit=self.limit,
            line=line,
        )


@dataclass(frozen=True, slots=True)
class _Slot:
    wall: datetime
    length: Length


def identity(at: When) -> str:
    """Return the canonical recurrence id of a slot."""
    if at.is_date:
        return at.wall.strftime("%Y%m%d")
    return at.instant.strftime("%Y%m%dT%H%M%SZ")


def occurrence(event: Event, recurrence_id: str, start: When, length: Length) -> Occurrence:
    """Build the occurrence of `event` that starts at `start`."""
    details = event.details
    return Occurrence(
        uid=event.uid,
        recurrence_id=recurrence_id,
        title=details.title,
        description=details.description,
        location=details.location,
        url=details.url,
        starts_at=start.instant,
        ends_at=length.end(start.wall, start.zone),
        time_zone=start.zone.name,
        all_day=event.all_day,
        cancelled=details.cancelled,
        sequence=details.sequence,
        last_modified=details.last_modified,
        categories=details.categories,
        geo=details.geo,
        line=event.line,
        clock=clock(start),
    )


def unfold(
    master: Event,
    overrides: list[Event],
    hidden: frozenset[str],
    horizon: Horizon,
    budget: Budget,
) -> list[Occurrence]:
    """Return the occurrences of a series in the horizon, in no order.

    An override stands for its slot even where the rule does not produce it, or an EXDATE takes it
    out: programs write both. It counts as within the horizon if its slot or its new time is.
    `hidden` are slots whose override could not be read: better no session than a wrong one.

    Raises:
        UnreadableError: A rule of the series cannot be unfolded.
        ImportTooLarge: More occurrences than the limit, or too much work.
    """
    found = _slots(master, overrides, horizon, budget)
    placed = {identity(_at(event, master)): event for event in overrides}
    futures = sorted(
        ((_at(event, master).wall, event) for event in overrides if event.and_future),
        key=lambda pair: pair[0],
    )
    result: list[Occurrence] = []
    for key, slot in found.items():
        if key in placed or key in hidden:
            continue
        budget.spend(1 + len(futures))
        at = When(slot.wall, master.start.is_date, master.start.zone)
        ruling = [pair for pair in futures if pair[0] < slot.wall]
        if ruling:
            made = _shifted(*ruling[-1], key, slot.wall)
        else:
            made = occurrence(master, key, at, slot.length)
        if horizon.wants(at.instant, made):
            result.append(made)
        if len(result) > horizon.limit:
            raise horizon.too_many(master.line)
    for key, event in placed.items():
        made = occurrence(event, key, event.start, event.length)
        if horizon.wants(_at(event, master).instant, made):
            result.append(made)
    return result


def _at(event: Event, master: Event) -> When:
    """Return the slot that an override stands for, as the series counts it."""
    slot = event.slot or event.start
    return When(aligned(slot, master.start), master.start.is_date, master.start.zone)


def _shifted(origin: datetime, event: Event, key: str, wall: datetime) -> Occurrence:
    """Carry an override with RANGE=THISANDFUTURE over to a later slot."""
    moved = When(event.start.wall + (wall - origin), event.start.is_date, event.start.zone)
    return occurrence(event, key, moved, event.length)


def _slots(
    master: Event, overrides: list[Event], horizon: Horizon, budget: Budget
) -> dict[str, _Slot]:
    """Return the slots of a series around the horizon by their identity."""
    start, zone = master.start, master.start.zone
    moved = [event for event in overrides if event.and_future]
    moves = [abs(event.start.wall - _at(event, master).wall) for event in moved]
    move = min(max(moves, default=timedelta()), _FARTHEST)
    lengths = [event.length for event in (master, *moved)]
    margin = max(timedelta(days=length.days) + length.rest for length in lengths) + 2 * _DAY
    after = (horizon.start - margin - move).replace(tzinfo=None)
    before = (horizon.end + _DAY + move).replace(tzinfo=None)
    walls: dict[datetime, Length] = {}
    for stated in master.rules:
        unfolded = _rule(master, stated, after, before, horizon, budget)
        walls.update(dict.fromkeys(unfolded, master.length))
    if not master.rules:
        walls[start.wall] = master.length
    for extra in master.dates:
        wall = aligned(extra.when, start)
        if after <= wall < before or not master.rules:
            walls[wall] = extra.length or master.length
    for stated in master.rules_out:
        for wall in _rule(master, stated, after, before, horizon, budget):
            walls.pop(wall, None)
    taken_out = _taken_out(master)
    found = {}
    for wall, length in walls.items():
        at = When(wall, start.is_date, zone)
        if after <= wall < before and not taken_out(wall):
            found[identity(at)] = _Slot(wall, length)
    return found


def _taken_out(master: Event) -> Callable[[datetime], bool]:
    """Return what tells whether EXDATE takes out a slot; a date takes out all of its day."""
    start = master.start
    days = {at.wall.date() for at in master.dates_out if at.is_date}
    out = {aligned(at, start) for at in master.dates_out if start.is_date or not at.is_date}
    return lambda wall: wall in out or wall.date() in days


def empty(master: Event) -> bool:
    """Tell whether an event that does not repeat takes out its own only date."""
    return bool(master.dates_out) and _taken_out(master)(master.start.wall)


def _rule(
    master: Event,
    stated: tuple[Rule, int],
    after: datetime,
    before: datetime,
    horizon: Horizon,
    budget: Budget,
) -> list[datetime]:
    rule, line = stated
    walls = []
    unfolded = slots(
        rule,
        master.start.wall,
        until=_until(master, rule),
        after=after,
        before=before,
        meter=Meter(budget, line=line),
    )
    floor = horizon.start.replace(tzinfo=None) + _DAY
    wanted = 0
    for wall in unfolded:
        walls.append(wall)
        wanted += wall >= floor
        if wanted > horizon.limit + 1 + len(master.dates_out):
            raise horizon.too_many(master.line)
    return walls


def _until(master: Event, rule: Rule) -> datetime | None:
    """Return UNTIL as naive local time in the zone of the series, inclusive.

    A date in a timed series means the whole of that day, a time in an all-day series its day.
    """
    until, start = rule.until, master.start
    if until is None:
        return None
    if start.is_date:
        return datetime.combine(until.wall.date(), datetime.min.time())
    if until.is_date:
        return until.wall + _DAY - timedelta(seconds=1)
    return start.zone.local(until.wall.replace(tzinfo=UTC)) if until.is_utc else until.wall
