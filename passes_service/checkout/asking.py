"""What a provider is asked about a payment: always the same question, whoever asks."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from passes_service.core.money import Money
from passes_service.db.models import Drop, HolderEmail, Order, Payment
from passes_service.payments.errors import PaymentRefused
from passes_service.payments.model import (
    PaymentAnswer,
    PaymentAsked,
    Provider,
    RefundAnswer,
    RefundAsked,
)

PAY_UNTIL: Final = timedelta(minutes=15)
"""Until when we want to be paid. A provider may insist on more; the order's end stops it then."""
_MOST_WORDS = 200


def written(session: Session, order: Order, return_url: str) -> str:
    """Return what a payment keeps of its question (JSON)."""
    drop = session.get_one(Drop, (order.organizer_id, order.drop_id))
    email = session.exec(
        select(HolderEmail.email)
        .where(
            HolderEmail.organizer_id == order.organizer_id,
            HolderEmail.holder_id == order.holder_id,
        )
        .order_by(col(HolderEmail.id))
    ).first()
    words = f"{order.quantity} x {drop.title}"[:_MOST_WORDS]
    return json.dumps({"words": words, "email": email, "return_url": return_url})


def ask(provider: Provider, payment: Payment) -> PaymentAnswer:
    """Ask how a payment stands; one that the provider has not named yet is asked for (again).

    A provider that says no for good has answered: the payment failed. Not in a transaction.

    Raises:
        PaymentProviderUnavailable: What was asked may have happened; ask again.
        CurrencyNotTaken: It cannot be asked.
    """
    try:
        if payment.reference:
            return provider.look(payment.reference, payment.id)
        return provider.ask(question(payment))
    except PaymentRefused as error:
        return refused(payment, error)


def stop(provider: Provider, payment: Payment) -> PaymentAnswer:
    """Make sure that nobody can pay a payment any more; the answer says if somebody has.

    One without a reference may exist at the provider all the same, if our process died on the way:
    it is asked for again under its own id, and stopped under the name that it has there.
    """
    try:
        reference = payment.reference or provider.ask(question(payment)).reference
        return provider.cancel(reference, payment.id)
    except PaymentRefused as error:
        return refused(payment, error)


def give_back(provider: Provider, asked: RefundAsked) -> RefundAnswer:
    """Ask for money to go back; a provider that says no for good has answered: it failed.

    Raises:
        PaymentProviderUnavailable: Ask again.
    """
    try:
        return provider.refund(asked)
    except PaymentRefused as error:
        return RefundAnswer(state="failed", reference="", error=error.detail)


def refused(payment: Payment, error: PaymentRefused) -> PaymentAnswer:
    """Return a provider's final no as an answer."""
    return PaymentAnswer(
        state="failed", reference=payment.reference, error_code=error.code, error=error.detail
    )


def question(payment: Payment) -> PaymentAsked:
    """Return what the provider is asked."""
    kept = json.loads(payment.asked)
    return PaymentAsked(
        payment_id=payment.id,
        order_id=payment.order_id,
        organizer_id=payment.organizer_id,
        money=Money(payment.amount_minor, payment.currency),
        words=kept["words"],
        email=kept["email"],
        way="session" if payment.way == "session" else "intent",
        return_url=kept["return_url"],
        cancel_url=kept["return_url"],
        expires_at=payment.created_at + PAY_UNTIL,
    )
