"""What is sold: calendars, sessions, Terms, Series."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from passes_service.db.models.base import Dated, Scoped, belongs_to
from passes_service.db.types import Uint256


class Calendar(Scoped, Dated, table=True):
    """A season: sessions under one name and time zone.

    `version` grows whenever a session changes what a calendar app would show. `public`: its
    sessions are also a feed for everybody, without door codes, join links or holders.
    """

    __tablename__ = "calendar"

    name: str = Field(max_length=160)
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    time_zone: str = Field(max_length=64)
    color: str = Field(default="", max_length=30)
    image_url: str = Field(default="", max_length=300)
    public: bool = False
    version: int = 1


class CalendarSession(Scoped, Dated, table=True):
    """One event occurrence. `id` is its opaque UID in every feed, the same for all holders.

    `sequence` and `changed_at` move only when something that is rendered moves, and only forward.
    `categories` is a JSON list; `texts` maps a language to title, description and location.
    """

    __tablename__ = "session"
    __table_args__ = (
        belongs_to("calendar", "calendar_id"),
        UniqueConstraint("organizer_id", "calendar_id", "ics_uid", "ics_recurrence"),
        Index("ix_session_calendar_start", "organizer_id", "calendar_id", "starts_at"),
        CheckConstraint("ends_at >= starts_at", name="order"),
        CheckConstraint("status IN ('scheduled','moved','cancelled')", name="status"),
    )

    calendar_id: UUID
    title: str = Field(max_length=300)
    description: str = Field(default="", sa_column=Column(Text, nullable=False))
    location: str = Field(default="", max_length=500)
    join_link: str = Field(default="", max_length=500)
    starts_at: datetime
    ends_at: datetime
    time_zone: str = Field(max_length=64)
    all_day: bool = False
    capacity: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    categories: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    texts: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    status: str = Field(default="scheduled", max_length=12)
    sequence: int = 0
    changed_at: datetime
    ics_uid: str | None = Field(default=None, max_length=500)
    ics_recurrence: str | None = Field(default=None, max_length=20)
    ics_source: str = Field(default="", max_length=160)
    ics_fingerprint: str = Field(default="", max_length=64)


class TermsDocument(SQLModel, table=True):
    """Published Terms: immutable, known by their hash."""

    __tablename__ = "terms"

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    terms_hash: str = Field(primary_key=True, max_length=66)
    canonical: str = Field(sa_column=Column(Text, nullable=False))
    calendar_id: UUID
    published_at: datetime


class Series(Scoped, Dated, table=True):
    """One kind of pass. `issued` is moved only by a conditional update that respects `cap`.

    `returned` counts numbers that were issued to a gate's block and came back: they are sold after
    the others. `set_aside` counts places that Drops sell and have not sold yet. In an Edition
    (`edition_id`) serial 1 is shown as `edition_offset` + 1.
    """

    __tablename__ = "series"
    __table_args__ = (
        belongs_to("calendar", "calendar_id"),
        belongs_to("terms", "terms_hash", key="terms_hash"),
        UniqueConstraint("organizer_id", "series_no"),
        CheckConstraint("issued >= 0 AND issued <= cap", name="cap"),
        CheckConstraint("cap > 0", name="cap_positive"),
    )

    calendar_id: UUID
    series_no: int = Field(sa_type=Uint256)
    title: str = Field(max_length=160)
    pass_type: str = Field(max_length=40)
    terms_hash: str = Field(max_length=66)
    price_minor: int = Field(sa_type=Uint256)
    currency: str = Field(max_length=4)
    funding: str = Field(default="external", max_length=10)
    cap: int
    issued: int = 0
    returned: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    set_aside: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    edition_id: UUID | None = None
    edition_offset: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    closed_at: datetime | None = None

    @property
    def left(self) -> int:
        """How many passes can still be issued, outside of Drops, while the Series is open."""
        return self.cap - self.issued + self.returned - self.set_aside


class SeriesSession(SQLModel, table=True):
    """A session that a Series opens, and the Portion it belongs to."""

    __tablename__ = "series_session"
    __table_args__ = (
        belongs_to("series", "series_id"),
        belongs_to("session", "session_id"),
        Index("ix_series_session_session", "organizer_id", "session_id"),
    )

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    series_id: UUID = Field(primary_key=True)
    session_id: UUID = Field(primary_key=True)
    portion: int


class PortionChange(Scoped, Dated, table=True):
    """A published change of a Portion: cancelled once, or moved with a window to give up."""

    __tablename__ = "portion_change"
    __table_args__ = (
        belongs_to("series", "series_id"),
        Index("ix_portion_change_series", "organizer_id", "series_id"),
        Index(
            "uq_portion_change_cancelled",
            "organizer_id",
            "series_id",
            "portion",
            unique=True,
            sqlite_where=text("kind = 'cancelled'"),
            postgresql_where=text("kind = 'cancelled'"),
        ),
    )

    series_id: UUID
    portion: int
    kind: str = Field(max_length=10)
    doors_at: datetime | None = None
    ends_at: datetime | None = None
    window_closes_at: datetime | None = None
