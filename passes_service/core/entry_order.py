"""Who came in first: entries and exits of one pass, from all gates, in one order.

A pure function of the set of what happened, whatever the order in which it became known
(docs/offline-gate.md, section Merge).
"""

from __future__ import annotations

from collections import defaultdict
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
        scope: Within what the pass admits once; for an exit, where it was noted.
        session: At whose door.
        leaving: An exit; else an entry.
        forced: The host let them in against the rules, so it counts whatever was before.
    """

    at: datetime
    gate: UUID
    sequence: int
    key: UUID
    scope: str = ""
    session: UUID | None = None
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


@dataclass(slots=True)
class _Scope:
    """What happened so far within one scope: who is inside, who came in last, how many did."""

    inside: Passage | None = None
    last: UUID | None = None
    count: int = 0


def play(passages: Iterable[Passage], *, mode: EntryMode, reentry: bool) -> Mapping[UUID, Place]:
    """Return the place of every entry, by its key.

    An exit ends the entry that is inside; without one it changes nothing. Whoever came in before
    midnight and leaves the same session after it ends the entry of the day before. An entry in
    conflict has the number of the one that stands.
    """
    places: dict[UUID, Place] = {}
    scopes: defaultdict[str, _Scope] = defaultdict(_Scope)
    for one in sorted(passages, key=order):
        if one.leaving:
            left = _left_by(one, scopes)
            if left is not None and left.inside is not None:
                key = left.inside.key
                places[key] = Place(places[key].number, None, one.at)
                left.inside = None
            continue
        here = scopes[one.scope]
        allowed = here.last is None or (here.inside is None and reentry) or mode == "unlimited"
        if not allowed and not one.forced:
            stands = here.inside.key if here.inside is not None else here.last
            assert stands is not None  # noqa: S101 - the first entry is always allowed
            places[one.key] = Place(places[stands].number, stands)
            continue
        here.count += 1
        places[one.key] = Place(here.count)
        here.inside, here.last = one, one.key
    return places


def _left_by(leaving: Passage, scopes: Mapping[str, _Scope]) -> _Scope | None:
    """Return where an exit ends an entry: in its own scope, else at the same session's door."""
    own = scopes.get(leaving.scope)
    if own is not None and own.inside is not None:
        return own
    others = [
        one
        for one in scopes.values()
        if one.inside is not None and one.inside.session == leaving.session
    ]
    return max(others, key=_came, default=None)


def _came(one: _Scope) -> tuple[datetime, bytes, int, bytes]:
    assert one.inside is not None  # noqa: S101 - only such are asked about
    return order(one.inside)
