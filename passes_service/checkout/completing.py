"""From a paid order to its passes, in the transaction that learns of the money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.checkout import ending
from passes_service.checkout.errors import OrderEnded
from passes_service.core import pass_id as pass_numbers
from passes_service.core.order_events import OrderCompleted
from passes_service.db import outbox
from passes_service.db.models import Drop, Order, OrderLine, Pass
from passes_service.drops import queue, raffle
from passes_service.passes import places
from passes_service.passes import service as passes


def complete(
    session: Session, order: Order, *, provider: str, actor: str, now: datetime
) -> list[Pass]:
    """Issue the passes of a placed order, whose places it still holds.

    Raises:
        OrderEnded: It is not placed (any more); nothing changed.
    """
    moved, holder_id = _move(session, order, now)
    ending.sell(session, moved)
    issued = _issue(session, moved, holder_id, provider, actor, now)
    _tell(session, moved, holder_id, issued, now)
    return issued


def complete_minted(session: Session, order: Order, minted: list[Pass], *, now: datetime) -> None:
    """Complete an order whose passes a contract has minted.

    Raises:
        OrderEnded: It is not placed (any more); nothing changed.
    """
    moved, holder_id = _move(session, order, now)
    ending.sell(session, moved)
    _tell(session, moved, holder_id, minted, now)


def _move(session: Session, order: Order, now: datetime) -> tuple[Order, UUID]:
    moved = session.scalars(
        update(Order)
        .where(
            col(Order.organizer_id) == order.organizer_id,
            col(Order.id) == order.id,
            col(Order.state) == "placed",
        )
        .values(state="completed", completed_at=now)
        .returning(Order),
        execution_options={"populate_existing": True},
    ).first()
    if moved is None or moved.holder_id is None:
        raise OrderEnded("This order cannot be completed.", state=order.state)
    return moved, moved.holder_id


def _tell(
    session: Session, order: Order, holder_id: UUID, issued: Sequence[Pass], now: datetime
) -> None:
    here = {"organizer_id": order.organizer_id, "drop_id": order.drop_id}
    drop = session.get_one(Drop, (order.organizer_id, order.drop_id))
    if drop.waiting_room:
        queue.leave(session, **here, subject=order.subject, now=now)
    if drop.mode == "raffle":
        raffle.mark_taken(session, **here, holder_id=holder_id)
    event = OrderCompleted(
        **here,
        order_id=order.id,
        holder_id=holder_id,
        pass_ids=[str(row.pass_id) for row in issued],
    )
    outbox.add(session, event, now=now)


def _issue(
    session: Session, order: Order, holder_id: UUID, provider: str, actor: str, now: datetime
) -> list[Pass]:
    lines = sorted(lines_of(session, order), key=lambda line: (line.series_id, line.position))
    taken = []
    # All Series first, then the holder's row: somebody else takes one of them for the same person.
    for series_id, some in groupby(lines, key=lambda line: line.series_id):
        these = list(some)
        series = places.take(
            session, organizer_id=order.organizer_id, series_id=series_id, count=len(these)
        )
        taken.append((series, these))
    issued = []
    for series, these in taken:
        for serial, line in enumerate(these, start=series.issued - len(these) + 1):
            fresh = Pass(
                organizer_id=order.organizer_id,
                pass_id=pass_numbers.compose(series.series_no, serial),
                series_id=series.id,
                serial=serial,
                holder_id=holder_id,
                payer_id=holder_id,
                paid_minor=line.paid_minor,
                currency=order.currency,
                provider=provider if line.paid_minor else "free",
                bought_at=now.replace(microsecond=0),
                created_at=now,
            )
            row = passes.issue_as(session, fresh, series=series, actor=actor, now=now)
            line.pass_row_id = row.id
            session.add(line)
            issued.append(row)
    session.flush()
    return issued


def lines_of(session: Session, order: Order) -> Sequence[OrderLine]:
    """Return the lines of an order, in their order."""
    return session.exec(
        select(OrderLine)
        .where(OrderLine.organizer_id == order.organizer_id, OrderLine.order_id == order.id)
        .order_by(col(OrderLine.position))
    ).all()
