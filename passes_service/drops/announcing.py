"""The stored state of a Drop follows the clock and the stock; each event is told exactly once.

Nothing waits for this: what counts at an instant is `standing`. Here the world is told, unsold
places go back to their Series, and the Drop is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import update
from sqlmodel import Session, and_, col, or_, select

from passes_service.core.drop_events import DropClosed, DropOpened, DropSettled, DropSoldOut
from passes_service.core.events import Event
from passes_service.db import outbox
from passes_service.db.models import Drop, DropStock, Order, OutboxEvent
from passes_service.drops import reading, shares
from passes_service.passes import places

OPENED = DropOpened.type


def announce(session: Session, *, now: datetime) -> None:
    """Move every Drop on that time or stock has moved; see `advance`."""
    for organizer_id, drop_id in due(session, now=now):
        advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)


def due(session: Session, *, now: datetime) -> Sequence[tuple[UUID, UUID]]:
    """Return the Drops that may have something to tell, as (organizer, Drop)."""
    return session.exec(
        select(Drop.organizer_id, Drop.id)
        .where(
            or_(
                and_(col(Drop.state) == "scheduled", col(Drop.opens_at) <= now),
                and_(col(Drop.state) == "paused", col(Drop.closes_at) <= now),
                col(Drop.state).in_(("open", "sold_out", "closed")),
            )
        )
        .order_by(col(Drop.organizer_id), col(Drop.id))
    ).all()


def advance(session: Session, *, organizer_id: UUID, drop_id: UUID, now: datetime) -> Drop:
    """Move one Drop to where it stands, tell what is new, and end it when it is over.

    The row is held: of two at once the second finds nothing left to tell. A clock that jumps back
    takes nothing back that was told.
    """
    drop = hold(session, organizer_id=organizer_id, drop_id=drop_id)
    target = reading.of(session, drop).state(now)
    opened = target in ("open", "sold_out") or (
        target == "closed" and drop.state in ("scheduled", "open", "sold_out") and drop.agreed
    )
    if opened:
        _tell(session, drop, DropOpened(organizer_id=organizer_id, drop_id=drop_id), now)
    if target == "sold_out":
        _tell(session, drop, DropSoldOut(organizer_id=organizer_id, drop_id=drop_id), now)
    if target == "closed":
        end(session, drop, now=now)
    elif target != "scheduled" and target != drop.state:
        drop.state = target
        session.add(drop)
        session.flush()
    return drop


def hold(session: Session, *, organizer_id: UUID, drop_id: UUID) -> Drop:
    """Return a Drop that nobody else moves until this transaction ends.

    Orders go on meanwhile: they only refer to it.
    """
    found = reading.get(session, organizer_id=organizer_id, drop_id=drop_id)
    session.refresh(found, with_for_update={"key_share": True})
    return found


def was_opened(session: Session, drop: Drop) -> bool:
    """Tell whether this Drop's opening was announced."""
    key = (drop.organizer_id, uuid5(drop.id, OPENED))
    return session.get(OutboxEvent, key) is not None


def end(session: Session, drop: Drop, *, now: datetime) -> None:
    """Close a Drop that is held, give back what was not sold, settle it: as far as it can go now.

    Places are given back once nobody holds any, settled it is once every order has ended.
    """
    if drop.state not in ("closed", "settled"):
        drop.state = "closed"
        opened = was_opened(session, drop)
        closed = DropClosed(organizer_id=drop.organizer_id, drop_id=drop.id, opened=opened)
        _tell(session, drop, closed, now)
    if drop.ended_at is None and _give_back(session, drop):
        drop.ended_at = now
    if drop.state == "closed" and drop.ended_at is not None and not _running(session, drop):
        drop.state, drop.settled_at = "settled", now
        _settled(session, drop, now)
    session.add(drop)
    session.flush()


def _give_back(session: Session, drop: Drop) -> bool:
    """Give what was not sold back to the Series, unless somebody still holds places."""
    mine = (
        col(DropStock.organizer_id) == drop.organizer_id,
        col(DropStock.drop_id) == drop.id,
    )
    stocks = session.exec(
        select(DropStock)
        .where(*mine)
        .order_by(col(DropStock.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if any(stock.held for stock in stocks):
        return False
    unsold = {stock.series_id: stock.left for stock in stocks}
    # What is given back can no longer be taken here, also by a call that is under way.
    session.execute(
        update(DropStock)
        .where(*mine)
        .values(
            given_back=col(DropStock.given_back) + col(DropStock.quantity) - col(DropStock.sold),
            quantity=col(DropStock.sold),
        )
    )
    for series_id in sorted(unsold):
        places.give_back(
            session,
            organizer_id=drop.organizer_id,
            series_id=series_id,
            count=unsold[series_id],
        )
    return True


def _running(session: Session, drop: Drop) -> bool:
    """Tell whether an order of this Drop may still become passes or end without."""
    found = session.exec(
        select(Order.id)
        .where(
            Order.organizer_id == drop.organizer_id,
            Order.drop_id == drop.id,
            col(Order.state).in_(("held", "placed")),
        )
        .limit(1)
    ).first()
    return found is not None


def _settled(session: Session, drop: Drop, now: datetime) -> None:
    final = shares.settlement(session, drop)
    event = DropSettled(
        organizer_id=drop.organizer_id,
        drop_id=drop.id,
        sold=final.sold,
        revenue={currency: str(minor) for currency, minor in final.revenue.items()},
    )
    _tell(session, drop, event, now)


def _tell(session: Session, drop: Drop, event: Event, now: datetime) -> None:
    """Tell an event once in the life of a Drop, whoever comes to it and how often."""
    outbox.add_once(session, event, event_id=uuid5(drop.id, event.type), now=now)
