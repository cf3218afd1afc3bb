"""What Drops tell the world through the outbox, each once in the life of a Drop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from passes_service.core.events import Event


@dataclass(frozen=True, kw_only=True)
class DropScheduled(Event):
    """A Drop was planned and its places set aside."""

    type: ClassVar[str] = "drop.scheduled"

    drop_id: UUID


@dataclass(frozen=True, kw_only=True)
class DropOpened(Event):
    """A Drop sells from now on."""

    type: ClassVar[str] = "drop.opened"

    drop_id: UUID


@dataclass(frozen=True, kw_only=True)
class DropSoldOut(Event):
    """The last place of a Drop was paid for; told the first time that this happens."""

    type: ClassVar[str] = "drop.sold_out"

    drop_id: UUID


@dataclass(frozen=True, kw_only=True)
class DropClosed(Event):
    """A Drop sells nothing any more. `opened`: whether it ever did."""

    type: ClassVar[str] = "drop.closed"

    drop_id: UUID
    opened: bool


@dataclass(frozen=True, kw_only=True)
class DropSettled(Event):
    """Every order of a Drop has ended; what was sold and taken is final.

    `revenue` maps a currency to minor units in decimal text.
    """

    type: ClassVar[str] = "drop.settled"

    drop_id: UUID
    sold: int
    revenue: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class DropShareAccepted(Event):
    """A partner accepted their share of a Drop's revenue."""

    type: ClassVar[str] = "drop.share_accepted"

    drop_id: UUID
    partner_id: UUID
    share_bp: int
