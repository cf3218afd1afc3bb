"""Money back through Stripe."""

from __future__ import annotations

from passes_service.payments import stripe_read, stripe_sessions
from passes_service.payments.errors import PaymentRefused
from passes_service.payments.model import RefundAnswer, RefundAsked
from passes_service.payments.stripe_calls import Account, plain, refusals
from passes_service.payments.stripe_money import to_stripe

PAGE = 100
MOST_LETTERS = 400


def refund(account: Account, asked: RefundAsked) -> RefundAnswer:
    """Send money back, once per refund id; see `Provider.refund`.

    Stripe forgets an Idempotency-Key after a day, so its refunds of this payment are read first.

    Raises:
        PaymentRefused: Nothing was paid, or more is asked back than is left of it.
    """
    if not asked.money.minor:
        raise PaymentRefused("Nothing to send back.")
    amount, _ = to_stripe(asked.money)
    intent = _intent_of(account, asked.reference)
    with refusals():
        listed = account.client.v1.refunds.list({"payment_intent": intent, "limit": PAGE})
        for each in listed.auto_paging_iter():
            known = plain(each)
            if stripe_read.our_id(known, "refund_id") == asked.refund_id:
                return stripe_read.refund(known)
        made = account.client.v1.refunds.create(
            {
                "payment_intent": intent,
                "amount": amount,
                "metadata": {
                    "refund_id": str(asked.refund_id),
                    "reason": asked.reason[:MOST_LETTERS],
                },
            },
            {"idempotency_key": f"refund-{asked.refund_id}"},
        )
    return stripe_read.refund(plain(made))


def look(account: Account, reference: str) -> RefundAnswer:
    """Return how a refund stands.

    Raises:
        PaymentRefused: Stripe knows no such refund.
    """
    with refusals():
        return stripe_read.refund(plain(account.client.v1.refunds.retrieve(reference)))


def _intent_of(account: Account, reference: str) -> str:
    """Return the PaymentIntent to refund: a Checkout Session names the one under it."""
    if not reference.startswith("cs_"):
        return reference
    found = stripe_sessions.look(account, reference).reference
    if not found.startswith("pi_"):
        raise PaymentRefused("Nothing was paid on this page, so nothing can go back.")
    return found
