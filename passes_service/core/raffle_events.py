"""Facts about raffles, see `events`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from passes_service.core.events import Event


@dataclass(frozen=True, kw_only=True)
class RaffleClosed(Event):
    """Entries ended; their root is fixed and published, `root` in hexadecimal."""

    type: ClassVar[str] = "raffle.closed"

    drop_id: UUID
    root: str
    entries: int


@dataclass(frozen=True, kw_only=True)
class RaffleDrawn(Event):
    """The order was drawn and the secret shown; `seed` in hexadecimal."""

    type: ClassVar[str] = "raffle.drawn"

    drop_id: UUID
    seed: str
    winners: int


@dataclass(frozen=True, kw_only=True)
class RaffleWon(Event):
    """Somebody may buy until `pay_until`: drawn at once, or because others let it lapse."""

    type: ClassVar[str] = "raffle.won"

    drop_id: UUID
    holder_id: UUID
    entry_id: UUID
    pay_until: datetime


@dataclass(frozen=True, kw_only=True)
class RaffleLapsed(Event):
    """Somebody who had won did not buy in time."""

    type: ClassVar[str] = "raffle.lapsed"

    drop_id: UUID
    holder_id: UUID
    entry_id: UUID
