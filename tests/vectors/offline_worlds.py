"""What the vectors of a gate that is alone are made of: sessions, passes, what was known, scans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from passes_service.core import pass_id, qr_step
from passes_service.core.rules import admission
from passes_service.core.rules.terms import Terms
from tests.vectors import steps
from tests.vectors.common import ORGANIZER, SERIES

EPOCH: Final = 3
TWICE: Final = 500  # a number that two Series have
GATES: Final = (
    (UUID("01940000-0000-7000-8000-00000000ea57"), "East"),
    (UUID("01940000-0000-7000-8000-000000007e57"), "West"),
)


@dataclass(frozen=True)
class Record:
    """One pass of a world: `kind` is plain, bound, step, gone or reserved."""

    serial: int
    kind: str

    @property
    def good(self) -> bool:
        return self.kind != "gone"


@dataclass(frozen=True)
class World:
    """One session's bundle: a Series for each way of entering, and one that is cancelled."""

    zone: str
    terms: tuple[Terms, ...]
    starts_at: datetime
    cancelled_series: frozenset[int]
    cancelled: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(hours=55)

    @property
    def doors_at(self) -> datetime:
        return self.starts_at - timedelta(minutes=30)

    def records(self, index: int) -> tuple[Record, ...]:
        kinds = ("plain", "bound", "step", "gone", "reserved")
        own = tuple(Record(10 * index + place, kind) for place, kind in enumerate(kinds, 1))
        return (*own, Record(TWICE, "plain")) if index < 2 else own

    def find(self, series: int, serial: int) -> tuple[int, Record] | None:
        index = series - SERIES
        if not 0 <= index < len(self.terms):
            return None
        return next(((index, one) for one in self.records(index) if one.serial == serial), None)


@dataclass(frozen=True)
class Known:
    """An admission as the bundle has it."""

    number: int
    at: datetime
    exited_at: datetime | None


@dataclass(frozen=True)
class Event:
    """What the gate's own log says."""

    at: datetime
    leaving: bool = False
    forced: bool = False


@dataclass(frozen=True)
class Scan:
    """What is shown, of which pass it is meant to be, and what is known of that pass."""

    world: World
    index: int
    serial: int
    now: datetime
    way: str
    text: str
    known: tuple[Known, ...]
    events: tuple[Event, ...]


def secret_of(index: int, serial: int, epoch: int = EPOCH) -> bytes:
    number = pass_id.compose(SERIES + index, serial)
    return qr_step.pass_secret(
        steps.ISSUER_SECRET, pass_number=number, epoch=epoch, organizer_id=ORGANIZER
    )


def scope(at: datetime, terms: Terms) -> str:
    """Return within what a pass admits once: a local day, or the session."""
    if terms.entry.mode != "per_day":
        return "session"
    return f"day:{admission.entry_day(at, terms).isoformat()}"


def numbered(some: Iterable[Known], terms: Terms) -> tuple[Known, ...]:
    """Return the admissions with numbers from 1 in each scope."""
    counts: dict[str, int] = {}
    found = []
    for one in some:
        where = scope(one.at, terms)
        counts[where] = counts.get(where, 0) + 1
        found.append(replace(one, number=counts[where]))
    return tuple(found)
