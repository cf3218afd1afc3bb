"""The fake's book: what it knows and the rules it keeps, written from Stripe's published API.

A fake, not Stripe: it knows the few calls and fields that we use, and refuses all others.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Thing = dict[str, Any]
API_VERSION = "2026-10-28.endive"
SMALLEST, LARGEST = 50, 99_999_999
CURRENCIES = frozenset(("eur", "usd", "gbp", "chf", "jpy", "kwd", "isk", "ugx", "mga"))
CANCELLABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


class Refused(Exception):
    """An error as the API answers it."""

    def __init__(self, status: int, message: str, **members: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message} | members


@dataclass
class Book:
    """Everything of one account. Callers hold the peer's lock."""

    clock: Callable[[], datetime]
    intents: dict[str, Thing] = field(default_factory=dict)
    charges: dict[str, Thing] = field(default_factory=dict)
    sessions: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    disputes: dict[str, Thing] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    refunds_settle: bool = True

    def now(self) -> int:
        return int(self.clock().timestamp())

    def happened(self, kind: str, thing: Thing) -> Thing:
        """Write an event down; its object is as it was then."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": {"object": copy.deepcopy(thing)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events.append(event)
        return event

    def intent(self, amount: int, currency: str, metadata: Thing, description: str | None) -> Thing:
        found = new_id("pi")
        intent = {
            "id": found,
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "client_secret": f"{found}_secret_{secrets.token_hex(8)}",
            "created": self.now(),
            "currency": currency,
            "description": description,
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": dict(metadata),
            "next_action": None,
            "payment_method": None,
            "status": "requires_payment_method",
        }
        self.intents[found] = intent
        return intent

    def charge(self, intent: Thing, status: str) -> Thing:
        charge = {
            "id": new_id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_refunded": 0,
            "created": self.now(),
            "currency": intent["currency"],
            "disputed": False,
            "metadata": dict(intent["metadata"]),
            "payment_intent": intent["id"],
            "refunded": False,
            "status": status,
        }
        self.charges[charge["id"]] = charge
        intent["latest_charge"] = charge["id"]
        return charge

    def succeed(self, intent: Thing) -> Thing:
        self.charge(intent, "succeeded")
        intent.update(
            status="succeeded",
            amount_received=intent["amount"],
            last_payment_error=None,
            next_action=None,
        )
        return self.happened("payment_intent.succeeded", intent)

    def decline(self, intent: Thing, code: str, words: str) -> Thing:
        self.charge(intent, "failed")
        intent.update(
            status="requires_payment_method",
            payment_method=None,
            next_action=None,
            last_payment_error={
                "type": "card_error",
                "code": "card_declined",
                "decline_code": code,
                "message": words,
            },
        )
        return self.happened("payment_intent.payment_failed", intent)

    def cancel(self, intent: Thing) -> Thing:
        if intent["status"] not in CANCELLABLE:
            raise Refused(
                400,
                f"This PaymentIntent is {intent['status']} and can no longer be canceled.",
                code="payment_intent_unexpected_state",
            )
        intent.update(status="canceled", next_action=None)
        return self.happened("payment_intent.canceled", intent)

    def refund(self, intent: Thing, amount: int | None, metadata: Thing) -> Thing:
        charge = self.charges.get(intent["latest_charge"] or "", {})
        if charge.get("status") != "succeeded":
            raise Refused(400, "This PaymentIntent has no successful charge to refund.")
        left = charge["amount"] - charge["amount_refunded"]
        if not left:
            raise Refused(400, "The charge is refunded already.", code="charge_already_refunded")
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise Refused(400, f"Only {left} is left to refund.", param="amount")
        refund = {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": self.now(),
            "currency": charge["currency"],
            "metadata": dict(metadata),
            "payment_intent": intent["id"],
            "status": "succeeded" if self.refunds_settle else "pending",
        }
        self.refunds[refund["id"]] = refund
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.happened("refund.created", refund)
        self.happened("charge.refunded", charge)
        return refund

    def end_refund(self, refund: Thing, *, fails: bool) -> Thing:
        """Settle or fail a refund: what fails is the account's money again."""
        if not fails:
            refund["status"] = "succeeded"
            return self.happened("refund.updated", refund)
        refund.update(status="failed", failure_reason="expired_or_canceled_card")
        charge = self.charges[refund["charge"]]
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        return self.happened("refund.failed", refund)

    def dispute(self, intent: Thing) -> Thing:
        charge = self.charges[intent["latest_charge"]]
        charge["disputed"] = True
        dispute = {
            "id": new_id("du"),
            "object": "dispute",
            "amount": charge["amount"],
            "charge": charge["id"],
            "created": self.now(),
            "currency": charge["currency"],
            "metadata": {},
            "payment_intent": intent["id"],
            "reason": "fraudulent",
            "status": "needs_response",
        }
        self.disputes[dispute["id"]] = dispute
        self.happened("charge.dispute.created", dispute)
        return dispute

    def close_dispute(self, dispute: Thing, status: str) -> Thing:
        dispute["status"] = status
        return self.happened("charge.dispute.closed", dispute)


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def checked_amount(amount: int, currency: str) -> None:
    """Refuse what the API publishes that it refuses."""
    if currency not in CURRENCIES:
        raise Refused(400, f"Invalid currency: {currency}.", param="currency")
    if amount < SMALLEST:
        raise Refused(400, "Amount must be at least 50.", code="amount_too_small", param="amount")
    if amount > LARGEST:
        raise Refused(400, "Amount is too large.", code="amount_too_large", param="amount")
    if currency == "kwd" and amount % 10:
        raise Refused(400, "The last digit of such an amount is 0.", param="amount")
    if currency in ("isk", "ugx") and amount % 100:
        raise Refused(
            400,
            "This currency has no decimals.",
            code="invalid_charge_amount_no_decimal_compatible",
            param="amount",
        )
