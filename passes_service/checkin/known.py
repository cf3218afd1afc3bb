"""What is known at the door: read before a scan is decided, so that deciding reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from passes_service.core.rules.facts import PassFacts
from passes_service.db.models import CalendarSession


@dataclass(frozen=True, slots=True)
class PassRow:
    """A pass as it is stored; the order is that of the statement that reads it."""

    organizer_id: UUID
    id: UUID
    pass_id: int
    series_id: UUID
    serial: int
    holder_id: UUID
    state: str
    epoch: int
    transfers: int
    paid_minor: int
    paid_back_minor: int
    currency: str
    bought_at: datetime
    next_doors_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as the door needs it; the order is that of the statement that reads it."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    status: str
    capacity: int | None

    @classmethod
    def of(cls, row: CalendarSession) -> SessionRow:
        """Return what the door needs of a session."""
        return cls(
            row.id,
            row.title,
            row.starts_at,
            row.ends_at,
            row.time_zone,
            row.status,
            row.capacity,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A published change of a Portion; the order is that of the statement that reads it."""

    portion: int
    kind: str
    created_at: datetime
    doors_at: datetime | None
    ends_at: datetime | None
    window_closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry that counts: not taken back, not in conflict."""

    id: UUID
    pass_row_id: UUID
    scope: str
    number: int
    created_at: datetime
    exited_at: datetime | None
    gate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A pass, the Series it belongs to, and what happened to it so far.

    Attributes:
        terms_hash: Of the Terms that the pass was sold under.
        devices: Device keys by the epoch in which they were bound; of the epochs that matter.
        entries: In order of number, of the scopes that are asked about. Who decides on several
            scans of one pass adds what the first ones came to.
        others: The sessions that its Series opens, in order of time, if this is none of them.
    """

    row: PassRow
    title: str
    cap: int
    terms_hash: str
    holder_name: str
    facts: PassFacts
    devices: Mapping[int, bytes]
    entries: list[Entered]
    others: Sequence[SessionRow]

    @property
    def label(self) -> str:
        """Return the number as people say it: "137 of 500"."""
        return f"{self.row.serial} of {self.cap}"

    def within(self, scope: str) -> list[Entered]:
        """Return the entries in a scope, in order."""
        return [one for one in self.entries if one.scope == scope]
