"""What an organizer plans: a Drop to be, before anything of it is checked or stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class StockPlan:
    """How many places of one Series to sell, and for how much.

    `prices` maps a currency to minor units; empty: the list price of the Series.
    """

    series_id: UUID
    quantity: int
    prices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OfferPlan:
    """What a buyer picks, by the Series it is made of.

    `single` has one; `edition` has its steps in order: each sells out before the next; `bundle` has
    one place of each, cheaper by `discount_bp` if the organizer wishes.
    """

    title: str
    series_ids: tuple[UUID, ...]
    kind: Literal["single", "edition", "bundle"] = "single"
    discount_bp: int = 0


@dataclass(frozen=True, kw_only=True)
class PhasePlan:
    """A part of the sale: when, for whom (`kind` with `params`), and with which limits."""

    name: str
    opens_at: datetime
    closes_at: datetime
    kind: str = "public"
    params: Mapping[str, str] = field(default_factory=dict)
    quantity: int | None = None
    per_holder: int | None = None
    discount_bp: int = 0


@dataclass(frozen=True, kw_only=True)
class SharePlan:
    """What part of the revenue another organizer gets, once they have accepted it."""

    partner_id: UUID
    share_bp: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A Drop to be. Without `offers` each Series is one; without `phases` everybody may buy."""

    title: str
    slug: str
    opens_at: datetime
    closes_at: datetime
    stocks: tuple[StockPlan, ...]
    offers: tuple[OfferPlan, ...] = ()
    phases: tuple[PhasePlan, ...] = ()
    shares: tuple[SharePlan, ...] = ()
    summary: str = ""
    proof: str = ""
    image_url: str = ""
    mode: Literal["sale", "raffle"] = "sale"
    per_holder: int = 2
    hold_seconds: int = 600
    waiting_room: bool = False
    listed: bool = True
