"""From all VEVENTs of one UID to occurrences: which revision counts, and what is single."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from passes_service.catalog.ics_import.budget import Budget
from passes_service.catalog.ics_import.components import Component
from passes_service.catalog.ics_import.errors import UnreadableError
from passes_service.catalog.ics_import.events import Event
from passes_service.catalog.ics_import.model import Note, Occurrence, Skipped
from passes_service.catalog.ics_import.series import Horizon, empty, identity, occurrence, unfold
from passes_service.catalog.ics_import.values import utc_stamp


@dataclass(slots=True)
class Group:
    """All VEVENTs of one UID: those read, and the slots of overrides that could not be.

    `lost`: an entry that stands for a whole series could not be read. `spoilt`: one that changes
    many slots of it could not be, so that nobody knows which sessions are right.
    """

    events: list[tuple[Event, Component]] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    lost: bool = False
    spoilt: bool = False


@dataclass(slots=True)
class Found:
    """What was found so far."""

    occurrences: list[Occurrence] = field(default_factory=list)
    outside: list[Occurrence] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)


def resolve(uid: str, group: Group, horizon: Horizon, budget: Budget, found: Found) -> None:
    """Turn the events of one UID into occurrences."""
    if group.events:
        budget.at(group.events[0][0].line)
    budget.spend(len(group.events))
    masters = [pair for pair in group.events if pair[0].slot is None]
    overrides = _newest([pair for pair in group.events if pair[0].slot is not None], found)
    if group.spoilt or (group.lost and not masters):
        for event in (*(event for event, _ in masters), *overrides):
            slot = identity(event.slot) if event.slot else ""
            reason = "Its series is skipped, as another entry of it cannot be read."
            found.skipped.append(Skipped("series-skipped", reason, uid, event.line, slot))
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
        found.notes += [_alone(event) for event in overrides if event.and_future]
        return
    _series(chosen[0], overrides, frozenset(group.hidden), horizon, budget, found)


def _series(
    master: Event,
    overrides: list[Event],
    hidden: frozenset[str],
    horizon: Horizon,
    budget: Budget,
    found: Found,
) -> None:
    if not master.recurs and not overrides:
        if empty(master):
            reason = "It takes out its own only date (EXDATE)."
            found.skipped.append(Skipped("all-taken-out", reason, master.uid, master.line))
            return
        _place([occurrence(master, "", master.start, master.length)], master, horizon, found)
        return
    try:
        unfolded = unfold(master, overrides, hidden, horizon, budget)
    except UnreadableError as error:
        found.skipped.append(_unreadable(error, master))
        return
    found.occurrences.extend(unfolded)
    if not unfolded:
        found.skipped.append(_beyond(master))


def _place(singles: list[Occurrence], event: Event, horizon: Horizon, found: Found) -> None:
    before = len(found.occurrences)
    for one in singles:
        inside = horizon.holds(one.starts_at, one.ends_at)
        (found.occurrences if inside else found.outside).append(one)
    if len(found.occurrences) == before:
        found.skipped.append(_beyond(event))


def _beyond(event: Event) -> Skipped:
    return Skipped(
        "outside-horizon", "It has no session within the stated dates.", event.uid, event.line
    )


def _unreadable(error: UnreadableError, master: Event) -> Skipped:
    return Skipped(error.code, error.reason, master.uid, error.line or master.line)


def _alone(event: Event) -> Note:
    text = "It changes the rest of a series that is not in the file: only its own session is known."
    return Note("no-series", text, event.uid, event.line, identity(event.slot or event.start))


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


def _newest(pairs: list[tuple[Event, Component]], found: Found) -> list[Event]:
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
