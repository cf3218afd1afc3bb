"""Orders that a contract is paid for: a place held in the book, a ticket for it, the log's word.

The book fixes the price that the contract asks and nothing else: no discounts, one currency. Once
a ticket is signed our clock ends nothing: the order ends when a final block says that the ticket
was spent, or that nobody can spend it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.checkout import completing, ending
from passes_service.checkout.errors import OrderNotPlaced, SumDiffers, WayUnfit
from passes_service.db.models import Order, OrderLine, Pass, Payment, Series

PROVIDER = "onchain"


def series_of(session: Session, order: Order) -> Series:
    """Return the one Series of an order that a contract sells.

    Raises:
        OrderNotPlaced: It has no buyer and price yet.
        WayUnfit: It is of several Series, or the book sells it.
        SumDiffers: Its price is not the contract's.
    """
    lines = completing.lines_of(session, order)
    if order.state != "placed" or not lines:
        raise OrderNotPlaced("Name the buyer first.")
    found = session.get_one(Series, (order.organizer_id, lines[0].series_id))
    if any(line.series_id != found.id for line in lines) or found.funding != "escrow":
        raise WayUnfit("A contract sells one Series at a time, and this is none of its own.")
    if order.total_minor != found.price_minor * len(lines) or order.currency != found.currency:
        raise SumDiffers("The contract asks its list price, and takes nothing off.")
    return found


def payment_of(session: Session, *, organizer_id: UUID, chain_order_id: UUID) -> Payment | None:
    """Return the payment that an order on chain was placed for, if a checkout did."""
    return session.exec(
        select(Payment).where(
            Payment.organizer_id == organizer_id,
            Payment.provider == PROVIDER,
            Payment.reference == str(chain_order_id),
        )
    ).first()


def attach(
    session: Session, order: Order, payment: Payment, *, chain_order_id: UUID, until: datetime
) -> Payment:
    """Name the order on chain that a payment waits for; the places are held at least as long."""
    payment.reference, payment.state = str(chain_order_id), "pending"
    order.hold_until = max(order.hold_until, until)
    session.add(payment)
    session.add(order)
    session.flush()
    return payment


def complete(session: Session, payment: Payment, pass_ids: Sequence[int], *, now: datetime) -> bool:
    """Complete the order of a purchase that is final; its passes are those that were minted."""
    if not _move(session, payment, "succeeded", now):
        return False
    order = session.get_one(Order, (payment.organizer_id, payment.order_id), populate_existing=True)
    rows = session.exec(
        select(Pass)
        .where(Pass.organizer_id == payment.organizer_id, col(Pass.pass_id).in_(pass_ids))
        .order_by(col(Pass.serial))
    ).all()
    for line, row in zip(completing.lines_of(session, order), rows, strict=False):
        _link(session, line, row)
    completing.complete_minted(session, order, list(rows), now=now)
    return True


def end(session: Session, payment: Payment, *, now: datetime) -> bool:
    """End the order of a ticket that nobody can spend any more; its places come back."""
    if not _move(session, payment, "cancelled", now):
        return False
    order = session.get_one(Order, (payment.organizer_id, payment.order_id), populate_existing=True)
    if order.state not in ending.LIVE:
        return False
    _promise_again(session, order)
    ending.cancel(session, order, reason="The ticket was not used in time.", now=now)
    return True


def _promise_again(session: Session, order: Order) -> None:
    """Set the places aside again: the order on chain had them."""
    for line in completing.lines_of(session, order):
        session.execute(
            update(Series)
            .where(col(Series.organizer_id) == order.organizer_id, col(Series.id) == line.series_id)
            .values(set_aside=col(Series.set_aside) + 1)
        )


def _link(session: Session, line: OrderLine, row: Pass) -> None:
    line.pass_row_id = row.id
    session.add(line)


def _move(session: Session, payment: Payment, state: str, now: datetime) -> bool:
    moved = session.execute(
        update(Payment)
        .where(
            col(Payment.organizer_id) == payment.organizer_id,
            col(Payment.id) == payment.id,
            col(Payment.state).in_(("created", "pending")),
        )
        .values(
            state=state,
            confirmed_at=now if state == "succeeded" else None,
            looked_at=now,
        )
        .returning(col(Payment.id))
        .execution_options(synchronize_session=False)
    ).first()
    return moved is not None
