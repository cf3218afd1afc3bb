"""The checkout as the edges walk it: each step one transaction, providers asked in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from passes_service.accounts import holders
from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.checkout import asking, completing, holding, limits, paying, placing
from passes_service.checkout.errors import BuyerMissing
from passes_service.checkout.holding import HoldAsked
from passes_service.core.money import Money
from passes_service.db.models import Drop, Holder, Order, Payment
from passes_service.payments.model import PaymentAnswer


def hold(services: Services, asked: HoldAsked) -> Order:
    """Hold places, in a transaction of its own; the same call again finds the same order.

    Raises:
        DomainError: Whatever `holding.hold` refuses.
    """
    now = services.clock()
    keys = services.keyring.session_keys(now)
    try:
        with services.database.transaction() as session:
            return holding.hold(session, asked, keys=keys, now=now)
    except IntegrityError:  # the same call at the same moment: now it is there
        with services.database.transaction() as session:
            return holding.hold(session, asked, keys=keys, now=now)


def hold_in(session: Session, asked: HoldAsked, *, keys: Sequence[bytes], now: datetime) -> Order:
    """Hold places as one step of a larger call, whose key keeps it from happening twice."""
    found = holding.hold(session, asked, keys=keys, now=now)
    if found.state == "held" and found.created_at == now:
        return found  # just written here: nobody else knows it
    return placing.live(session, organizer_id=found.organizer_id, order_id=found.id, now=now)


def hold_named(
    session: Session,
    asked: HoldAsked,
    named: dict[str, Any],
    *,
    keys: Sequence[bytes],
    now: datetime,
) -> tuple[Order, dict[str, Any]]:
    """Hold places for whoever is named in the same call: counted for them from the beginning.

    A waiting room knows its people by other names; there they are named after the hold.
    """
    if named["email"] is None or asked.holder_id is not None or asked.queue_token is not None:
        return hold_in(session, asked, keys=keys, now=now), named
    holder = holders.for_email(
        session, organizer_id=asked.organizer_id, email=named["email"], name=named["name"], now=now
    )
    counted = replace(asked, subject=limits.subject_of(holder.id))
    return hold_in(session, counted, keys=keys, now=now), {**named, "email": None}


def hold_seconds(services: Services, order: Order) -> int:
    """Return for how long a hold of this Drop lasts."""
    with services.database.reading() as session:
        return session.get_one(Drop, (order.organizer_id, order.drop_id)).hold_seconds


def read(session: Session, *, organizer_id: UUID, order_id: UUID) -> Order:
    """Return an order of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Order, (organizer_id, order_id))
    if found is None:
        raise NotFound("There is no such order here.")
    return found


def buyer(session: Session, order: Order, email: str | None, name: str, now: datetime) -> Holder:
    """Return the account that an order is for: by e-mail, else whoever holds the places.

    Raises:
        BuyerMissing: Nobody is named.
        FieldRefused: It is no address.
    """
    if email:
        return holders.for_email(
            session, organizer_id=order.organizer_id, email=email, name=name, now=now
        )
    if order.subject.startswith("h:"):
        holder_id = UUID(order.subject.removeprefix("h:"))
        return holders.get(session, organizer_id=order.organizer_id, holder_id=holder_id)
    raise BuyerMissing("The order needs an e-mail address.", field="email")


def place(
    session: Session,
    order: Order,
    *,
    email: str | None = None,
    name: str = "",
    currency: str | None = None,
    coupon: str = "",
    expected_total: int | None = None,
    now: datetime,
) -> Order:
    """Name the buyer of a live order and fix its price; see `placing.place`."""
    holder = buyer(session, order, email, name, now)
    return placing.place(
        session,
        order,
        holder_id=holder.id,
        currency=currency,
        coupon=coupon,
        expected_total=expected_total,
        now=now,
    )


def complete_free(session: Session, order: Order, *, now: datetime) -> Payment:
    """Complete an order that costs nothing, with a payment of nothing in the book."""
    payment = paying.start(session, order, provider="free", way="", now=now)
    return settle_free(session, payment, now=now)


def settle_free(session: Session, payment: Payment, *, now: datetime) -> Payment:
    """Settle a payment of nothing, which no provider has to be asked about."""
    answer = PaymentAnswer(
        state="succeeded", reference=f"free-{payment.id}", money=Money(0, payment.currency)
    )
    return paying.confirm(session, payment, answer, now=now)


def ask(services: Services, payment: Payment) -> PaymentAnswer:
    """Ask the provider of a payment; asking again is the same question. Not in a transaction.

    Raises:
        PaymentProviderUnavailable: What was asked may have happened; ask again.
        ProviderNotConfigured, PaymentProviderBroken, CurrencyNotTaken: It cannot be asked.
    """
    return asking.ask(services.provider(payment.organizer_id, payment.provider), payment)


def finished(session: Session, order: Order) -> list[UUID]:
    """Return the rows of the passes that an order became, in the order of its lines."""
    lines = completing.lines_of(session, order)
    return [line.pass_row_id for line in lines if line.pass_row_id is not None]


def holder_of(order: Order) -> UUID:
    """Return the buyer of a placed order.

    Raises:
        BuyerMissing: Nobody is named.
    """
    if order.holder_id is None:
        raise BuyerMissing("The order needs a buyer.", field="email")
    return order.holder_id
