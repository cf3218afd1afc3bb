"""Paying on Stripe's page, before the fake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from passes_service.core.money import Money
from passes_service.payments.errors import PaymentProviderUnavailable, PaymentRefused
from passes_service.payments.model import Told
from passes_service.payments.stripe_provider import Stripe
from tests.payments.conftest import asked, back
from tests.payments.fake_stripe import Peer


def told(peer: Peer, stripe: Stripe, kind: str) -> Told:
    headers, body = peer.signed(peer.told(kind))
    return stripe.read_event(headers, body, now=datetime.now(UTC))


def test_a_page_is_made_paid_and_its_payment_becomes_the_reference(
    peer: Peer, stripe: Stripe
) -> None:
    wanted = asked(4000, way="session")
    made = stripe.ask(wanted)
    assert (made.state, made.money) == ("pending", Money(4000, "EUR"))
    assert made.reference.startswith("cs_")
    assert set(made.client) == {"url"}
    assert stripe.look(made.reference, wanted.payment_id) == made

    peer.pay(made.reference)
    done = told(peer, stripe, "checkout.session.completed")
    assert (done.kind, done.state, done.money) == ("payment", "succeeded", Money(4000, "EUR"))
    assert done.payment_id == wanted.payment_id
    assert done.reference.startswith("pi_")
    below = told(peer, stripe, "payment_intent.succeeded")
    assert (below.reference, below.payment_id) == (done.reference, wanted.payment_id)
    for reference in (made.reference, done.reference):
        now = stripe.look(reference, wanted.payment_id)
        assert (now.state, now.reference) == ("succeeded", done.reference)
        assert now.payment_id == wanted.payment_id
    assert "url" not in stripe.look(made.reference, wanted.payment_id).client


def test_a_page_outlives_a_short_hold_and_asks_for_the_same_when_repeated(
    peer: Peer, stripe: Stripe
) -> None:
    wanted = asked(way="session")
    assert stripe.ask(wanted) == stripe.ask(wanted)
    [session] = peer.book.sessions.values()
    ends = datetime.fromtimestamp(session["expires_at"], UTC)
    assert ends - wanted.expires_at == timedelta(minutes=31)
    assert session["metadata"]["payment_id"] == str(wanted.payment_id)


def test_a_page_that_is_closed_takes_no_money(peer: Peer, stripe: Stripe) -> None:
    wanted = asked(way="session")
    made = stripe.ask(wanted)
    assert stripe.cancel(made.reference, wanted.payment_id).state == "cancelled"
    gone = told(peer, stripe, "checkout.session.expired")
    assert (gone.state, gone.payment_id, gone.reference) == (
        "cancelled",
        wanted.payment_id,
        made.reference,
    )
    assert stripe.look(made.reference, wanted.payment_id).state == "cancelled"
    assert stripe.cancel(made.reference, wanted.payment_id).state == "cancelled"


def test_a_page_that_is_paid_is_not_closed(peer: Peer, stripe: Stripe) -> None:
    wanted = asked(way="session")
    made = stripe.ask(wanted)
    peer.pay(made.reference)
    assert stripe.cancel(made.reference, wanted.payment_id).state == "succeeded"


@pytest.mark.parametrize(("paid", "state"), [(True, "succeeded"), (False, "failed")])
def test_a_bank_that_takes_days_is_waited_for(
    peer: Peer, stripe: Stripe, paid: bool, state: str
) -> None:
    wanted = asked(way="session")
    made = stripe.ask(wanted)
    peer.pay_later(made.reference)
    done = told(peer, stripe, "checkout.session.completed")
    assert (done.state, done.reference[:3]) == ("pending", "pi_")
    assert stripe.look(made.reference, wanted.payment_id).state == "pending"
    with pytest.raises(PaymentProviderUnavailable):
        stripe.cancel(made.reference, wanted.payment_id)

    peer.bank_decides(made.reference, paid=paid)
    kind = "succeeded" if paid else "failed"
    assert told(peer, stripe, f"checkout.session.async_payment_{kind}").state == state
    assert stripe.look(made.reference, wanted.payment_id).state == state
    ended = "succeeded" if paid else "cancelled"
    assert stripe.cancel(made.reference, wanted.payment_id).state == ended


def test_a_page_refunds_the_payment_made_on_it(peer: Peer, stripe: Stripe) -> None:
    made = stripe.ask(asked(4000, way="session"))
    with pytest.raises(PaymentRefused):
        stripe.refund(back(made.reference, 4000))
    peer.pay(made.reference)
    answer = stripe.refund(back(made.reference, 4000))
    assert answer.state == "settled"
    [known] = stripe.listing(datetime.now(UTC) - timedelta(days=1))
    assert known.refunded == Money(4000, "EUR")


def test_a_page_nobody_knows_is_unknown(stripe: Stripe) -> None:
    assert stripe.look("cs_test_0123", uuid4()).state == "unknown"
    assert stripe.cancel("cs_test_0123", uuid4()).state == "unknown"
