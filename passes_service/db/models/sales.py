"""What is bought and paid: orders, their lines, payments, what goes back, coupons, taxes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from passes_service.db.models.base import Dated, Scoped, belongs_to
from passes_service.db.types import Uint256

ORDER_STATES = ("held", "placed", "completed", "expired", "cancelled", "returned")
PAYMENT_STATES = ("created", "pending", "succeeded", "failed", "cancelled")
PROVIDERS = ("free", "stripe", "onchain", "external")


class Order(Scoped, Dated, table=True):
    """A purchase: places held, then a buyer and a fixed price, then passes.

        held -> placed -> completed       held, placed -> expired | cancelled
        expired, cancelled -> completed   a late payment found its places still there
        expired, cancelled -> returned    a late payment found none: it goes back at once

    `subject` is who holds the places: "h:<holder id>" or "v:<visitor>". `takes` is a JSON list of
    [stock id, count]. `price` is the price decision as it was shown, line by line (JSON). A call
    that is repeated is known by `key_digest` and `fingerprint`.
    """

    __tablename__ = "sale_order"
    __table_args__ = (
        belongs_to("drop", "drop_id"),
        belongs_to("drop_offer", "offer_id"),
        belongs_to("drop_phase", "phase_id"),
        belongs_to("holder", "holder_id"),
        belongs_to("coupon", "coupon_id"),
        UniqueConstraint("organizer_id", "key_digest"),
        Index("ix_sale_order_holder", "organizer_id", "holder_id", "id"),
        Index("ix_sale_order_drop", "organizer_id", "drop_id", "state"),
        Index(
            "ix_sale_order_due",
            "organizer_id",
            "hold_until",
            sqlite_where=text("state IN ('held','placed')"),
            postgresql_where=text("state IN ('held','placed')"),
        ),
        CheckConstraint(f"state IN {ORDER_STATES}", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    drop_id: UUID
    offer_id: UUID
    phase_id: UUID
    subject: str = Field(max_length=60)
    quantity: int
    takes: str = Field(sa_column=Column(Text, nullable=False))
    key_digest: bytes
    fingerprint: bytes
    state: str = Field(default="held", max_length=10)
    hold_until: datetime
    holder_id: UUID | None = None
    coupon_id: UUID | None = None
    currency: str = Field(default="", max_length=4)
    total_minor: int = Field(default=0, sa_type=Uint256)
    price: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    channel: str = Field(default="web", max_length=40)
    placed_at: datetime | None = None
    completed_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = Field(default="", max_length=200)


class OrderLine(Scoped, Dated, table=True):
    """One pass of an order: its list price, what was paid for it, the taxes in it, its Terms.

    `paid_minor` is the refund base of the pass. `taxes` is a JSON list of name, rate, included,
    amount. `pass_row_id` is set when the pass is issued.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        belongs_to("sale_order", "order_id"),
        belongs_to("series", "series_id"),
        belongs_to("drop_stock", "stock_id"),
        belongs_to("pass", "pass_row_id"),
        UniqueConstraint("organizer_id", "order_id", "position"),
        Index("ix_order_line_pass", "organizer_id", "pass_row_id"),
    )

    order_id: UUID
    position: int
    series_id: UUID
    stock_id: UUID
    list_minor: int = Field(sa_type=Uint256)
    paid_minor: int = Field(sa_type=Uint256)
    taxes: str = Field(default="[]", sa_column=Column(Text, nullable=False))
    terms_hash: str = Field(max_length=66)
    pass_row_id: UUID | None = None


class Payment(Scoped, Dated, table=True):
    """Money in, at one provider. The intent is committed before the provider is asked.

    created: we have asked or are about to. pending: the provider knows it. An order has at most
    one that is created or pending. `asked` keeps the words, address and way back
    that the provider is asked with (JSON): asking again has to be the same question. `client` is
    what a browser needs to pay (JSON), `dispute` is empty, open, won or lost, as the organizer
    sees it.
    """

    __tablename__ = "payment"
    __table_args__ = (
        belongs_to("sale_order", "order_id"),
        Index(
            "uq_payment_open",
            "organizer_id",
            "order_id",
            unique=True,
            sqlite_where=text("state IN ('created','pending')"),
            postgresql_where=text("state IN ('created','pending')"),
        ),
        Index(
            "uq_payment_reference",
            "organizer_id",
            "provider",
            "reference",
            unique=True,
            sqlite_where=text("reference <> ''"),
            postgresql_where=text("reference <> ''"),
        ),
        Index("ix_payment_order", "organizer_id", "order_id"),
        Index("ix_payment_state", "organizer_id", "state", "created_at"),
        CheckConstraint(f"state IN {PAYMENT_STATES}", name="state"),
        CheckConstraint(f"provider IN {PROVIDERS}", name="provider"),
    )

    order_id: UUID
    provider: str = Field(max_length=16)
    way: str = Field(default="", max_length=10)
    amount_minor: int = Field(sa_type=Uint256)
    currency: str = Field(max_length=4)
    state: str = Field(default="created", max_length=10)
    reference: str = Field(default="", max_length=120)
    asked: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    client: str = Field(default="{}", sa_column=Column(Text, nullable=False))
    error_code: str = Field(default="", max_length=60)
    error: str = Field(default="", max_length=300)
    dispute: str = Field(default="", max_length=5)
    confirmed_at: datetime | None = None
    looked_at: datetime | None = None


class PaymentReturn(Scoped, Dated, table=True):
    """Money that bought nothing and goes back whole: paid too late, paid twice.

    (What comes back for a pass by its Terms is a `Refund`.)
    """

    __tablename__ = "payment_return"
    __table_args__ = (
        belongs_to("payment", "payment_id"),
        UniqueConstraint("organizer_id", "payment_id"),
        CheckConstraint("state IN ('requested','settled','failed')", name="state"),
    )

    payment_id: UUID
    amount_minor: int = Field(sa_type=Uint256)
    currency: str = Field(max_length=4)
    reason: str = Field(max_length=300)
    state: str = Field(default="requested", max_length=10)
    reference: str = Field(default="", max_length=120)
    settled_at: datetime | None = None


class PaymentEvent(Scoped, Dated, table=True):
    """A message of a provider, kept once however often it comes."""

    __tablename__ = "payment_event"
    __table_args__ = (UniqueConstraint("organizer_id", "provider", "event_id"),)

    provider: str = Field(max_length=16)
    event_id: str = Field(max_length=120)
    kind: str = Field(max_length=60)
    reference: str = Field(default="", max_length=120)
    outcome: str = Field(default="", max_length=120)


class Coupon(Scoped, Dated, table=True):
    """A code that lowers a price; `used` is moved by conditional update, and back if nobody paid.

    Either `percent_bp`, or `amount_minor` in `currency` off the whole order.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        UniqueConstraint("organizer_id", "code"),
        belongs_to("drop", "drop_id"),
        CheckConstraint("used >= 0 AND used <= max_uses", name="used"),
    )

    code: str = Field(max_length=40)
    drop_id: UUID | None = None
    percent_bp: int = 0
    amount_minor: int = Field(default=0, sa_type=Uint256)
    currency: str = Field(default="", max_length=4)
    max_uses: int
    used: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    closed_at: datetime | None = None


class TaxRule(Scoped, Dated, table=True):
    """A tax line as the organizer configures it: inside the price, or on top of it."""

    __tablename__ = "tax_rule"
    __table_args__ = (CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_bp"),)

    name: str = Field(max_length=60)
    rate_bp: int
    included: bool = True
    ended_at: datetime | None = None
