"""What holders were told of sessions: changes by letter, and invitations with their numbers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from passes_service.db.models.base import Dated, Scoped, belongs_to


class SessionNews(SQLModel, table=True):
    """What the holders of a changed session know of it, so that a letter says what is new.

    `sequence` is the session's counter at the state told last, `latest` the one of its newest
    event: older events have nothing to say any more. `unsaid` is the last move, cancellation or
    return that nobody was told of.
    """

    __tablename__ = "session_news"
    __table_args__ = (belongs_to("session", "session_id"),)

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    session_id: UUID = Field(primary_key=True)
    starts_at: datetime
    ends_at: datetime
    location: str = Field(default="", max_length=500)
    status: str = Field(max_length=12)
    sequence: int
    latest: int
    unsaid: str = Field(default="", max_length=12)


class Invitation(Scoped, Dated, table=True):
    """A session that a holder asked to have mailed as an invitation, to one address.

    `said` is the method sent last, `sequence` and `stamped_at` its SEQUENCE and DTSTAMP; all of
    them only move forward. `shown` is the session's own counter at what was sent.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        belongs_to("holder", "holder_id"),
        belongs_to("session", "session_id"),
        UniqueConstraint("organizer_id", "session_id", "email"),
        Index("ix_invitation_holder", "organizer_id", "holder_id"),
        CheckConstraint("said IN ('','REQUEST','CANCEL')", name="said"),
    )

    holder_id: UUID
    session_id: UUID
    email: str = Field(max_length=254)
    said: str = Field(default="", max_length=8)
    sequence: int = -1
    stamped_at: datetime | None = None
    shown: int = -1
    ended_at: datetime | None = None


class InvitationMessage(Scoped, Dated, table=True):
    """One iTIP message (RFC 5546) as it goes out; `created_at` is its DTSTAMP.

    `reason` is why: asked, changed, cancelled, reinstated, lost or withdrawn.
    """

    __tablename__ = "invitation_message"
    __table_args__ = (
        belongs_to("invitation", "invitation_id"),
        UniqueConstraint("organizer_id", "invitation_id", "sequence"),
        CheckConstraint("method IN ('REQUEST','CANCEL')", name="method"),
    )

    invitation_id: UUID
    method: str = Field(max_length=8)
    reason: str = Field(max_length=12)
    sequence: int
    body: str = Field(sa_column=Column(Text, nullable=False))
