"""Timed sales: Drops with phases, stock and offers; lists of people."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from passes_service.db.models.base import Dated, Scoped, belongs_to

DROP_STATES = ("scheduled", "open", "paused", "sold_out", "closed", "settled")
PHASE_KINDS = ("public", "cohort", "allow_list", "holders", "drawn")


class Edition(Scoped, Dated, table=True):
    """Series under one published cap and numbering.

    A Series of an Edition has `edition_id` and `edition_offset`: its serial 1 is that offset plus 1
    of `cap`.
    """

    __tablename__ = "edition"
    __table_args__ = (
        belongs_to("calendar", "calendar_id"),
        CheckConstraint("cap > 0", name="cap_positive"),
    )

    calendar_id: UUID
    title: str = Field(max_length=160)
    cap: int


class Drop(Scoped, Dated, table=True):
    """A timed sale (or raffle) of Series.

    `state` is what was last announced; what counts at an instant is worked out from the times, the
    pause and the stock (`drops.standing`), so that 20:00 is 20:00 sharp. `agreed`: every partner
    has accepted their share; without it the Drop does not open.
    """

    __tablename__ = "drop"
    __table_args__ = (
        belongs_to("calendar", "calendar_id"),
        UniqueConstraint("organizer_id", "slug"),
        CheckConstraint(f"state IN {DROP_STATES}", name="state"),
        CheckConstraint("mode IN ('sale','raffle')", name="mode"),
        CheckConstraint("closes_at > opens_at", name="times"),
        CheckConstraint("per_holder > 0", name="per_holder"),
    )

    calendar_id: UUID
    slug: str = Field(max_length=60)
    title: str = Field(max_length=160)
    summary: str = Field(default="", sa_column=Column(Text, nullable=False))
    proof: str = Field(default="", max_length=300)
    image_url: str = Field(default="", max_length=300)
    mode: str = Field(default="sale", max_length=8)
    state: str = Field(default="scheduled", max_length=10)
    opens_at: datetime
    closes_at: datetime
    per_holder: int = 2
    hold_seconds: int = 600
    waiting_room: bool = False
    listed: bool = True
    agreed: bool = True
    version: int = 1
    changed_at: datetime
    ended_at: datetime | None = None
    settled_at: datetime | None = None


class DropPhase(Scoped, Dated, table=True):
    """A part of a Drop: when, how many, and for whom (`kind` with `params`, a JSON object).

    `quantity` None: as many as the Drop has. `discount_bp` lowers the list price.
    """

    __tablename__ = "drop_phase"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        UniqueConstraint("organizer_id", "drop_id", "position"),
        CheckConstraint("taken >= 0 AND (quantity IS NULL OR taken <= quantity)", name="taken"),
        CheckConstraint("discount_bp BETWEEN 0 AND 10000", name="discount_bp"),
    )

    drop_id: UUID
    position: int
    name: str = Field(max_length=80)
    kind: str = Field(max_length=16)
    params: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    opens_at: datetime
    closes_at: datetime
    quantity: int | None = None
    taken: int = 0
    per_holder: int | None = None
    discount_bp: int = 0


class DropStock(Scoped, Dated, table=True):
    """How many places of one Series a Drop sells: left = quantity - sold - held, always.

    The places are set aside in the Series (`series.set_aside`) until they are sold or the Drop is
    over. `prices` maps a currency to minor units in decimal text; without one the list price of the
    Series counts. When the Drop is over, what was not sold moves from `quantity` to `given_back`.
    This is the hot row of a burst: it stays narrow.
    """

    __tablename__ = "drop_stock"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        belongs_to("series", "series_id"),
        UniqueConstraint("organizer_id", "drop_id", "series_id"),
        CheckConstraint("sold >= 0 AND held >= 0 AND sold + held <= quantity", name="places"),
    )

    drop_id: UUID
    series_id: UUID
    quantity: int
    sold: int = 0
    held: int = 0
    given_back: int = 0
    prices: str = Field(default="{}", sa_column=Column(Text, nullable=False))

    @property
    def left(self) -> int:
        """How many places can still be held."""
        return self.quantity - self.sold - self.held


class DropOffer(Scoped, Dated, table=True):
    """What a buyer picks: a single Series, an Edition by its steps, or a bundle of Series."""

    __tablename__ = "drop_offer"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        UniqueConstraint("organizer_id", "drop_id", "position"),
        CheckConstraint("kind IN ('single','edition','bundle')", name="kind"),
        CheckConstraint("discount_bp BETWEEN 0 AND 10000", name="discount_bp"),
    )

    drop_id: UUID
    position: int
    title: str = Field(max_length=160)
    kind: str = Field(max_length=8)
    discount_bp: int = 0


class DropPart(SQLModel, table=True):
    """Which stock an offer draws from: each one of a bundle, the steps of an Edition in order."""

    __tablename__ = "drop_part"
    __table_args__ = (belongs_to("drop_offer", "offer_id"), belongs_to("drop_stock", "stock_id"))

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    offer_id: UUID = Field(primary_key=True)
    stock_id: UUID = Field(primary_key=True)
    step: int


class DropTaken(SQLModel, table=True):
    """How many places somebody has taken: the limit per holder, settled by conditional update.

    `bucket` is a subject ("h:<holder id>", "v:<visitor>"), or "<phase id>/<subject>".
    """

    __tablename__ = "drop_taken"
    __table_args__ = (belongs_to("drop", "drop_id"), CheckConstraint("taken >= 0", name="taken"))

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    drop_id: UUID = Field(primary_key=True)
    bucket: str = Field(primary_key=True, max_length=100)
    taken: int


class DropShare(SQLModel, table=True):
    """What part of a Drop's revenue a second organizer gets, published before anyone pays.

    The partner's rows may live in another database: no constraint reaches there.
    """

    __tablename__ = "drop_share"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share_bp"),
    )

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    drop_id: UUID = Field(primary_key=True)
    partner_id: UUID = Field(primary_key=True)
    share_bp: int
    accepted_at: datetime | None = None
    accepted_by: str = Field(default="", max_length=80)


class Audience(Scoped, Dated, table=True):
    """A named list of people: a VIP cohort, an allow-list."""

    __tablename__ = "audience"

    name: str = Field(max_length=120)


class AudienceMember(SQLModel, table=True):
    """Somebody on a list, by e-mail address (lower case) or wallet (checksummed)."""

    __tablename__ = "audience_member"
    __table_args__ = (
        belongs_to("audience", "audience_id"),
        Index("ix_audience_member_address", "organizer_id", "address"),
    )

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    audience_id: UUID = Field(primary_key=True)
    address: str = Field(primary_key=True, max_length=254)
