"""Stripe's webhooks: verified by its library, then said in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import stripe

from passes_service.payments import signed, stripe_read
from passes_service.payments.errors import EventForged
from passes_service.payments.model import PaymentAnswer, PaymentState, Told
from passes_service.payments.stripe_calls import Account
from passes_service.payments.stripe_money import from_stripe
from passes_service.payments.stripe_read import name, our_id, text

_STAMP = re.compile(r"(?:^|,)t=([0-9]{1,12})(?:,|$)")

_INTENTS: Final[dict[str, PaymentState]] = {
    "payment_intent.succeeded": "succeeded",
    "payment_intent.payment_failed": "failed",
    "payment_intent.canceled": "cancelled",
    "payment_intent.processing": "pending",
    "payment_intent.requires_action": "pending",
}
_SESSIONS: Final = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
    }
)
_REFUNDS: Final = frozenset(
    {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
)
HEARD: Final = (
    *_INTENTS,
    *sorted(_SESSIONS),
    *sorted(_REFUNDS),
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
)
"""What the organizer's webhook endpoint at Stripe should be subscribed to."""


def read_event(account: Account, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
    """Verify a webhook; see `Provider.read_event`.

    The time of the signature is held against `now`, not against the machine's own clock.
    """
    given = signed.header(headers, "stripe-signature")
    event = _verified(account, given, body)
    stamp = _STAMP.search(given)
    if stamp is None:
        raise EventForged("The signature of the message has no time.")
    signed_at = signed.check_time(int(stamp[1]), now)
    event_id, kind = name(event, "id"), text(event, "type")
    if not event_id or not kind or len(kind) > 100:
        raise EventForged("The message is signed, and is not an event.")
    told = Told(
        event_id=event_id,
        kind="other",
        type=kind,
        happened_at=stripe_read.instant(event) or signed_at,
    )
    return _said(told, stripe_read.child(stripe_read.child(event, "data"), "object"))


def _verified(account: Account, given: str, body: bytes) -> dict[str, Any]:
    for secret in account.webhook_secrets:
        try:
            event = account.client.construct_event(body, given, secret, tolerance=0)
            return dict(event.to_dict())
        except stripe.SignatureVerificationError:
            continue
        except (ValueError, TypeError, AttributeError, RecursionError):
            break  # not text, not JSON, not an object, or a signature of odd letters
    raise EventForged("The message is not signed with this organizer's secret at Stripe.")


def _said(told: Told, found: Mapping[str, Any]) -> Told:
    """Add what the event's object says; an event we do not know stays `other`."""
    if told.type in _INTENTS:
        answer = stripe_read.intent(found)
        return _payment(told, replace(answer, state=_INTENTS[told.type]), found)
    if told.type in _SESSIONS:
        answer = stripe_read.session(found)
        if told.type == "checkout.session.async_payment_failed":
            answer = replace(answer, state="failed")
        elif told.type == "checkout.session.async_payment_succeeded":
            answer = replace(answer, state="succeeded")
        return _payment(told, answer, found)
    if told.type in _REFUNDS:
        return _refund(told, found)
    if told.type == "charge.refunded":
        return _named(
            told,
            found,
            kind="refund",
            money=None,
            refunded=from_stripe(found.get("amount_refunded"), found.get("currency")),
        )
    if told.type.startswith("charge.dispute."):
        money = from_stripe(found.get("amount"), found.get("currency"))
        return _named(told, found, kind="dispute", money=money, dispute=stripe_read.dispute(found))
    return told


def _payment(told: Told, answer: PaymentAnswer, found: Mapping[str, Any]) -> Told:
    problem = stripe_read.child(found, "last_payment_error")
    code = text(problem, "decline_code") or text(problem, "code")
    failed = answer.state == "failed"
    return _sure(
        replace(
            told,
            kind="payment",
            reference=answer.reference,
            payment_id=answer.payment_id,
            state=answer.state,
            money=answer.money,
            error_code=code[:60] if failed else "",
            error=text(problem, "message")[:300] if failed else "",
        )
    )


def _refund(told: Told, found: Mapping[str, Any]) -> Told:
    answer = stripe_read.refund(found)
    return _named(
        told,
        found,
        kind="refund",
        money=from_stripe(found.get("amount"), found.get("currency")),
        refund_reference=answer.reference,
        refund_id=our_id(found, "refund_id"),
        refund_state=answer.state,
        error=answer.error,
    )


def _named(told: Told, found: Mapping[str, Any], **said: Any) -> Told:
    """Add what is said of the payment under a charge, refund or dispute."""
    return _sure(
        replace(told, reference=name(found, "payment_intent"), payment_id=our_id(found), **said)
    )


def _sure(told: Told) -> Told:
    """Leave what names no payment as `other`: it is not ours, or a charge without an intent."""
    if told.reference or told.payment_id is not None:
        return told
    return replace(told, kind="other")
