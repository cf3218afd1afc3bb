"""Scheduling a Drop: one plan, checked as a whole, its places set aside in the same transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from passes_service.catalog import calendars
from passes_service.core.drop_events import DropScheduled
from passes_service.db import outbox
from passes_service.db.models import (
    Drop,
    DropOffer,
    DropPart,
    DropPhase,
    DropStock,
    Series,
    new_id,
)
from passes_service.db.upsert import insert_if_absent
from passes_service.drops import checking, marks, selling_on_chain, shares, texts
from passes_service.drops.errors import DropSlugTaken, DropTooMany
from passes_service.drops.plan import OfferPlan, PhasePlan, Plan, StockPlan
from passes_service.passes import places
from passes_service.passes.errors import SoldOut

_OF_DROP = (
    "title",
    "slug",
    "summary",
    "proof",
    "image_url",
    "mode",
    "opens_at",
    "closes_at",
    "per_holder",
    "hold_seconds",
    "waiting_room",
    "listed",
)


def schedule(session: Session, *, organizer_id: UUID, plan: Plan, now: datetime) -> Drop:
    """Schedule a Drop: all of the plan is stored, or nothing.

    Its places are set aside in the Series, so that nothing else can sell them. With shares it
    opens once every partner has accepted.

    Raises:
        DropInvalid, DropSlugTaken, DropSoldElsewhere, DropTooMany, SeriesClosed, MoneyInvalid,
        EditionUnfit, ShareUnfit, FieldRefused: `members["field"]` names what does not fit.
        NotFound: A Series, list or partner is not there, or not this organizer's.
    """
    stated = texts.checked({name: getattr(plan, name) for name in _OF_DROP})
    texts.check_times(plan.opens_at, plan.closes_at, now=now)
    rows = checking.stocks(session, organizer_id=organizer_id, plan=plan)
    offers = checking.offers(session, organizer_id=organizer_id, plan=plan, rows=rows)
    selling_on_chain.check_discounts(plan, rows)
    phases = checking.phases(
        session,
        organizer_id=organizer_id,
        phases=plan.phases,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
    )
    if plan.mode == "raffle":
        checking.raffle(plan, phases, now=now)
    calendar_id = rows[plan.stocks[0].series_id].calendar_id
    # Before the Series, as everybody does who needs both; see `marks.followers`.
    calendars.lock(session, organizer_id=organizer_id, calendar_id=calendar_id)
    drop = _drop(session, organizer_id, stated, calendar_id, now)
    add_phases(session, drop, phases, now)
    _offers(session, drop, offers, _stocks(session, drop, plan.stocks, now), now)
    for share in plan.shares:
        shares.offer(session, drop, partner_id=share.partner_id, share_bp=share.share_bp, now=now)
    _set_aside(session, plan, rows)
    marks.followers(session, drop)
    outbox.add(session, DropScheduled(organizer_id=organizer_id, drop_id=drop.id), now=now)
    return drop


def _drop(
    session: Session,
    organizer_id: UUID,
    stated: dict[str, Any],
    calendar_id: UUID,
    now: datetime,
) -> Drop:
    row = Drop(
        organizer_id=organizer_id,
        calendar_id=calendar_id,
        created_at=now,
        changed_at=now,
        **stated,
    )
    if not insert_if_absent(session, Drop, row.model_dump()):
        raise DropSlugTaken(f"Another Drop is at “{row.slug}”.", field="slug")
    return session.get_one(Drop, (organizer_id, row.id))


def add_phases(session: Session, drop: Drop, planned: Sequence[PhasePlan], now: datetime) -> None:
    """Store the phases of a Drop, checked before, in their order."""
    for position, phase in enumerate(planned):
        session.add(
            DropPhase(
                organizer_id=drop.organizer_id,
                drop_id=drop.id,
                position=position,
                name=" ".join(phase.name.split()),
                kind=phase.kind,
                params=json.dumps(dict(phase.params), sort_keys=True),
                opens_at=phase.opens_at,
                closes_at=phase.closes_at,
                quantity=phase.quantity,
                per_holder=phase.per_holder,
                discount_bp=phase.discount_bp,
                created_at=now,
            )
        )


def _stocks(
    session: Session, drop: Drop, planned: tuple[StockPlan, ...], now: datetime
) -> dict[UUID, UUID]:
    """Store the stocks; return the id of each by its Series."""
    found: dict[UUID, UUID] = {}
    for stock in planned:
        found[stock.series_id] = new_id()
        session.add(
            DropStock(
                id=found[stock.series_id],
                organizer_id=drop.organizer_id,
                drop_id=drop.id,
                series_id=stock.series_id,
                quantity=stock.quantity,
                prices=json.dumps({name: str(minor) for name, minor in stock.prices.items()}),
                created_at=now,
            )
        )
    session.flush()
    return found


def _offers(
    session: Session,
    drop: Drop,
    planned: tuple[OfferPlan, ...],
    stocks: Mapping[UUID, UUID],
    now: datetime,
) -> None:
    for position, offer in enumerate(planned):
        row = DropOffer(
            organizer_id=drop.organizer_id,
            drop_id=drop.id,
            position=position,
            title=" ".join(offer.title.split()),
            kind=offer.kind,
            discount_bp=offer.discount_bp,
            created_at=now,
        )
        session.add(row)
        session.flush()
        session.add_all(
            DropPart(
                organizer_id=drop.organizer_id,
                offer_id=row.id,
                stock_id=stocks[series_id],
                step=step,
            )
            for step, series_id in enumerate(offer.series_ids)
        )
    session.flush()


def _set_aside(session: Session, plan: Plan, rows: Mapping[UUID, Series]) -> None:
    """Set the places aside, Series by Series in one order: two plans cannot deadlock."""
    for stock in sorted(plan.stocks, key=lambda each: each.series_id):
        row = rows[stock.series_id]
        scope = {"organizer_id": row.organizer_id, "series_id": row.id}
        try:
            if row.funding == "escrow":
                selling_on_chain.set_aside(session, row, stock.quantity)
            else:
                places.set_aside(session, **scope, count=stock.quantity)
        except SoldOut as error:
            said = f"“{row.title}” has sold more meanwhile: fewer than {stock.quantity} are left."
            raise DropTooMany(said, field="stocks") from error
