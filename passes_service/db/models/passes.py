"""Who holds what: passes, their history, transfers and refunds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from passes_service.db.models.base import Dated, Scoped, belongs_to
from passes_service.db.types import Uint256

STATES = ("offered", "active", "claiming", "on_chain", "refunded", "void", "surrendered")


class Pass(Scoped, Dated, table=True):
    """One unit of a Series. Moved only by compare-and-set on (state, epoch).

    `next_doors_at` are the first doors after the purchase, kept where cooling-off needs them:
    later moves of a Portion must not change what was promised at the sale.
    """

    __tablename__ = "pass"
    __table_args__ = (
        belongs_to("series", "series_id"),
        belongs_to("holder", "holder_id"),
        UniqueConstraint("organizer_id", "pass_id"),
        UniqueConstraint("organizer_id", "series_id", "serial"),
        Index("ix_pass_holder", "organizer_id", "holder_id"),
        Index("ix_pass_wallet", "organizer_id", "wallet"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("paid_back_minor <= paid_minor", name="money"),
    )

    pass_id: int = Field(sa_type=Uint256)
    series_id: UUID
    serial: int
    holder_id: UUID
    wallet: str | None = Field(default=None, max_length=42)
    state: str = Field(default="active", max_length=12)
    epoch: int = 1
    transfers: int = 0
    payer_id: UUID
    paid_minor: int = Field(sa_type=Uint256)
    paid_back_minor: int = Field(default=0, sa_type=Uint256)
    currency: str = Field(max_length=4)
    provider: str = Field(max_length=16)
    bought_at: datetime
    next_doors_at: datetime | None = None


class PassEvent(Scoped, Dated, table=True):
    """One line in the history of a pass, readable by its holder."""

    __tablename__ = "pass_event"
    __table_args__ = (
        belongs_to("pass", "pass_row_id"),
        Index("ix_pass_event_pass", "organizer_id", "pass_row_id", "id"),
    )

    pass_row_id: UUID
    kind: str = Field(max_length=24)
    epoch: int
    sentence: str = Field(sa_column=Column(Text, nullable=False))
    actor: str = Field(default="", max_length=80)


class TransferOffer(Scoped, Dated, table=True):
    """A pass held out to an e-mail or wallet address; the index allows one open offer."""

    __tablename__ = "transfer_offer"
    __table_args__ = (
        belongs_to("pass", "pass_row_id"),
        belongs_to("holder", "from_holder_id"),
        belongs_to("holder", "to_holder_id"),
        Index("ix_transfer_offer_recipient", "organizer_id", "recipient"),
        Index(
            "uq_transfer_offer_open",
            "organizer_id",
            "pass_row_id",
            unique=True,
            sqlite_where=text("state = 'offered'"),
            postgresql_where=text("state = 'offered'"),
        ),
        CheckConstraint(
            "state IN ('offered','accepted','declined','withdrawn','expired')", name="state"
        ),
    )

    pass_row_id: UUID
    from_holder_id: UUID
    recipient: str = Field(max_length=254)
    to_holder_id: UUID | None = None
    epoch: int
    state: str = Field(default="offered", max_length=10)
    note: str = Field(default="", max_length=300)
    expires_at: datetime
    ended_at: datetime | None = None


class Refund(Scoped, Dated, table=True):
    """Money owed back to the payer of a pass, and whether it went."""

    __tablename__ = "refund"
    __table_args__ = (
        belongs_to("pass", "pass_row_id"),
        Index("ix_refund_pass", "organizer_id", "pass_row_id"),
        Index(
            "uq_refund_give_up",
            "organizer_id",
            "pass_row_id",
            unique=True,
            sqlite_where=text("kind = 'refund'"),
            postgresql_where=text("kind = 'refund'"),
        ),
        CheckConstraint("kind IN ('refund','draw')", name="kind"),
        CheckConstraint("state IN ('requested','settled','failed')", name="state"),
    )

    pass_row_id: UUID
    kind: str = Field(max_length=8)
    amount_minor: int = Field(sa_type=Uint256)
    currency: str = Field(max_length=4)
    code: str = Field(max_length=40)
    reason: str = Field(sa_column=Column(Text, nullable=False))
    provider: str = Field(max_length=16)
    provider_ref: str = Field(default="", max_length=120)
    state: str = Field(default="requested", max_length=10)
    settled_at: datetime | None = None
