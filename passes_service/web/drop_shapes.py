"""JSON shapes of Drops as they stand: for everybody, and for their organizer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlmodel import Session

from passes_service.db.models import DropPhase, DropShare, Organizer
from passes_service.drops import shares
from passes_service.drops.predicates import KINDS
from passes_service.drops.reading import Offered, Part, Shop
from passes_service.web import shapes


class Counts(BaseModel):
    """Places at `as_of`, all from one snapshot: quantity = left + held + sold."""

    quantity: int
    left: int
    held: int
    sold: int


class PartRead(Counts):
    """One Series of an offer, with its price by currency."""

    series_id: UUID
    title: str
    terms_hash: str
    prices: dict[str, shapes.MoneyRead]

    @staticmethod
    def of_part(part: Part) -> PartRead:
        """Return the shape of a part."""
        stock = part.stock
        return PartRead(
            series_id=part.series.id,
            title=part.series.title,
            terms_hash=part.series.terms_hash,
            prices=prices_of(part),
            quantity=stock.quantity,
            left=stock.left,
            held=stock.held,
            sold=stock.sold,
        )


class OfferRead(BaseModel):
    """What a buyer picks; `left` counts units of the offer."""

    id: UUID
    title: str
    kind: str
    discount_bp: int
    left: int
    parts: list[PartRead]


class PhaseRead(BaseModel):
    """A phase: when and for whom. `params` only its organizer sees."""

    id: UUID
    name: str
    kind: str
    who: str
    opens_at: datetime
    closes_at: datetime
    quantity: int | None
    taken: int
    per_holder: int | None
    discount_bp: int


class ShareRead(BaseModel):
    """Another organizer's part of the revenue."""

    partner: str
    partner_name: str
    share_bp: int
    accepted_at: datetime | None


class DropPublic(Counts):
    """A Drop as everybody may read it."""

    id: UUID
    slug: str
    title: str
    summary: str
    proof: str
    image_url: str
    mode: str
    state: str
    opens_at: datetime
    closes_at: datetime
    per_holder: int
    waiting_room: bool
    offers: list[OfferRead]
    phases: list[PhaseRead]
    shares: list[ShareRead]
    as_of: datetime


class DropRead(DropPublic):
    """A Drop as its organizer sees it; `waits_for` says why it does not open, if it does not."""

    calendar_id: UUID
    hold_seconds: int
    listed: bool
    version: int
    waits_for: list[str]
    given_back: int
    phase_params: dict[UUID, dict[str, str]]
    ended_at: datetime | None
    settled_at: datetime | None


class SettlementRead(BaseModel):
    """What a Drop sold and took, and what is whose; final once `settled_at` is there."""

    sold: int
    revenue: list[shapes.MoneyRead]
    lead: list[shapes.MoneyRead]
    partners: dict[str, list[shapes.MoneyRead]]
    settled_at: datetime | None


def prices_of(part: Part) -> dict[str, shapes.MoneyRead]:
    """Return what a part costs by currency: the list price, unless the Drop has one for it."""
    listed = {part.series.currency: str(part.series.price_minor)}
    stated: dict[str, str] = json.loads(part.stock.prices)
    return {
        currency: shapes.MoneyRead.of(int(minor), currency)
        for currency, minor in (listed | stated).items()
    }


def public(session: Session, shop: Shop, *, now: datetime) -> DropPublic:
    """Return what everybody may read of a Drop."""
    return DropPublic(**_public(session, shop, now))


def own(session: Session, shop: Shop, *, now: datetime) -> DropRead:
    """Return a Drop as its organizer sees it."""
    drop = shop.drop
    said = _public(session, shop, now)
    return DropRead(
        **said,
        calendar_id=drop.calendar_id,
        hold_seconds=drop.hold_seconds,
        listed=drop.listed,
        version=drop.version,
        waits_for=[one.partner_name for one in said["shares"] if one.accepted_at is None],
        given_back=sum(stock.given_back for stock in shop.stocks),
        phase_params={phase.id: json.loads(phase.params) for phase in shop.phases},
        ended_at=drop.ended_at,
        settled_at=drop.settled_at,
    )


def _public(session: Session, shop: Shop, now: datetime) -> dict[str, Any]:
    drop = shop.drop
    return {
        **{name: getattr(drop, name) for name in _SAID},
        "state": shop.state(now),
        "offers": [_offer(shop, offer) for offer in shop.offers],
        "phases": [_phase(phase) for phase in shop.phases],
        "shares": [_share(session, one) for one in shop.shares],
        "quantity": shop.left + shop.held + shop.sold,
        "left": shop.left,
        "held": shop.held,
        "sold": shop.sold,
        "as_of": now,
    }


_SAID = (
    "id",
    "slug",
    "title",
    "summary",
    "proof",
    "image_url",
    "mode",
    "opens_at",
    "closes_at",
    "per_holder",
    "waiting_room",
)


def _offer(shop: Shop, offer: Offered) -> OfferRead:
    return OfferRead(
        id=offer.row.id,
        title=offer.row.title,
        kind=offer.row.kind,
        discount_bp=offer.row.discount_bp,
        left=shop.left_of(offer),
        parts=[PartRead.of_part(part) for part in offer.parts],
    )


def _phase(row: DropPhase) -> PhaseRead:
    return PhaseRead(**row.model_dump(), who=KINDS[row.kind].words)


def _share(session: Session, row: DropShare) -> ShareRead:
    partner = session.get_one(Organizer, row.partner_id)
    return ShareRead(
        partner=partner.slug,
        partner_name=partner.name,
        share_bp=row.share_bp,
        accepted_at=row.accepted_at,
    )


def settlement(
    session: Session, found: shares.Settlement, settled_at: datetime | None
) -> SettlementRead:
    """Return the shape of a settlement."""
    return SettlementRead(
        sold=found.sold,
        revenue=_amounts(found.revenue),
        lead=_amounts(found.lead),
        partners={
            session.get_one(Organizer, partner).slug: _amounts(part)
            for partner, part in found.parts.items()
        },
        settled_at=settled_at,
    )


def _amounts(by_currency: Mapping[str, int]) -> list[shapes.MoneyRead]:
    return [shapes.MoneyRead.of(by_currency[code], code) for code in sorted(by_currency)]
