"""What gates take along and bring back, docs/offline-gate.md: bundles, logs, reserved passes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field

from passes_service.db.models.base import Dated, Scoped, belongs_to


class DoorBundle(Scoped, Dated, table=True):
    """One sequence of a session's bundle. `created_at` is its `issued_at`.

    Only the latest keeps its `full` bytes; `delta` is what the one before needs to become it.
    """

    __tablename__ = "door_bundle"
    __table_args__ = (
        belongs_to("session", "session_id"),
        UniqueConstraint("organizer_id", "session_id", "sequence"),
        CheckConstraint("sequence > 0", name="sequence"),
    )

    session_id: UUID
    sequence: int
    not_after: datetime
    previous: bytes
    chain: bytes
    state: bytes
    full: bytes | None = None
    delta: bytes | None = None


class GateEntry(Scoped, Dated, table=True):
    """One entry of a gate's log, as it came; `created_at` is when. Nothing here is ever changed.

    Two texts under one sequence are a fork: both are kept.
    """

    __tablename__ = "gate_entry"
    __table_args__ = (
        belongs_to("gate", "gate_id"),
        UniqueConstraint("organizer_id", "gate_id", "sequence", "digest"),
        Index("ix_gate_entry_session", "organizer_id", "session_id", "gate_id", "sequence"),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("state IN ('merged','forked','quarantined','refused')", name="state"),
    )

    gate_id: UUID
    session_id: UUID
    sequence: int
    digest: bytes
    previous: bytes
    text: str = Field(sa_column=Column(Text, nullable=False))
    signature: bytes
    state: str = Field(max_length=12)
    detail: str = Field(default="", max_length=200)
    scan_id: UUID | None = None


class ReservedPass(Scoped, Dated, table=True):
    """A number that a gate may hand out without a network: its code is signed, its pass not issued.

    `returned` numbers are issued again in a higher epoch, so that the code signed here stays dead.
    """

    __tablename__ = "reserved_pass"
    __table_args__ = (
        belongs_to("series", "series_id"),
        belongs_to("gate", "gate_id"),
        belongs_to("session", "session_id"),
        UniqueConstraint("organizer_id", "series_id", "serial", "epoch"),
        Index("ix_reserved_pass_session", "organizer_id", "session_id"),
        Index("ix_reserved_pass_due", "organizer_id", "state", "expires_at"),
        CheckConstraint("state IN ('reserved','handed','returned','reissued')", name="state"),
    )

    block_id: UUID
    series_id: UUID
    serial: int
    epoch: int
    gate_id: UUID
    session_id: UUID
    code: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(default="reserved", max_length=8)
    hand_out_until: datetime
    expires_at: datetime
    pass_row_id: UUID | None = None
