"""Payments of orders: the intent is written before a provider is asked, its answers after.

    created -> pending -> succeeded          created, pending -> failed | cancelled
    failed, cancelled -> succeeded           the provider said yes late: it counts

Each step is a conditional update, so an answer that comes twice, late or out of order changes
nothing twice. Success is final; what follows from it is decided in the same transaction.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.checkout import asking, completing, disputes, late, returning
from passes_service.checkout.errors import (
    OrderNotPlaced,
    PaymentAlreadyMade,
    PaymentOpen,
    WayUnfit,
)
from passes_service.core.money import Money, format_amount
from passes_service.core.order_events import PaymentDropped, PaymentFailed
from passes_service.db import outbox
from passes_service.db.models import Order, Payment, new_id
from passes_service.payments.model import PaymentAnswer

TIME_TO_PAY = timedelta(minutes=15)
"""Once, when somebody begins to pay, places are held for at least this long."""
OPEN = ("created", "pending")


def start(
    session: Session,
    order: Order,
    *,
    provider: str,
    way: str,
    return_url: str = "",
    now: datetime,
) -> Payment:
    """Write down that a live order is about to be paid; the same again while that is open.

    Raises:
        OrderNotPlaced: It has no buyer and price yet.
        PaymentOpen: It is being paid in another way.
        PaymentAlreadyMade: A payment of it succeeded.
        WayUnfit: It is free, or it is not.
    """
    if order.state != "placed":
        raise OrderNotPlaced("Name the buyer first.")
    if (provider == "free") != (order.total_minor == 0):
        raise WayUnfit("What costs nothing is not paid, and what costs something is.")
    earlier = of_order(session, order)
    for row in earlier:
        if row.state == "succeeded" and returning.of_payment(session, row) is None:
            raise PaymentAlreadyMade("The money is here.", payment_id=str(row.id))
        if row.state in OPEN:
            if (row.provider, row.way) == (provider, way):
                return row
            raise PaymentOpen(f"It is being paid by {row.provider}.", payment_id=str(row.id))
    return _fresh(session, order, earlier, provider, way, return_url, now)


def _fresh(
    session: Session,
    order: Order,
    earlier: list[Payment],
    provider: str,
    way: str,
    return_url: str,
    now: datetime,
) -> Payment:
    fresh = Payment(
        id=new_id(),
        organizer_id=order.organizer_id,
        order_id=order.id,
        provider=provider,
        way=way,
        amount_minor=order.total_minor,
        currency=order.currency,
        asked=asking.written(session, order, return_url),
        created_at=now,
    )
    session.add(fresh)
    for row in earlier:
        if row.state == "failed" and row.provider == "stripe":  # nobody shall pay that one now
            event = PaymentDropped(organizer_id=row.organizer_id, payment_id=row.id)
            outbox.add(session, event, now=now)
    if not earlier and order.hold_until < now + TIME_TO_PAY:
        order.hold_until = now + TIME_TO_PAY
        session.add(order)
    session.flush()
    return fresh


def nothing(session: Session, order: Order, *, now: datetime) -> Payment:
    """Complete an order that was placed just now and costs nothing; its payment is settled at once.

    Raises:
        WayUnfit: It costs something.
    """
    if order.total_minor:
        raise WayUnfit("What costs something is not settled for free.")
    payment_id = new_id()
    row = Payment(
        id=payment_id,
        organizer_id=order.organizer_id,
        order_id=order.id,
        provider="free",
        amount_minor=0,
        currency=order.currency,
        state="succeeded",
        reference=f"free-{payment_id}",
        confirmed_at=now,
        looked_at=now,
        created_at=now,
    )
    session.add(row)
    actor = f"payment:{payment_id}"
    completing.complete(session, order, provider="free", actor=actor, now=now)
    return row


def of_order(session: Session, order: Order) -> list[Payment]:
    """Return the payments of an order, the oldest first."""
    return list(
        session.exec(
            select(Payment)
            .where(Payment.organizer_id == order.organizer_id, Payment.order_id == order.id)
            .order_by(col(Payment.id))
        )
    )


def get(session: Session, *, organizer_id: UUID, payment_id: UUID) -> Payment:
    """Return a payment of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Payment, (organizer_id, payment_id))
    if found is None:
        raise NotFound("There is no such payment here.")
    return found


