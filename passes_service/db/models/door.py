"""Who came in: gates, scans, admissions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from passes_service.db.models.base import Dated, Scoped, belongs_to


class Gate(Scoped, Dated, table=True):
    """A scanning device, revocable at once. `token_digest` is of the secret it carries.

    Staff and API keys scan at an automatic gate: it has their id, and no secret of its own.
    `session_ids` are separated by spaces; none means every session of the organizer. A gate that
    made its own keys has both; `link_digest` is of the link it was enrolled with.
    """

    __tablename__ = "gate"
    __table_args__ = (
        UniqueConstraint("organizer_id", "token_digest"),
        Index("uq_gate_link", "organizer_id", "link_digest", unique=True),
    )

    name: str = Field(max_length=120)
    token_digest: bytes | None = None
    session_ids: str = Field(default="", sa_column=Column(Text, nullable=False))
    revoked_at: datetime | None = None
    link_digest: bytes | None = None
    public_key: bytes | None = None
    agreement_key: bytes | None = None
    enrolled_at: datetime | None = None
    may_search_names: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})


class CheckIn(Scoped, Dated, table=True):
    """One admission. The unique index, not the code, makes a pass single-use.

    `scope` is the session, or the local day for per-day entry; `number` is 1, or n + 1 after
    a recorded exit. An annulled admission keeps its row and frees its number; so does one in
    conflict: `conflict_code` says why it does not count, `conflict_of` which one stands.
    `created_at` is when the person came in by the corrected clock, `received_at` when a gate's log
    brought it. `sequence` is the place in that log, 0 online; `via` is online, alone or hub.
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
            sqlite_where=text("annulled_at IS NULL AND conflict_code = ''"),
            postgresql_where=text("annulled_at IS NULL AND conflict_code = ''"),
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
    via: str = Field(default="online", max_length=8, sa_column_kwargs={"server_default": "online"})
    sequence: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    received_at: datetime | None = None
    conflict_code: str = Field(default="", max_length=24, sa_column_kwargs={"server_default": ""})
    conflict_of: UUID | None = None


class Scan(Scoped, Dated, table=True):
    """One decision at a gate, whatever it was. The same nonce again is the same scan.

    `fingerprint` is of what was asked under the nonce. The answer is kept by reference, so that
    repeating it needs no second copy of anybody's name. `created_at` is when it was decided, by
    the corrected clock. What came in a gate's log has its `sequence` there; what a live code said
    is kept as (`epoch`, `made_at`), by which copies are recognised. `conflict_code` is set where an
    admission by a gate alone found no pass to be written for.
    """

    __tablename__ = "scan"
    __table_args__ = (
        UniqueConstraint("organizer_id", "gate_id", "nonce"),
        belongs_to("gate", "gate_id"),
        CheckConstraint("length(nonce) >= 8", name="nonce"),
        Index("ix_scan_session", "organizer_id", "session_id", "gate_id", "id"),
        Index(
            "ix_scan_exit",
            "organizer_id",
            "pass_row_id",
            "scope",
            sqlite_where=text("code = 'EXIT'"),
            postgresql_where=text("code = 'EXIT'"),
        ),
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
    scope: str = Field(default="", max_length=48, sa_column_kwargs={"server_default": ""})
    epoch: int | None = None
    made_at: int | None = Field(default=None, sa_type=BigInteger)
    via: str = Field(default="online", max_length=8, sa_column_kwargs={"server_default": "online"})
    sequence: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    bundle_sequence: int | None = None
    conflict_code: str = Field(default="", max_length=24, sa_column_kwargs={"server_default": ""})
    reserved_id: UUID | None = None
