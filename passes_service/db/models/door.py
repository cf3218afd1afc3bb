"""Who came in: gates, scans, admissions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from passes_service.db.models.base import Dated, Scoped, belongs_to


class Gate(Scoped, Dated, table=True):
    """A scanning device, revocable at once. `token_digest` is of the secret it carries.

    Staff and API keys scan at an automatic gate: it has their id, and no secret of its own.
    `session_ids` are separated by spaces; none means every session of the organizer.
    """

    __tablename__ = "gate"
    __table_args__ = (UniqueConstraint("organizer_id", "token_digest"),)

    name: str = Field(max_length=120)
    token_digest: bytes | None = None
    session_ids: str = Field(default="", sa_column=Column(Text, nullable=False))
    revoked_at: datetime | None = None


class CheckIn(Scoped, Dated, table=True):
    """One admission. The unique index, not the code, makes a pass single-use.

    `scope` is the session, or the local day for per-day entry; `number` is 1, or n + 1 after
    a recorded exit. An annulled admission keeps its row and frees its number.
    """

    __tablename__ = "check_in"
    __table_args__ = (
        belongs_to("pass", "pass_row_id"),
        belongs_to("session", "session_id"),
        belongs_to("gate", "gate_id"),
        Index(
            "uq_check_in_entry",
            "organizer_id",
            "pass_row_id",
            "scope",
            "number",
            unique=True,
            sqlite_where=text("annulled_at IS NULL"),
            postgresql_where=text("annulled_at IS NULL"),
        ),
        Index("ix_check_in_session", "organizer_id", "session_id"),
        CheckConstraint("number > 0", name="number"),
    )

    pass_row_id: UUID
    session_id: UUID
    scope: str = Field(max_length=48)
    number: int = 1
    gate_id: UUID
    force_reason: str = Field(default="", max_length=200)
    exited_at: datetime | None = None
    annulled_at: datetime | None = None
    annulled_by: str = Field(default="", max_length=80)


class Scan(Scoped, Dated, table=True):
    """One decision at a gate, whatever it was. The same nonce again is the same scan.

    `fingerprint` is of what was asked under the nonce. The answer is kept by reference, so that
    repeating it needs no second copy of anybody's name.
    """

    __tablename__ = "scan"
    __table_args__ = (
        UniqueConstraint("organizer_id", "gate_id", "nonce"),
        belongs_to("gate", "gate_id"),
        CheckConstraint("length(nonce) >= 8", name="nonce"),
        Index("ix_scan_session", "organizer_id", "session_id", "gate_id", "id"),
    )

    gate_id: UUID
    session_id: UUID
    nonce: str = Field(max_length=64)
    fingerprint: bytes
    code: str = Field(max_length=24)
    sentence: str = Field(max_length=400)
    decided_by: str = Field(default="", max_length=80)
    typed: bool = False
    pass_row_id: UUID | None = None
    holder_id: UUID | None = None
    check_in_id: UUID | None = None
    first_check_in_id: UUID | None = None