def by_reference(
    session: Session, *, organizer_id: UUID, provider: str, reference: str
) -> Payment | None:
    """Return the payment that a provider knows under a name of its own."""
    if not reference:
        return None
    return session.exec(
        select(Payment).where(
            Payment.organizer_id == organizer_id,
            Payment.provider == provider,
            Payment.reference == reference,
        )
    ).first()


def note(session: Session, payment: Payment, answer: PaymentAnswer, *, now: datetime) -> Payment:
    """Write down what a provider says of a payment, and do what follows from it.

    Twice, late or out of order: what is known already changes nothing, and success stays. A yes
    that does not say how much is no yes yet: the provider is asked again.
    """
    if answer.state == "succeeded" and answer.money is not None:
        return confirm(session, payment, answer, now=now)
    changes: dict[str, Any] = {"looked_at": now}
    if answer.reference:
        changes["reference"] = answer.reference
    if answer.client:
        changes["client"] = json.dumps(dict(answer.client))
    if answer.state in ("pending", "failed", "cancelled"):
        changes["state"] = answer.state
        changes["error_code"], changes["error"] = answer.error_code[:60], answer.error[:300]
    row = _move(session, payment, OPEN, changes)
    if row is None:
        session.refresh(payment)
        return payment
    if row.state == "failed":
        event = PaymentFailed(
            organizer_id=row.organizer_id,
            payment_id=row.id,
            order_id=row.order_id,
            error_code=row.error_code,
        )
        outbox.add(session, event, now=now)
    return row


def confirm(session: Session, payment: Payment, answer: PaymentAnswer, *, now: datetime) -> Payment:
    """Complete the order whose money is there, or decide why it goes back. Once."""
    order = session.exec(
        select(Order)
        .where(Order.organizer_id == payment.organizer_id, Order.id == payment.order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    changes: dict[str, Any] = {
        "state": "succeeded",
        "confirmed_at": now,
        "looked_at": now,
        "error_code": "",
        "error": "",
    }
    if answer.reference:
        changes["reference"] = answer.reference
    row = _move(session, payment, (*OPEN, "failed", "cancelled"), changes)
    if row is None:
        session.refresh(payment)
        return payment
    wanted = Money(row.amount_minor, row.currency)
    if answer.money is not None and answer.money != wanted:
        late.send_back(
            session,
            row,
            money=answer.money,
            reason=f"{format_amount(answer.money)} was paid instead of {format_amount(wanted)}.",
            now=now,
        )
    elif order.state != "completed" and wanted != Money(order.total_minor, order.currency):
        reason = "The price was decided anew after this payment had begun."
        late.send_back(session, row, money=wanted, reason=reason, now=now)
    elif order.state == "placed":
        actor = f"payment:{row.id}"
        completing.complete(session, order, provider=row.provider, actor=actor, now=now)
    elif order.state == "completed":
        late.send_back(session, row, money=wanted, reason="This order was paid already.", now=now)
    else:
        late.settle(session, order, row, now=now)
    if row.dispute in ("open", "lost"):  # told before the success was
        disputes.withdraw_or_bring_back(session, row, row.dispute, now=now)
    return row


def _move(
    session: Session, payment: Payment, states: tuple[str, ...], changes: dict[str, Any]
) -> Payment | None:
    return session.scalars(
        update(Payment)
        .where(
            col(Payment.organizer_id) == payment.organizer_id,
            col(Payment.id) == payment.id,
            col(Payment.state).in_(states),
        )
        .values(**changes)
        .returning(Payment),
        execution_options={"populate_existing": True},
    ).first()
