"""What leaves: outbox events, mail, answers to repeated calls, feeds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from passes_service.db.models.base import Dated, Scoped, belongs_to


class OutboxEvent(Scoped, Dated, table=True):
    """A fact to be delivered at least once. A dead worker's lease ends by itself."""

    __tablename__ = "outbox_event"
    __table_args__ = (
        # Partial: it holds only what is still to do, so claiming scans little on any database.
        Index(
            "ix_outbox_event_due",
            "organizer_id",
            "available_at",
            sqlite_where=text("delivered_at IS NULL"),
            postgresql_where=text("delivered_at IS NULL"),
        ),
    )

    type: str = Field(max_length=60)
    payload: str = Field(sa_column=Column(Text, nullable=False))
    available_at: datetime
    lease_owner: str | None = Field(default=None, max_length=80)
    attempts: int = 0
    delivered_at: datetime | None = None
    failed_at: datetime | None = None
    last_error: str = Field(default="", max_length=500)


class MailMessage(Scoped, Dated, table=True):
    """A letter in the local outbox, sent from there where there is SMTP. Never holds a login.

    A letter with a `link_id` has a mark in its body where the magic link goes when it is read.
    One with a `stop_id` tells how that holder stops such letters, one with an `invitation_id`
    carries that iTIP message. One with a `session_id` tells what became of a session; a later one
    to the same person replaces it while it waits.
    """

    __tablename__ = "mail_message"
    __table_args__ = (
        Index("ix_mail_message_created", "organizer_id", "created_at"),
        # An event that is delivered twice still writes one letter to each.
        UniqueConstraint("organizer_id", "event_id", "recipient"),
        Index(
            "ix_mail_message_session",
            "organizer_id",
            "session_id",
            "recipient",
            sqlite_where=text("session_id IS NOT NULL"),
            postgresql_where=text("session_id IS NOT NULL"),
        ),
    )

    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    event_id: UUID
    link_id: UUID | None = None
    stop_id: UUID | None = None
    invitation_id: UUID | None = None
    session_id: UUID | None = None
    sent_at: datetime | None = None


class IdempotentCall(SQLModel, table=True):
    """A call under an Idempotency-Key: running under a lease, or finished with its answer."""

    __tablename__ = "idempotent_call"

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    caller: str = Field(primary_key=True, max_length=60)
    key: str = Field(primary_key=True, max_length=200)
    fingerprint: bytes
    lease_token: UUID
    lease_until: datetime
    created_at: datetime
    status: int | None = None
    media_type: str = Field(default="", max_length=80)
    location: str = Field(default="", max_length=400)
    body: bytes = b""


class FeedLink(Scoped, Dated, table=True):
    """A secret calendar address of a holder, one per device, rotatable alone.

    `language` empty: the holder's. `reminders`: minutes before the start, with blanks between.
    """

    __tablename__ = "feed_link"
    __table_args__ = (
        UniqueConstraint("organizer_id", "token_digest"),
        belongs_to("holder", "holder_id"),
        Index("ix_feed_link_holder", "organizer_id", "holder_id"),
    )

    holder_id: UUID
    token_digest: bytes
    label: str = Field(default="", max_length=80)
    language: str = Field(default="", max_length=16)
    reminders: str = Field(default="", max_length=60)
    deadlines: bool = False
    drops: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    last_fetched_at: datetime | None = None
    last_app: str = Field(default="", max_length=60)
    revoked_at: datetime | None = None


class FeedCopy(SQLModel, table=True):
    """The stored bytes (gzip) of one link's feed.

    Clean while `rendered_from` is the holder's `feed_version` and `fresh_until` lies ahead;
    `rendered_from` 0 asks for a new rendering. `changed_at` and the counters in `marks` (JSON)
    move only when the bytes do, and only forward.
    """

    __tablename__ = "feed_copy"
    __table_args__ = (belongs_to("feed_link", "link_id"),)

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    link_id: UUID = Field(primary_key=True)
    rendered_from: int = 0
    fresh_until: datetime
    changed_at: datetime
    etag: str = Field(default="", max_length=70)
    body: bytes = b""
    marks: str = Field(default="{}", sa_column=Column(Text, nullable=False))
