"""Peers that speak Stripe's API: localstripe as a process, and our own fake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from passes_service.core.money import Money
from passes_service.payments.model import PaymentAsked, RefundAsked, Way
from passes_service.payments.stripe_provider import Stripe
from tests.payments import fake_stripe, localstripe_peer, mailbox
from tests.payments.fake_stripe import Peer
from tests.payments.localstripe_peer import LocalStripe
from tests.payments.mailbox import Mailbox

ORGANIZER = UUID("0190aaaa-0000-7000-8000-000000000001")


@pytest.fixture(scope="session")
def localstripe() -> Iterator[LocalStripe]:
    with localstripe_peer.running() as peer:
        yield peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    with fake_stripe.running() as found:
        yield found


@pytest.fixture
def stripe(peer: Peer) -> Stripe:
    """Our provider before the fake; impatient, so that tests of faults are short."""
    return peer.provider(seconds=2, retries=1)


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with mailbox.running() as found:
        yield found


def asked(
    minor: int = 2500, currency: str = "EUR", *, way: Way = "intent", payment_id: UUID | None = None
) -> PaymentAsked:
    """Return money wanted for an order that is held for ten more minutes."""
    return PaymentAsked(
        payment_id=payment_id or uuid4(),
        order_id=uuid4(),
        organizer_id=ORGANIZER,
        money=Money(minor, currency),
        words="2 x Spring season",
        email="fan@example.org",
        way=way,
        return_url="https://passes.test/orders/1",
        cancel_url="https://passes.test/orders/1/pay",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10),
    )


def back(
    reference: str, minor: int, currency: str = "EUR", *, refund_id: UUID | None = None
) -> RefundAsked:
    """Return money wanted back."""
    return RefundAsked(
        refund_id=refund_id or uuid4(),
        reference=reference,
        money=Money(minor, currency),
        reason="came too late",
    )
