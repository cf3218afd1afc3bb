"""Money that comes too late: its places are taken again if they are there, else it goes back.

Nobody is charged without a pass, and nobody gets a pass that was sold to somebody else.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from passes_service.checkout import completing, coupons, drawn
from passes_service.checkout.errors import LimitReached
from passes_service.checkout.till import Till
from passes_service.core.money import Money
from passes_service.core.order_events import ReturnRequested
from passes_service.db import outbox
from passes_service.db.models import DropPhase, Order, Payment, PaymentReturn, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.drops import reading


class _Gone(Exception):
    """Something that the order had is with somebody else."""


def settle(session: Session, order: Order, payment: Payment, *, now: datetime) -> None:
    """Complete an order that had ended, or send its money back whole with the reason."""
    if order.state in ("expired", "cancelled") and _take_again(session, order, now):
        order.state, order.ended_at, order.end_reason = "placed", None, ""
        session.add(order)
        session.flush()
        actor = f"payment:{payment.id}"
        completing.complete(session, order, provider=payment.provider, actor=actor, now=now)
        return
    was = order.state
    reason = (
        f"The order was {was} on {order.ended_at:%d %B %Y at %H:%M:%S} UTC, before the payment "
        "came, and its places are with others."
        if order.ended_at
        else f"The order was {was}."
    )
    if was != "returned":
        order.state, order.end_reason = "returned", reason[:200]
        session.add(order)
        session.flush()
    money = Money(payment.amount_minor, payment.currency)
    send_back(session, payment, money=money, reason=reason, now=now)


def _take_again(session: Session, order: Order, now: datetime) -> bool:
    if order.holder_id is None:
        return False
    shop = reading.load(session, organizer_id=order.organizer_id, drop_id=order.drop_id)
    if shop.state(now) != "open":
        return False
    if not drawn.may_buy(session, shop.drop, order.holder_id):
        return False
    phase = session.get_one(DropPhase, (order.organizer_id, order.phase_id))
    try:
        with session.begin_nested():  # what was taken goes back with the rest
            if not coupons.use_again(session, order, now=now):
                raise _Gone
            till = Till.open(session, shop, {order.subject}, now=now)
            if not till.take_again(order, phase):
                raise _Gone
            till.write()
    except (_Gone, LimitReached):
        return False
    return True


def send_back(
    session: Session, payment: Payment, *, money: Money, reason: str, now: datetime
) -> None:
    """Write down that a payment goes back whole; the worker asks the provider. Once."""
    return_id = new_id()
    fresh = {
        "organizer_id": payment.organizer_id,
        "id": return_id,
        "payment_id": payment.id,
        "amount_minor": money.minor,
        "currency": money.currency,
        "reason": reason[:300],
        "state": "requested",
        "reference": "",
        "settled_at": None,
        "created_at": now,
    }
    if insert_if_absent(session, PaymentReturn, fresh):
        event = ReturnRequested(organizer_id=payment.organizer_id, return_id=return_id)
        outbox.add(session, event, now=now)
