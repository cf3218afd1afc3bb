"""What Stripe's objects say in our words. Plain data in, whether it was answered or sent to us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from passes_service.payments.model import (
    NOTHING,
    DisputeState,
    PaymentAnswer,
    PaymentState,
    RefundAnswer,
    RefundState,
)
from passes_service.payments.signed import LONGEST_ID
from passes_service.payments.stripe_money import from_stripe

_INTENTS: Final[dict[str, PaymentState]] = {
    "requires_payment_method": "pending",
    "requires_confirmation": "pending",
    "requires_action": "pending",
    "requires_capture": "pending",
    "processing": "pending",
    "succeeded": "succeeded",
    "canceled": "cancelled",
}
_REFUNDS: Final[dict[str, RefundState]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "settled",
    "failed": "failed",
    "canceled": "failed",
}
_DISPUTES_OVER: Final[dict[str, DisputeState]] = {
    "won": "won",
    "warning_closed": "won",  # an inquiry that never became a chargeback: the money stayed
    "prevented": "won",
    "lost": "lost",
}


def intent(found: Mapping[str, Any], client: Mapping[str, str] = NOTHING) -> PaymentAnswer:
    """Read a PaymentIntent."""
    state = _INTENTS.get(text(found, "status"), "unknown")
    problem = child(found, "last_payment_error")
    if problem and text(found, "status") == "requires_payment_method":
        state = "failed"
    paid = state == "succeeded" and "amount_received" in found
    return PaymentAnswer(
        state=state,
        reference=name(found, "id"),
        money=from_stripe(
            found.get("amount_received" if paid else "amount"), found.get("currency")
        ),
        client=client if state in ("pending", "failed") else NOTHING,
        error_code=_code(problem) if state == "failed" else "",
        error=text(problem, "message")[:300] if state == "failed" else "",
        payment_id=our_id(found),
    )


def session(found: Mapping[str, Any], client: Mapping[str, str] = NOTHING) -> PaymentAnswer:
    """Read a Checkout Session; once it is complete the PaymentIntent under it is the reference."""
    status = text(found, "status")
    state: PaymentState = "pending" if status in ("open", "complete") else "unknown"
    if status == "expired":
        state = "cancelled"
    if status == "complete" and text(found, "payment_status") == "paid":
        state = "succeeded"
    below = name(found, "payment_intent") if status == "complete" else ""
    return PaymentAnswer(
        state=state,
        reference=below or name(found, "id"),
        money=from_stripe(found.get("amount_total"), found.get("currency")),
        client=client if state == "pending" else NOTHING,
        payment_id=our_id(found),
    )


def refund(found: Mapping[str, Any]) -> RefundAnswer:
    """Read a Refund."""
    state = _REFUNDS.get(text(found, "status"), "pending")
    error = text(found, "failure_reason") or text(found, "status")
    return RefundAnswer(
        state=state, reference=name(found, "id"), error=error if state == "failed" else ""
    )


def dispute(found: Mapping[str, Any]) -> DisputeState:
    """Read how a Dispute stands, as the organizer sees it."""
    return _DISPUTES_OVER.get(text(found, "status"), "open")


def text(found: Mapping[str, Any], key: str) -> str:
    """Return a text member; "" for anything else."""
    value = found.get(key)
    return value if isinstance(value, str) else ""


def child(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a member that is an object; an empty one for anything else."""
    value = found.get(key)
    return value if isinstance(value, Mapping) else {}


def name(found: Mapping[str, Any], key: str) -> str:
    """Return the id of an object, whether it is written out or only named; "" if too long."""
    value = text(found, key) or text(child(found, key), "id")
    return value if len(value) <= LONGEST_ID else ""


def our_id(found: Mapping[str, Any], key: str = "payment_id") -> UUID | None:
    """Return an id of ours that we gave along; None if it is none."""
    try:
        return UUID(text(child(found, "metadata"), key))
    except ValueError:
        return None


def instant(found: Mapping[str, Any], key: str = "created") -> datetime | None:
    """Return a member in seconds since 1970 as an instant; None if it is none."""
    seconds = found.get(key)
    if type(seconds) is not int or not 0 <= seconds < 253_402_300_800:  # year 10000
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _code(problem: Mapping[str, Any]) -> str:
    """Return why a payment failed: the bank's reason where it gave one."""
    return (text(problem, "decline_code") or text(problem, "code"))[:60]
