"""How many places an escrow Series has left, counted from orders and from the contract."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from passes_service.catalog.escrow import Placed
from passes_service.db.models import ChainOrder

HOLDING: Final = ("open", "seen", "completed")


def places_left(session: Session, found: Placed) -> int:
    """Return how many passes may still be ordered, outside of Drops.

    In a ticketed Series every purchase spends a ticket of ours, so what is taken is what orders
    took. Where the contract says that more was minted, its word counts: held places come on top.
    """
    series, place = found.series, found.place
    taken = place.minted
    if place.ticketed:
        held = dict(
            session.exec(
                select(ChainOrder.state, func.sum(ChainOrder.quantity))
                .where(
                    ChainOrder.organizer_id == series.organizer_id,
                    ChainOrder.series_id == series.id,
                    col(ChainOrder.state).in_(HOLDING),
                )
                .group_by(col(ChainOrder.state))
            ).all()
        )
        taken = max(int(sum(held.values())), place.minted + int(held.get("open", 0)))
    return max(series.cap - taken - series.set_aside, 0)
