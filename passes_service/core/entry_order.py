"""Who came in first: entries and exits of one pass in one scope, from all gates, in one order.

A pure function of the set of what happened, whatever the order in which it became known
(docs/offline-gate.md, section Merge).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from passes_service.core.rules.terms import EntryMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Somebody went through a door.

    Attributes:
        at: By the corrected clock.
        sequence: Place in the gate's log; 0 for what the service decided itself.
        key: Of the admission, or of the exit's scan.
        leaving: An exit; else an entry.
        forced: The host let them in against the rules, so it counts whatever was before.
    """

    at: datetime
    gate: UUID
    sequence: int
    key: UUID
    leaving: bool = False
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: its number, or the entry that it is in conflict with."""

    number: int
    conflict_of: UUID | None = None
    exited_at: datetime | None = None


def order(one: Passage) -> tuple[datetime, bytes, int, bytes]:
    """Return what passages are sorted by: the lowest is canonical."""
    return one.at, one.gate.bytes, one.sequence, one.key.bytes


def play(passages: Iterable[Passage], *, mode: EntryMode, reentry: bool) -> Mapping[UUID, Place]:
    """Return the place of every entry, by its key.

    An exit ends the entry that is inside; without one it changes nothing. An entry in conflict has
    the number of the one that stands.
    """
    places: dict[UUID, Place] = {}
    inside: UUID | None = None
    last: UUID | None = None
    count = 0
    for one in sorted(passages, key=order):
        if one.leaving:
            if inside is not None:
                places[inside] = Place(places[inside].number, None, one.at)
                inside = None
            continue
        allowed = last is None or (inside is None and reentry) or mode == "unlimited"
        if not allowed and not one.forced:
            stands = inside or last
            assert stands is not None  # noqa: S101 - the first entry is always allowed
            places[one.key] = Place(places[stands].number, stands)
            continue
        count += 1
        places[one.key] = Place(count)
        inside = last = one.key
    return places
