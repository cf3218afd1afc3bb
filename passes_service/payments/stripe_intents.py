"""Paying on our own page: Stripe's PaymentIntents. The browser confirms, 3-D Secure is Stripe's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from passes_service.core.money import Money
from passes_service.payments import stripe_read
from passes_service.payments.errors import PaymentProviderUnavailable, PaymentRefused
from passes_service.payments.model import Known, PaymentAnswer, PaymentAsked
from passes_service.payments.stripe_calls import Account, missing, plain, refusals
from passes_service.payments.stripe_money import from_stripe, to_stripe

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams

PAGE = 100
MOST_LETTERS = 1000


def ask(account: Account, asked: PaymentAsked) -> PaymentAnswer:
    """Make a PaymentIntent, once per payment; see `Provider.ask`."""
    amount, currency = to_stripe(asked.money)
    params: PaymentIntentCreateParams = {
        "amount": amount,
        "currency": currency,
        "automatic_payment_methods": {"enabled": True},
        "description": asked.words[:MOST_LETTERS],
        "metadata": metadata(asked),
    }
    if asked.email is not None:
        params["receipt_email"] = asked.email
    with refusals():
        found = account.client.v1.payment_intents.create(
            params, {"idempotency_key": f"payment-{asked.payment_id}"}
        )
    answer = plain(found)
    return stripe_read.intent(answer, client(account, answer))


def client(account: Account, found: dict[str, object]) -> dict[str, str]:
    """Return what the browser needs to confirm a PaymentIntent."""
    secret = found.get("client_secret")
    if not isinstance(secret, str):
        return {}
    return {"client_secret": secret, "publishable_key": account.publishable_key}


def metadata(asked: PaymentAsked) -> dict[str, str]:
    """Return our own names for a payment: they come back with everything Stripe says of it."""
    return {
        "payment_id": str(asked.payment_id),
        "order_id": str(asked.order_id),
        "organizer_id": str(asked.organizer_id),
    }


def look(account: Account, reference: str) -> PaymentAnswer:
    """Return how a PaymentIntent stands; `unknown` if Stripe has none of that name."""
    try:
        with refusals():
            found = plain(account.client.v1.payment_intents.retrieve(reference))
    except PaymentRefused as error:
        if missing(error):
            return PaymentAnswer(state="unknown", reference="")
        raise
    return stripe_read.intent(found, client(account, found))


def cancel(account: Account, reference: str) -> PaymentAnswer:
    """Cancel a PaymentIntent; if it can no longer be, the answer says what became of it.

    Raises:
        PaymentProviderUnavailable: The bank is deciding: neither paid nor cancelled yet.
    """
    try:
        with refusals():
            return stripe_read.intent(plain(account.client.v1.payment_intents.cancel(reference)))
    except PaymentRefused:
        found = look(account, reference)
    if found.state in ("pending", "failed"):
        raise PaymentProviderUnavailable(
            "The payment is being decided and cannot be cancelled now.", retry_after=60
        )
    return found


def listing(account: Account, since: datetime) -> Iterator[Known]:
    """Go through all PaymentIntents made since an instant, those of Checkout too."""
    with refusals():
        found = account.client.v1.payment_intents.list(
            {
                "created": {"gte": int(since.timestamp())},
                "limit": PAGE,
                "expand": ["data.latest_charge"],
            }
        )
        for each in found.auto_paging_iter():
            known = _known(plain(each))
            if known is not None:
                yield known


def _known(found: dict[str, object]) -> Known | None:
    """Read one PaymentIntent of the list; None if its currency is not one we sell in."""
    answer, charge = stripe_read.intent(found), stripe_read.child(found, "latest_charge")
    created = stripe_read.instant(found)
    if answer.money is None or created is None:
        return None
    refunded = from_stripe(charge.get("amount_refunded", 0), found.get("currency"))
    return Known(
        reference=answer.reference,
        payment_id=answer.payment_id,
        state=answer.state,
        money=answer.money,
        refunded=refunded or Money(0, answer.money.currency),
        disputed=charge.get("disputed") is True,
        created_at=created,
        organizer_id=stripe_read.our_id(found, "organizer_id"),
    )
