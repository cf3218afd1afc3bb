"""Paying with a card: yes, no, twice, late, out of order, never; money and passes agree."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from passes_service.db.models import MailMessage, OutboxEvent, Pass, Payment, PaymentReturn
from passes_service.worker import payments
from tests import people
from tests.checkout import ground
from tests.checkout.conftest import Shop, bearer


def test_from_the_card_to_the_pass(shop: Shop) -> None:
    order = shop.order()
    assert order["state"] == "placed"
    assert order["total"]["minor"] == "6000"
    paid = shop.pay(order)
    assert paid["state"] == "pending"
    assert paid["client"]["client_secret"]
    shop.peer.pay(reference(shop))
    assert shop.tell("payment_intent.succeeded") == 200
    done = shop.read(order)
    assert done["state"] == "completed"
    assert [line["pass_id"] is not None for line in done["lines"]] == [True]
    assert b"passes_entitlement_seconds_count 1.0" in shop.services.metrics.text()
    row = only_pass(shop)
    assert (row.provider, row.paid_minor, row.currency) == ("stripe", 6_000, "EUR")
    ground.check_book(shop.services, shop.organizer_id)


def test_a_yes_that_comes_twice_counts_once(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    assert [shop.tell("payment_intent.succeeded") for _ in range(3)] == [200, 200, 200]
    assert only_pass(shop)
    ground.check_book(shop.services, shop.organizer_id)


def test_a_no_that_comes_after_the_yes_changes_nothing(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.decline(reference(shop))
    shop.peer.pay(reference(shop))
    assert shop.tell("payment_intent.succeeded") == 200
    assert shop.tell("payment_intent.payment_failed") == 200
    assert shop.read(order)["state"] == "completed"
    assert shop.read(order)["payments"][0]["state"] == "succeeded"


def test_a_declined_card_can_be_tried_again_and_is_counted(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.decline(reference(shop))
    shop.tell("payment_intent.payment_failed")
    failed = shop.read(order)["payments"][0]
    assert (failed["state"], failed["error_code"]) == ("failed", "insufficient_funds")
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    shop.work()
    assert shop.read(order)["state"] == "completed"
    text = shop.services.metrics.text()
    assert b'passes_payments_failed_total{code="insufficient_funds",provider="stripe"} 1.0' in text
    assert b'succeeded_after_failure_total{provider="stripe"} 1.0' in text


def test_a_yes_that_never_comes_is_fetched(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    payments.ask_again(shop.services, shop.clock.forward(seconds=61))
    assert shop.read(order)["state"] == "completed"
    assert b'mended_total{kind="payment-succeeded"} 1.0' in shop.services.metrics.text()


def test_a_hold_that_expires_while_paying_is_sold_to_somebody_else_and_the_money_returns(
    shop: Shop,
) -> None:
    order = shop.order(quantity=2)
    shop.pay(order)
    shop.clock.forward(minutes=16)
    shop.peer.pay(reference(shop))  # before we could stop it
    payments.expire_orders(shop.services, shop.clock())
    others = [shop.order(f"other{number}@example.org") for number in range(3)]
    assert len(others) == 3
    assert shop.tell("payment_intent.succeeded") == 200
    ended = shop.read(order)
    assert ended["state"] == "returned"
    assert "before the payment came" in ended["end_reason"]
    shop.work()
    with shop.services.database.reading() as session:
        back = session.exec(select(PaymentReturn)).one()
    assert (back.state, back.amount_minor) == ("settled", 12_000)
    assert [one["amount"] for one in shop.peer.book.refunds.values()] == [12_000]
    assert "Your money goes back: EUR 120.00" in subjects(shop)
    ground.check_book(shop.services, shop.organizer_id)


def test_a_late_payment_gets_its_places_if_they_are_still_there(shop: Shop) -> None:
    order = shop.order(quantity=2)
    shop.pay(order)
    shop.clock.forward(minutes=16)
    payments.expire_orders(shop.services, shop.clock())
    assert shop.read(order)["state"] == "expired"
    shop.peer.pay(reference(shop))
    assert shop.tell("payment_intent.succeeded") == 200
    assert shop.read(order)["state"] == "completed"
    ground.check_book(shop.services, shop.organizer_id)


def test_who_has_not_paid_in_time_cannot_pay_any_more(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.clock.forward(minutes=16)
    shop.work()
    assert shop.peer.book.intents[reference(shop)]["status"] == "canceled"
    assert shop.read(order)["payments"][0]["state"] == "cancelled"


def test_the_same_key_replays_byte_for_byte(shop: Shop) -> None:
    order = shop.order()
    keyed = {**bearer(order), **people.keyed()}
    path = f"/api/v1/orders/{order['id']}/payments"
    body = {"provider": "stripe", "way": "intent"}
    first = shop.client.post(path, json=body, headers=keyed)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    again = shop.client.post(path, json=body, headers=keyed)
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(shop.peer.book.intents) == 1


def test_two_keys_are_still_one_payment(shop: Shop) -> None:
    order = shop.order()
    assert shop.pay(order)["id"] == shop.pay(order)["id"]
    assert len(shop.peer.book.intents) == 1


def test_a_dispute_closes_the_door_and_winning_it_opens_it(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    dispute = shop.peer.dispute(reference(shop))
    assert shop.tell("charge.dispute.created") == 200
    assert only_pass(shop).state == "void"
    shop.peer.close_dispute(dispute, "won")
    assert shop.tell("charge.dispute.closed") == 200
    row = only_pass(shop)
    assert (row.state, row.epoch) == ("active", 2)
    shop.work()
    assert subjects(shop).count("About your payment for The Drop") == 2


def test_a_refund_by_the_terms_goes_to_the_card(shop: Shop) -> None:
    order = shop.order(people.GUEST)
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    people.sign_in_holder(shop.client, shop.services, shop.organizer_id)
    row = only_pass(shop)
    asked = shop.client.post(
        f"/api/v1/me/passes/{row.pass_id}/refunds", json={}, headers=people.keyed()
    )
    assert asked.status_code == 201, asked.text
    shop.work()
    refunds = list(shop.peer.book.refunds.values())
    assert [one["amount"] for one in refunds] == [6_000]
    assert only_pass(shop).state == "refunded"


def test_what_nobody_signed_is_refused(shop: Shop) -> None:
    path = f"/api/v1/payments/{shop.organizer_id}/stripe/events"
    forged = shop.client.post(path, content=b"{}", headers={"Stripe-Signature": "t=1,v1=00"})
    assert (forged.status_code, forged.json()["code"]) == (401, "event-forged")
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    headers, body = shop.peer.signed(shop.peer.told("payment_intent.succeeded"))
    shop.clock.forward(minutes=6)
    stale = shop.client.post(path, content=body, headers=dict(headers))
    assert (stale.status_code, stale.json()["code"]) == (401, "event-stale")
    assert shop.read(order)["state"] == "placed"


def reference(shop: Shop) -> str:
    """Return the provider's name for the newest payment."""
    with shop.services.database.reading() as session:
        rows = session.exec(select(Payment)).all()
    found: Any = max(rows, key=lambda row: row.id)
    return str(found.reference)


