"""JSON shapes of what is asked: a Drop to be, and what may change of one."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_validator
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.drops.plan import OfferPlan, PhasePlan, Plan, SharePlan, StockPlan
from passes_service.drops.predicates import KINDS
from passes_service.drops.texts import LONGEST_SUMMARY, MOST_PLACES
from passes_service.web import shapes

Prices = Annotated[
    dict[str, Annotated[int, Field(ge=0, le=10**30)]],
    Field(
        max_length=20,
        description="currency to minor units; empty: the list price of the Series",
        examples=[{"EUR": 4500, "USD": 4900}],
    ),
]
Discount = Annotated[int, Field(ge=0, le=10_000, description="basis points off the price")]
Count = Annotated[int, Field(ge=1, le=MOST_PLACES)]
Summary = Annotated[shapes.Text, Field(max_length=LONGEST_SUMMARY)]
Picture = Annotated[str, Field(max_length=300, description="https address of a picture")]


class StockNew(shapes.Body):
    """How many places of a Series to set aside for this Drop, and their prices."""

    series_id: UUID
    quantity: Count
    prices: Prices = Field(default_factory=dict)


class OfferNew(shapes.Body):
    """What a buyer picks: one Series, an Edition by its steps in order, a bundle of Series."""

    title: shapes.Title = Field(max_length=160)
    kind: Literal["single", "edition", "bundle"] = "single"
    series_ids: list[UUID] = Field(min_length=1, max_length=50)
    discount_bp: Discount = 0


class PhaseNew(shapes.Body):
    """A part of the sale: when, for whom, with which limits."""

    name: shapes.Title = Field(max_length=80)
    kind: str = Field(default="public", max_length=16, description=f"one of {', '.join(KINDS)}")
    params: dict[str, str] = Field(
        default_factory=dict,
        max_length=5,
        description="`audience_id` for cohort and allow_list, `series_id` for holders",
    )
    opens_at: shapes.Instant
    closes_at: shapes.Instant
    quantity: Count | None = Field(default=None, description="none: as many as the Drop has")
    per_holder: int | None = Field(default=None, ge=1, le=100)
    discount_bp: Discount = 0

    def plan(self) -> PhasePlan:
        """Return the phase as it is planned."""
        return PhasePlan(**self.model_dump())


class ShareNew(shapes.Body):
    """What part of the revenue another organizer of this service gets."""

    partner: str = Field(max_length=40, description="the partner's short name in addresses")
    share_bp: int = Field(ge=1, le=10_000, description="basis points; yours is the rest")


class DropNew(shapes.Body):
    """A Drop to be. Without offers each Series is one; without phases everybody may buy."""

    title: shapes.Title = Field(max_length=160)
    slug: str = Field(max_length=40, description="the last part of its address")
    summary: Summary = ""
    proof: shapes.Text = Field(default="", max_length=300, description="one line that convinces")
    image_url: Picture = ""
    mode: Literal["sale", "raffle"] = Field(
        default="sale", description="a raffle needs its draw to be committed to afterwards"
    )
    opens_at: shapes.Instant
    closes_at: shapes.Instant
    per_holder: int = Field(default=2, ge=1, le=100)
    hold_seconds: int = Field(default=600, ge=60, le=3600)
    waiting_room: bool = Field(
        default=False,
        description="with the usual numbers; for others leave it out and make the room afterwards",
    )
    listed: bool = Field(default=True, description="shown on your page and in fans' calendars")
    stocks: list[StockNew] = Field(min_length=1, max_length=50)
    offers: list[OfferNew] = Field(default_factory=list, max_length=50)
    phases: list[PhaseNew] = Field(default_factory=list, max_length=20)
    shares: list[ShareNew] = Field(default_factory=list, max_length=10)

    def plan(self, session: Session) -> Plan:
        """Return the plan; partners are looked up by their short names."""
        said = self.model_dump(exclude={"stocks", "offers", "phases", "shares"})
        return Plan(
            **said,
            stocks=tuple(StockPlan(**one.model_dump()) for one in self.stocks),
            offers=tuple(
                OfferPlan(**one.model_dump() | {"series_ids": tuple(one.series_ids)})
                for one in self.offers
            ),
            phases=tuple(one.plan() for one in self.phases),
            shares=tuple(
                SharePlan(
                    partner_id=organizers.by_slug(session, one.partner).id, share_bp=one.share_bp
                )
                for one in self.shares
            ),
        )


class DropChange(shapes.Body):
    """What may change of a Drop; what is left out stays. `phases` replaces all of them."""

    title: shapes.Title | None = Field(default=None, max_length=160)
    summary: Summary | None = None
    proof: shapes.Text | None = Field(default=None, max_length=300)
    image_url: Picture | None = None
    opens_at: shapes.Instant | None = None
    closes_at: shapes.Instant | None = None
    per_holder: int | None = Field(default=None, ge=1, le=100)
    hold_seconds: int | None = Field(default=None, ge=60, le=3600)
    listed: bool | None = None
    phases: list[PhaseNew] | None = Field(default=None, max_length=20)

    @field_validator("*", mode="before")
    @classmethod
    def _is_there(cls, value: object) -> object:
        """Refuse null where there has to be a value; leaving a field out keeps it."""
        if value is None:
            raise ValueError("leave it out to keep it; null is no value")
        return value
