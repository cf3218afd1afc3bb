"""Escrow Series in a Drop: the contract takes the money, tickets of ours let nobody else in."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import escrow, escrow_left
from passes_service.catalog.escrow import Placed
from passes_service.db.models import Series
from passes_service.drops.errors import DropSoldElsewhere
from passes_service.drops.plan import Plan, StockPlan
from passes_service.drops.texts import refuse
from passes_service.passes.errors import SoldOut


def places_left(session: Session, row: Series, plan: StockPlan, field: str) -> int:
    """Return how many places of an escrow Series a Drop could sell.

    Raises:
        DropSoldElsewhere: Its contract sells to anybody, or it is not created there yet.
        DropInvalid: Prices of our own: the contract asks its list price.
    """
    try:
        found = escrow.placed(session, organizer_id=row.organizer_id, series_id=row.id)
    except NotFound as error:
        raise DropSoldElsewhere(f"“{row.title}” is on no chain yet.", field=field) from error
    if found.place.state != "open":
        raise DropSoldElsewhere(f"“{row.title}” is not created on chain yet.", field=field)
    if not found.place.ticketed:
        raise DropSoldElsewhere(
            f"The contract sells “{row.title}” to anybody; a Drop needs one that asks for tickets.",
            field=field,
        )
    if plan.prices:
        raise refuse(f"The contract asks its list price for “{row.title}”.", f"{field}.prices")
    return escrow_left.places_left(session, found)


def check_discounts(plan: Plan, rows: Mapping[UUID, Series]) -> None:
    """Refuse discounts on what a contract sells, and bundles of it.

    Raises:
        DropInvalid: There are some.
    """
    if not any(row.funding == "escrow" for row in rows.values()):
        return
    for index, phase in enumerate(plan.phases):
        if phase.discount_bp:
            raise refuse("A contract takes nothing off its price.", f"phases[{index}].discount_bp")
    for index, offer in enumerate(plan.offers):
        if offer.kind != "single" and any(
            rows[each].funding == "escrow" for each in offer.series_ids if each in rows
        ):
            raise refuse("A contract sells one Series at a time.", f"offers[{index}].kind")


def set_aside(session: Session, row: Series, count: int) -> None:
    """Set places of an escrow Series aside; nobody else counts its places meanwhile.

    Raises:
        SoldOut: There are not as many left.
    """
    session.exec(
        select(Series.id)
        .where(Series.organizer_id == row.organizer_id, Series.id == row.id)
        .with_for_update()
    ).one()
    session.refresh(row)
    found: Placed = escrow.placed(session, organizer_id=row.organizer_id, series_id=row.id)
    if count > escrow_left.places_left(session, found):
        raise SoldOut(f"There are no {count} places left to set aside.", count=count)
    session.execute(
        update(Series)
        .where(col(Series.organizer_id) == row.organizer_id, col(Series.id) == row.id)
        .values(set_aside=col(Series.set_aside) + count)
    )
