"""A Drop for tests: a season whose Series is sold by one, with as little said as possible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from passes_service.bootstrap import Services
from passes_service.catalog import series, terms
from passes_service.core.money import Money
from passes_service.db.models import Drop, DropOffer, DropStock, Series
from passes_service.drops import reading, scheduling
from passes_service.drops.plan import OfferPlan, PhasePlan, Plan, StockPlan
from passes_service.drops.reading import Shop
from tests.season import DRAFT, PRICE, Season

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Made:
    """What `drop` made: the Drop, its first offer and first stock, and all of it as a Shop."""

    drop: Drop
    offer: DropOffer
    stock: DropStock
    shop: Shop


def drop(
    services: Services,
    made: Season,
    *,
    quantity: int = 5,
    opens_in: timedelta = timedelta(0),
    open_for: timedelta = DAY,
    prices: Mapping[str, int] | None = None,
    phases: tuple[PhasePlan, ...] = (),
    stocks: tuple[StockPlan, ...] = (),
    offers: tuple[OfferPlan, ...] = (),
    slug: str = "the-drop",
    **more: Any,
) -> Made:
    """Schedule a Drop of `made.series`, open now for a day unless said otherwise.

    A season's Series has a cap of 5, or what `season(services, cap=...)` says.
    """
    opens_at = services.clock() + opens_in
    planned = Plan(
        title=more.pop("title", "The Drop"),
        slug=slug,
        opens_at=opens_at,
        closes_at=opens_at + open_for,
        stocks=stocks
        or (StockPlan(series_id=made.series.id, quantity=quantity, prices=prices or {}),),
        offers=offers,
        phases=phases,
        **more,
    )
    with services.database.transaction() as session:
        row = scheduling.schedule(
            session, organizer_id=made.organizer_id, plan=planned, now=services.clock()
        )
        key = row.id
    shop = look(services, made.organizer_id, key)
    return Made(shop.drop, shop.offers[0].row, shop.stocks[0], shop)


def look(services: Services, organizer_id: UUID, drop_id: UUID) -> Shop:
    """Return a Drop as it is now."""
    with services.database.reading() as session:
        return reading.load(session, organizer_id=organizer_id, drop_id=drop_id)


def another_series(
    services: Services,
    made: Season,
    *,
    title: str = "Evening pass",
    cap: int = 5,
    price: Money = PRICE,
    **draft: Any,
) -> Series:
    """Open one more Series in the season, under Terms of its own."""
    now = services.clock()
    with services.database.transaction() as session:
        document = terms.draft(
            session,
            organizer_id=made.organizer_id,
            calendar_id=made.calendar.id,
            typed={**DRAFT, "title": title, "cap": cap, **draft},
        )
        name = terms.publish(
            session,
            organizer_id=made.organizer_id,
            calendar_id=made.calendar.id,
            document=document,
            now=now,
        )
        return series.open_series(
            session, organizer_id=made.organizer_id, terms_hash=name, price=price, now=now
        )


def phase(services: Services, kind: str = "public", **more: Any) -> PhasePlan:
    """Plan a phase from now for a day, unless `opens_in` and `open_for` (timedeltas) say."""
    opens_at = services.clock() + more.pop("opens_in", timedelta(0))
    closes_at = opens_at + more.pop("open_for", DAY)
    name = more.pop("name", kind.title())
    return PhasePlan(name=name, kind=kind, opens_at=opens_at, closes_at=closes_at, **more)


def take(services: Services, stock: DropStock, *, held: int = 0, sold: int = 0) -> None:
    """Set how many places of a stock are held and sold, as a checkout would have done."""
    with services.database.transaction() as session:
        row = session.get_one(DropStock, (stock.organizer_id, stock.id))
        row.held, row.sold = held, sold
        session.add(row)
