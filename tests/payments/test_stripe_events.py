"""Webhooks of Stripe: what they say, and what is not believed. Sent by the fake."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from passes_service.core.money import Money
from passes_service.payments.errors import EventForged, EventStale
from passes_service.payments.model import Told
from passes_service.payments.stripe_events import HEARD
from passes_service.payments.stripe_provider import Stripe
from tests.payments import fake_stripe
from tests.payments.conftest import asked, back
from tests.payments.fake_stripe import Peer

NOW = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)  # long ago by the clock of any machine


def heard(peer: Peer, stripe: Stripe, kind: str, now: datetime | None = None) -> Told:
    headers, body = peer.signed(peer.told(kind))
    return stripe.read_event(headers, body, now=now or datetime.now(UTC))


class TestWhatTheySay:
    def test_a_decline_says_the_banks_reason(self, peer: Peer, stripe: Stripe) -> None:
        wanted = asked()
        made = stripe.ask(wanted)
        peer.decline(made.reference, "insufficient_funds")
        told = heard(peer, stripe, "payment_intent.payment_failed")
        assert (told.kind, told.state, told.payment_id) == ("payment", "failed", wanted.payment_id)
        assert (told.error_code, told.error) == ("insufficient_funds", "Your card was declined.")
        now = stripe.look(made.reference, wanted.payment_id)
        assert (now.state, now.error_code) == ("failed", "insufficient_funds")

    def test_what_was_declined_and_then_paid_says_only_that_it_was_paid(
        self, peer: Peer, stripe: Stripe
    ) -> None:
        made = stripe.ask(asked())
        peer.decline(made.reference)
        peer.pay(made.reference)
        late = heard(peer, stripe, "payment_intent.payment_failed")  # out of order
        told = heard(peer, stripe, "payment_intent.succeeded")
        assert (late.state, told.state, told.error) == ("failed", "succeeded", "")
        assert late.happened_at <= told.happened_at

    def test_a_bank_that_takes_its_time(self, peer: Peer, stripe: Stripe) -> None:
        made = stripe.ask(asked())
        peer.pay_later(made.reference)
        assert heard(peer, stripe, "payment_intent.processing").state == "pending"

    def test_a_cancelled_payment(self, peer: Peer, stripe: Stripe) -> None:
        wanted = asked()
        stripe.cancel(stripe.ask(wanted).reference, wanted.payment_id)
        assert heard(peer, stripe, "payment_intent.canceled").state == "cancelled"

    def test_a_refund_of_ours_names_itself_and_the_total(self, peer: Peer, stripe: Stripe) -> None:
        wanted = asked(2500)
        made = stripe.ask(wanted)
        peer.pay(made.reference)
        ours = back(made.reference, 1000)
        answer = stripe.refund(ours)
        told = heard(peer, stripe, "refund.created")
        assert (told.kind, told.reference, told.refund_id) == (
            "refund",
            made.reference,
            ours.refund_id,
        )
        assert (told.refund_reference, told.refund_state) == (answer.reference, "settled")
        assert told.money == Money(1000, "EUR")
        total = heard(peer, stripe, "charge.refunded")
        assert (total.kind, total.payment_id) == ("refund", wanted.payment_id)
        assert (total.refunded, total.refund_state) == (Money(1000, "EUR"), None)

    @pytest.mark.parametrize(("fails", "state"), [(True, "failed"), (False, "settled")])
    def test_a_refund_that_ends_later(
        self, peer: Peer, stripe: Stripe, fails: bool, state: str
    ) -> None:
        made = stripe.ask(asked(2500))
        peer.pay(made.reference)
        peer.book.refunds_settle = False
        answer = stripe.refund(back(made.reference, 1000))
        peer.end_refund(answer.reference, fails=fails)
        told = heard(peer, stripe, "refund.failed" if fails else "refund.updated")
        assert (told.refund_state, bool(told.error)) == (state, fails)

    def test_a_refund_by_hand_has_no_id_of_ours(self, peer: Peer, stripe: Stripe) -> None:
        made = stripe.ask(asked(2500))
        peer.pay(made.reference)
        refund = peer.refund_by_hand(made.reference, 500)
        told = heard(peer, stripe, "refund.created")
        assert (told.refund_id, told.refund_reference) == (None, refund)
        assert (told.kind, told.reference) == ("refund", made.reference)

    @pytest.mark.parametrize(
        ("status", "dispute"), [("won", "won"), ("lost", "lost"), ("warning_closed", "won")]
    )
    def test_a_dispute_opens_and_closes(
        self, peer: Peer, stripe: Stripe, status: str, dispute: str
    ) -> None:
        made = stripe.ask(asked(2500))
        peer.pay(made.reference)
        named = peer.dispute(made.reference)
        told = heard(peer, stripe, "charge.dispute.created")
        assert (told.kind, told.dispute, told.reference) == ("dispute", "open", made.reference)
        assert told.money == Money(2500, "EUR")
        peer.close_dispute(named, status)
        assert heard(peer, stripe, "charge.dispute.closed").dispute == dispute
        [known] = stripe.listing(datetime.now(UTC) - timedelta(days=1))
        assert known.disputed

    def test_what_we_do_not_know_is_other_and_harmless(self, peer: Peer, stripe: Stripe) -> None:
        for kind, thing in (
            ("customer.created", {"id": "cus_1", "object": "customer"}),
            ("charge.refunded", {"id": "ch_1", "object": "charge"}),  # of no intent
            ("payment_intent.succeeded", {}),
            ("payment_intent.succeeded", {"id": "pi_" + "9" * 200}),
        ):
            peer.book.happened(kind, thing)
            assert heard(peer, stripe, kind).kind == "other"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount_received": -5},
            {"amount_received": 10.5},
            {"amount_received": "2500"},
            {"amount_received": None},
            {"currency": "zzz"},
            {"currency": 7},
        ],
    )
    def test_an_amount_that_is_none_is_no_money(
        self, peer: Peer, stripe: Stripe, wrong: dict[str, Any]
    ) -> None:
        made = stripe.ask(asked())
        peer.pay(made.reference)
        event = peer.told("payment_intent.succeeded")
        event["data"]["object"].update(wrong)
        told = heard(peer, stripe, "payment_intent.succeeded")
        assert (told.state, told.money) == ("succeeded", None)

    def test_all_that_we_read_is_what_an_endpoint_should_be_subscribed_to(self) -> None:
        assert {"payment_intent.succeeded", "charge.refunded", "refund.failed"} <= set(HEARD)
        assert {"checkout.session.expired", "charge.dispute.closed"} <= set(HEARD)
        assert len(HEARD) == len(set(HEARD))


class TestWhatIsNotBelieved:
    @pytest.fixture
    def event(self, peer: Peer, stripe: Stripe) -> dict[str, Any]:
        made = stripe.ask(asked())
        peer.pay(made.reference)
        return peer.told("payment_intent.succeeded")

    def test_the_same_message_twice_is_the_same(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any]
    ) -> None:
        headers, body = peer.signed(event, at=NOW)
        again, _ = peer.signed(event, at=NOW + timedelta(seconds=60))
        first = stripe.read_event(headers, body, now=NOW)
        assert first == stripe.read_event(headers, body, now=NOW)
        assert first == stripe.read_event(again, body, now=NOW)
        assert first.event_id == event["id"]

    def test_headers_count_in_any_case(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any]
    ) -> None:
        headers, body = peer.signed(event, at=NOW)
        lower = {key.lower(): value for key, value in headers.items()}
        assert stripe.read_event(lower, body, now=NOW).state == "succeeded"

    @pytest.mark.parametrize("seconds", [-301, 301, -86_400, 10**7])
    def test_a_message_from_another_time_is_stale(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any], seconds: int
    ) -> None:
        headers, body = peer.signed(event, at=NOW + timedelta(seconds=seconds))
        with pytest.raises(EventStale):
            stripe.read_event(headers, body, now=NOW)

    @pytest.mark.parametrize("seconds", [-300, 300])
    def test_five_minutes_are_tolerated_whatever_the_machines_clock_says(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any], seconds: int
    ) -> None:
        headers, body = peer.signed(event, at=NOW + timedelta(seconds=seconds))
        assert stripe.read_event(headers, body, now=NOW).kind == "payment"

    def test_one_changed_letter_is_forged(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any]
    ) -> None:
        headers, body = peer.signed(event, at=NOW)
        with pytest.raises(EventForged):
            stripe.read_event(headers, body.replace(b"2500", b"2501"), now=NOW)

    def test_another_organizers_secret_is_forged(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any]
    ) -> None:
        with fake_stripe.running() as other:
            headers, body = other.signed(event, at=NOW)
        with pytest.raises(EventForged):
            stripe.read_event(headers, body, now=NOW)

    def test_a_stale_forgery_is_forged(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any]
    ) -> None:
        headers, body = peer.signed(event, at=NOW - timedelta(days=1), secret="whsec_guess")
        with pytest.raises(EventForged):
            stripe.read_event(headers, body, now=NOW)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "t=1,v1=",
            "v1=00",
            "t=x,v1=00",
            "nonsense",
            "t=1,v1=é\xff",
            "t=1" + ",v1=00" * 1000,
            "t=" + "9" * 5000 + ",v1=00",
        ],
    )
    def test_a_signature_that_is_none_is_forged(
        self, peer: Peer, stripe: Stripe, event: dict[str, Any], header: str
    ) -> None:
        with pytest.raises(EventForged):
            stripe.read_event({"stripe-signature": header}, json.dumps(event).encode(), now=NOW)
        with pytest.raises(EventForged):
            stripe.read_event({}, json.dumps(event).encode(), now=NOW)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"7",
            b"null",
            b'"text"',
            b"{}",
            b"\xff\xfe",
            b'{"id": 7, "type": ["x"], "object": "event"}',
            b'{"id": "evt_1", "type": "%s", "object": "event"}' % (b"x" * 101),
            b'{"object": "v2.core.event", "id": "evt_1", "type": "v2.core.thing"}',
            b"[" * 100_000,
        ],
    )
    def test_a_signed_body_that_is_no_event_is_refused(
        self, peer: Peer, stripe: Stripe, body: bytes
    ) -> None:
        headers, sent = peer.signed(body, at=NOW)
        with pytest.raises(EventForged):
            stripe.read_event(headers, sent, now=NOW)

    @pytest.mark.parametrize("data", [None, 7, [], "x", {"object": 7}, {"object": None}, {}])
    def test_an_event_about_nothing_is_other(self, peer: Peer, stripe: Stripe, data: Any) -> None:
        body = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "data": data}
        headers, sent = peer.signed(json.dumps(body).encode(), at=NOW)
        assert stripe.read_event(headers, sent, now=NOW).kind == "other"
