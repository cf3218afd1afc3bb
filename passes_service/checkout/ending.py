"""Orders that end without a sale: their places, their coupon and their count go back.

An order is moved by a conditional update first; what it held goes back in the same transaction, so
every snapshot adds up. Doing it twice finds nothing to move.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from passes_service.checkout import coupons, till
from passes_service.checkout.errors import OrderDone, OrderEnded, PaymentOpen
from passes_service.core.order_events import OrderEnded as OrderEndedEvent
from passes_service.core.order_events import PaymentDropped
from passes_service.db import outbox
from passes_service.db.models import DropPhase, DropStock, Order, Payment
from passes_service.drops import queue

LIVE = ("held", "placed")
_AT_ONCE = 500


def expire(session: Session, *, now: datetime) -> int:
    """End the orders of all organizers whose time is over; return how many.

    Several workers may do this at once: each takes orders that no other one has.
    """
    due = session.exec(
        select(Order)
        .where(col(Order.state).in_(LIVE), col(Order.hold_until) <= now, ~_on_chain())
        .order_by(col(Order.organizer_id), col(Order.id))
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    told = "The time to pay was over."
    moved = [
        row for each in due if (row := _move(session, each, "expired", told, now=now)) is not None
    ]
    for organizer_id, some in groupby(moved, key=lambda row: row.organizer_id):
        coupons.give_back(session, organizer_id, list(some))  # a code may be good for many Drops
    by_drop: dict[tuple[UUID, UUID], list[Order]] = {}
    for row in moved:
        by_drop.setdefault((row.organizer_id, row.drop_id), []).append(row)
    for key in sorted(by_drop):
        _give_back_places(session, by_drop[key], now)
    return len(moved)


def _on_chain() -> Any:
    """Tell which orders a wallet may still pay: our clock does not end those, the chain does."""
    return exists().where(
        col(Payment.organizer_id) == col(Order.organizer_id),
        col(Payment.order_id) == col(Order.id),
        col(Payment.provider) == "onchain",
        col(Payment.state).in_(("created", "pending")),
    )


def cancel(session: Session, order: Order, *, reason: str, now: datetime) -> Order:
    """End an order because the buyer, or staff, gives it up.

    Raises:
        OrderDone: It is completed: giving passes up is a refund.
        OrderEnded: It has ended already.
        PaymentOpen: A contract may still take the money for it.
    """
    if _may_still_be_paid_on_chain(session, order):
        raise PaymentOpen("A wallet may still use its ticket; the order ends when nobody can.")
    moved = _move(session, order, "cancelled", reason, now=now)
    if moved is None:
        was = session.get_one(Order, (order.organizer_id, order.id), populate_existing=True).state
        if was == "completed":
            raise OrderDone("The passes of this order are issued.")
        raise OrderEnded(f"It was {was} before.", state=was)
    give_back(session, [moved], now=now)
    return moved


def _may_still_be_paid_on_chain(session: Session, order: Order) -> bool:
    mine = (Order.organizer_id == order.organizer_id, Order.id == order.id)
    return session.exec(select(Order.id).where(*mine, _on_chain())).first() is not None


def _move(
    session: Session, order: Order, state: str, reason: str, *, now: datetime
) -> Order | None:
    return session.scalars(
        update(Order)
        .where(
            col(Order.organizer_id) == order.organizer_id,
            col(Order.id) == order.id,
            col(Order.state).in_(LIVE),
        )
        .values(state=state, ended_at=now, end_reason=reason)
        .returning(Order),
        execution_options={"populate_existing": True},
    ).first()


def give_back(session: Session, orders: Sequence[Order], *, now: datetime) -> None:
    """Return what ended orders of one Drop held: coupons, stock, phase, limits, waiting room."""
    coupons.give_back(session, orders[0].organizer_id, orders)
    _give_back_places(session, orders, now)


def _give_back_places(session: Session, orders: Sequence[Order], now: datetime) -> None:
    organizer_id, drop_id = orders[0].organizer_id, orders[0].drop_id
    held: Counter[UUID] = Counter()
    for order in orders:
        held.update(taken_of(order))
    for stock_id in sorted(held):
        _change(session, organizer_id, stock_id, held=-held[stock_id])
    counts: Counter[str] = Counter()
    by_phase: Counter[UUID] = Counter()
    for order in orders:
        phase = session.get_one(DropPhase, (organizer_id, order.phase_id))
        by_phase[phase.id] += order.quantity
        for bucket in till.buckets(phase, order.subject):
            counts[bucket] += order.quantity
    for phase_id in sorted(by_phase):
        till.count_phase(session, organizer_id, phase_id, -by_phase[phase_id])
    till.less_taken(session, organizer_id=organizer_id, drop_id=drop_id, counts=counts)
    for order in orders:
        _drop_payments(session, order, now)
        queue.leave(
            session, organizer_id=organizer_id, drop_id=drop_id, subject=order.subject, now=now
        )
        event = OrderEndedEvent(
            organizer_id=organizer_id, order_id=order.id, state=order.state, drop_id=drop_id
        )
        outbox.add(session, event, now=now)


def _drop_payments(session: Session, order: Order, now: datetime) -> None:
    """Let the provider take nothing more for an order that has ended."""
    rows = session.exec(
        select(Payment).where(
            Payment.organizer_id == order.organizer_id,
            Payment.order_id == order.id,
            col(Payment.state).in_(("created", "pending", "failed")),
            Payment.provider == "stripe",
        )
    )
    for row in rows:
        event = PaymentDropped(organizer_id=row.organizer_id, payment_id=row.id)
        outbox.add(session, event, now=now)


def sell(session: Session, order: Order) -> None:
    """Turn the places that an order holds into sold ones."""
    for stock_id, count in sorted(taken_of(order).items()):
        _change(session, order.organizer_id, stock_id, held=-count, sold=count)


def taken_of(order: Order) -> Counter[UUID]:
    """Return how many places of which stock an order has."""
    return Counter({UUID(stock_id): count for stock_id, count in json.loads(order.takes)})


def _change(session: Session, organizer_id: UUID, stock_id: UUID, **by: int) -> None:
    changes: dict[str, Any] = {name: getattr(DropStock, name) + count for name, count in by.items()}
    session.execute(
        update(DropStock)
        .where(col(DropStock.organizer_id) == organizer_id, col(DropStock.id) == stock_id)
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
