"""Waiting rooms and raffles."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from passes_service.db.models.base import Dated, Scoped, belongs_to


class DropQueue(SQLModel, table=True):
    """The waiting room of a Drop. Numbers up to `admitted` may order.

    `secret` orders those who came before the opening; `commitment`, its SHA-256, was shown before.
    """

    __tablename__ = "drop_queue"
    __table_args__ = (belongs_to("drop", "drop_id"),)

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    drop_id: UUID = Field(primary_key=True)
    secret: bytes
    commitment: str = Field(max_length=64)
    at_once: int = 100
    per_minute: int = 600
    stay_seconds: int = 600
    last_number: int = 0
    admitted: int = 0
    numbered_at: datetime | None = None
    moved_at: datetime | None = None


class QueueEntry(Scoped, Dated, table=True):
    """Somebody in a waiting room. `number` is their turn, given at the opening or on arrival."""

    __tablename__ = "queue_entry"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        UniqueConstraint("organizer_id", "drop_id", "subject"),
        Index("ix_queue_entry_number", "organizer_id", "drop_id", "number"),
    )

    drop_id: UUID
    subject: str = Field(max_length=60)
    number: int | None = None
    admitted_at: datetime | None = None
    left_at: datetime | None = None


class DropDraw(SQLModel, table=True):
    """How a raffle is drawn, so that nobody can steer it (`core.draw`).

    Before entries open: `commitment` = SHA-256(secret), and the named source of randomness. At
    closing: `root` and `entries`. After: `randomness`, the revealed secret, `seed`.
    """

    __tablename__ = "drop_draw"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        CheckConstraint("source IN ('block','none')", name="source"),
    )

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    drop_id: UUID = Field(primary_key=True)
    secret: bytes
    commitment: str = Field(max_length=64)
    source: str = Field(max_length=8)
    chain_id: int | None = None
    after: datetime | None = None
    pay_seconds: int = 172_800
    root: str = Field(default="", max_length=64)
    entries: int | None = None
    closed_at: datetime | None = None
    block_number: int | None = None
    randomness: str = Field(default="", max_length=66)
    seed: str = Field(default="", max_length=64)
    drawn_at: datetime | None = None


class RaffleEntry(Scoped, Dated, table=True):
    """One entry of a holder. `leaf` is its salted commitment in the published tree."""

    __tablename__ = "raffle_entry"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        belongs_to("holder", "holder_id"),
        UniqueConstraint("organizer_id", "drop_id", "holder_id"),
        Index("ix_raffle_entry_rank", "organizer_id", "drop_id", "rank"),
        CheckConstraint("state IN ('entered','won','waiting','lapsed','taken')", name="state"),
    )

    drop_id: UUID
    holder_id: UUID
    offer_id: UUID
    salt: bytes
    leaf: str = Field(max_length=64)
    rank: int | None = None
    state: str = Field(default="entered", max_length=8)
    pay_until: datetime | None = None