def subjects(shop: Shop) -> list[str]:
    """Return what the letters so far are about."""
    with shop.services.database.reading() as session:
        return [row.subject for row in session.exec(select(MailMessage)).all()]


def only_pass(shop: Shop) -> Pass:
    with shop.services.database.reading() as session:
        return session.exec(select(Pass)).one()


def test_a_return_that_an_outage_wore_out_is_asked_for_again(shop: Shop) -> None:
    order = shop.order(quantity=2)
    shop.pay(order)
    shop.clock.forward(minutes=16)
    shop.peer.pay(reference(shop))
    payments.expire_orders(shop.services, shop.clock())
    for number in range(3):
        shop.order(f"other{number}@example.org")
    shop.tell("payment_intent.succeeded")
    with shop.services.database.transaction() as session:
        for event in session.exec(
            select(OutboxEvent).where(OutboxEvent.type == "payment_return.requested")
        ):
            event.failed_at = shop.clock()
    shop.work()
    assert shop.peer.book.refunds == {}
    payments.send_back_again(shop.services, shop.clock.forward(hours=1))
    assert [one["amount"] for one in shop.peer.book.refunds.values()] == [12_000]
    payments.send_back_again(shop.services, shop.clock.forward(hours=1))
    assert len(shop.peer.book.refunds) == 1
