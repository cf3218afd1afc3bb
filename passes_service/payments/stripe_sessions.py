"""Paying on Stripe's page: Checkout Sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from passes_service.payments import stripe_intents, stripe_read
from passes_service.payments.errors import PaymentRefused
from passes_service.payments.model import PaymentAnswer, PaymentAsked
from passes_service.payments.stripe_calls import Account, missing, plain, refusals
from passes_service.payments.stripe_money import to_stripe

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

SHORTEST: Final = timedelta(minutes=31)
"""A page of Stripe's lives at least half an hour, and must be asked for with the same words when
a call is repeated: so it always outlives the hold by this, unless it is cancelled."""
MOST_LETTERS = 250


def ask(account: Account, asked: PaymentAsked) -> PaymentAnswer:
    """Make a Checkout Session, once per payment; see `Provider.ask`."""
    amount, currency = to_stripe(asked.money)
    ours = stripe_intents.metadata(asked)
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency,
                    "unit_amount": amount,
                    "product_data": {"name": asked.words[:MOST_LETTERS]},
                },
            }
        ],
        "success_url": asked.return_url,
        "cancel_url": asked.cancel_url,
        "client_reference_id": str(asked.payment_id),
        "expires_at": int((asked.expires_at + SHORTEST).timestamp()),
        "metadata": ours,
        "payment_intent_data": {"metadata": ours, "description": asked.words[:MOST_LETTERS]},
    }
    if asked.email is not None:
        params["customer_email"] = asked.email
    with refusals():
        found = account.client.v1.checkout.sessions.create(
            params, {"idempotency_key": f"payment-{asked.payment_id}"}
        )
    answer = plain(found)
    return stripe_read.session(answer, _client(answer))


def look(account: Account, reference: str) -> PaymentAnswer:
    """Return how a Checkout Session stands, and the payment made on it; `unknown` if none."""
    try:
        with refusals():
            found = plain(account.client.v1.checkout.sessions.retrieve(reference))
    except PaymentRefused as error:
        if missing(error):
            return PaymentAnswer(state="unknown", reference="")
        raise
    answer = stripe_read.session(found, _client(found))
    if answer.state == "pending" and answer.reference != reference:
        return stripe_intents.look(account, answer.reference)  # complete, and the bank decides
    return answer


def cancel(account: Account, reference: str) -> PaymentAnswer:
    """Close a Checkout Session; if it can no longer be, the answer says what became of it.

    Raises:
        PaymentProviderUnavailable: The bank is deciding: neither paid nor cancelled yet.
    """
    try:
        with refusals():
            return stripe_read.session(plain(account.client.v1.checkout.sessions.expire(reference)))
    except PaymentRefused:
        found = look(account, reference)
    if found.state in ("pending", "failed"):  # complete: what is left to stop is the payment
        return stripe_intents.cancel(account, found.reference)
    return found


def _client(found: dict[str, object]) -> dict[str, str]:
    url = found.get("url")
    return {"url": url} if isinstance(url, str) else {}
