"""What costs nothing is paid at once, by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from passes_service.payments.errors import EventForged, PaymentRefused
from passes_service.payments.model import (
    Known,
    PaymentAnswer,
    PaymentAsked,
    RefundAnswer,
    RefundAsked,
    Told,
)


class Free:
    """The provider of orders over nothing: no network, nothing to reconcile."""

    name = "free"

    def ask(self, asked: PaymentAsked) -> PaymentAnswer:
        """Settle an order over nothing.

        Raises:
            PaymentRefused: It is over something.
        """
        if asked.money.minor:
            raise PaymentRefused("This order costs money: it is not settled for free.")
        return PaymentAnswer(
            state="succeeded",
            reference=_reference(asked.payment_id),
            money=asked.money,
            payment_id=asked.payment_id,
        )

    def look(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """Return that it is paid, if it was ever asked for."""
        known = reference == _reference(payment_id)
        return PaymentAnswer(
            state="succeeded" if known else "unknown",
            reference=reference if known else "",
            payment_id=payment_id,
        )

    def cancel(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """Return how it stands: what was settled at once stays so."""
        return self.look(reference, payment_id)

    def refund(self, asked: RefundAsked) -> RefundAnswer:
        """Send nothing back.

        Raises:
            PaymentRefused: More than nothing is asked for.
        """
        if asked.money.minor:
            raise PaymentRefused("Nothing was paid, so nothing can go back.")
        return RefundAnswer(state="settled", reference=_reference(asked.refund_id))

    def look_refund(self, reference: str, refund_id: UUID) -> RefundAnswer:
        """Return that nothing went back."""
        return RefundAnswer(state="settled", reference=reference)

    def listing(self, since: datetime) -> Iterator[Known]:
        """List nothing: there is no other book than ours."""
        return iter(())

    def read_event(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        """Refuse every message: nobody speaks for this provider.

        Raises:
            EventForged: Always.
        """
        raise EventForged("Orders over nothing are settled here; nobody sends messages on them.")


def _reference(named: UUID) -> str:
    return f"free:{named}"
