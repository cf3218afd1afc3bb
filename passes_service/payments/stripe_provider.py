"""Stripe as a provider: which of its two ways a payment goes is in its reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from passes_service.payments import (
    stripe_events,
    stripe_intents,
    stripe_refunds,
    stripe_sessions,
)
from passes_service.payments.errors import PaymentRefused
from passes_service.payments.model import (
    Known,
    PaymentAnswer,
    PaymentAsked,
    RefundAnswer,
    RefundAsked,
    Told,
)
from passes_service.payments.stripe_calls import Account


@dataclass(frozen=True, slots=True)
class Stripe:
    """One organizer's account at Stripe; it may be shared between threads."""

    account: Account
    name: str = field(default="stripe", init=False)

    def ask(self, asked: PaymentAsked) -> PaymentAnswer:
        """See `Provider.ask`. Repeating it is safe for a day: so long Stripe knows the key."""
        if not asked.money.minor:
            raise PaymentRefused("An order over nothing is not paid with Stripe.")
        ask = stripe_sessions.ask if asked.way == "session" else stripe_intents.ask
        return replace(ask(self.account, asked), payment_id=asked.payment_id)

    def look(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """See `Provider.look`."""
        if not reference:
            return PaymentAnswer(state="unknown", reference="", payment_id=payment_id)
        look = stripe_sessions.look if _on_page(reference) else stripe_intents.look
        return look(self.account, reference)

    def cancel(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """See `Provider.cancel`."""
        if not reference:
            return PaymentAnswer(state="unknown", reference="", payment_id=payment_id)
        cancel = stripe_sessions.cancel if _on_page(reference) else stripe_intents.cancel
        return cancel(self.account, reference)

    def refund(self, asked: RefundAsked) -> RefundAnswer:
        """See `Provider.refund`."""
        return stripe_refunds.refund(self.account, asked)

    def look_refund(self, reference: str, refund_id: UUID) -> RefundAnswer:
        """See `Provider.look_refund`."""
        return stripe_refunds.look(self.account, reference)

    def listing(self, since: datetime) -> Iterator[Known]:
        """See `Provider.listing`."""
        return stripe_intents.listing(self.account, since)

    def read_event(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        """See `Provider.read_event`."""
        return stripe_events.read_event(self.account, headers, body, now=now)


def _on_page(reference: str) -> bool:
    return reference.startswith("cs_")
