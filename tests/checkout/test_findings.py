"""What a reviewer with fresh eyes found: each of these was wrong once."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import col, select

from passes_service.accounts import merging
from passes_service.bootstrap import Services
from passes_service.core.pricing import Tax, decide_price
from passes_service.db.models import Order, Pass, Payment, Refund
from passes_service.passes import service as passes
from passes_service.worker import payments, reconcile
from tests import people
from tests.checkout import ground
from tests.checkout.conftest import Shop, bearer
from tests.checkout.test_paying import only_pass, reference
from tests.drops import ground as drops
from tests.drops.ground import phase
from tests.season import season


def references(shop: Shop) -> list[str]:
    """Return the provider's names of all payments, the oldest first."""
    with shop.services.database.reading() as session:
        return list(session.exec(select(Payment.reference).order_by(col(Payment.id))))


def twice_paid(shop: Shop) -> dict[str, Any]:
    """Let a card be declined, another one pay, and the first one's yes come late."""
    order = shop.order()
    shop.pay(order)
    first = reference(shop)
    shop.peer.decline(first)
    shop.tell("payment_intent.payment_failed")
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    shop.peer.pay(first)
    shop.tell("payment_intent.succeeded")
    shop.work()
    return order


def give_up(shop: Shop) -> None:
    people.sign_in_holder(shop.client, shop.services, shop.organizer_id)
    path = f"/api/v1/me/passes/{only_pass(shop).pass_id}/refunds"
    assert shop.client.post(path, json={}, headers=people.keyed()).status_code == 201
    shop.work()


def test_a_refund_goes_to_the_payment_that_bought_the_pass(shop: Shop) -> None:
    twice_paid(shop)
    give_up(shop)
    with shop.services.database.reading() as session:
        assert session.exec(select(Refund.state)).one() == "settled"
    back = [one["payment_intent"] for one in shop.peer.book.refunds.values()]
    assert sorted(back) == sorted(references(shop))
    found = list(reconcile.compare(shop.services, shop.clock.forward(hours=1)))
    assert found == []


def test_a_dispute_of_money_that_went_back_leaves_the_pass_alone(shop: Shop) -> None:
    twice_paid(shop)
    shop.peer.dispute(references(shop)[0])
    shop.tell("charge.dispute.created")
    assert only_pass(shop).state == "active"


def test_winning_a_dispute_brings_back_only_what_it_withdrew(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    with shop.services.database.transaction() as session:
        row = session.exec(select(Pass)).one()
        passes.void(session, row, reason="copied", actor="staff:1", now=shop.clock())
    dispute = shop.peer.dispute(reference(shop))
    shop.tell("charge.dispute.created")
    shop.peer.close_dispute(dispute, "won")
    shop.tell("charge.dispute.closed")
    assert only_pass(shop).state == "void"


def test_a_dispute_that_is_told_before_the_yes_counts(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.peer.dispute(reference(shop))
    shop.tell("charge.dispute.created")
    shop.tell("payment_intent.succeeded")
    assert only_pass(shop).state == "void"


def test_another_organizers_payments_in_one_account_are_not_ours(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    intent = shop.peer.book.intents[reference(shop)]
    intent["metadata"] = {**intent["metadata"], "organizer_id": str(order["id"])}
    assert list(reconcile.compare(shop.services, shop.clock.forward(hours=1))) == []
    assert shop.peer.book.refunds == {}


def test_what_the_provider_refuses_to_send_back_is_failed_not_asked_for_ever(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    shop.peer.refund_by_hand(reference(shop), 6_000)
    give_up(shop)
    with shop.services.database.reading() as session:
        assert session.exec(select(Refund.state)).one() == "failed"


def test_a_refusal_over_http_names_instants_as_the_api_does(shop: Shop) -> None:
    drop = drops.drop(shop.services, shop.made, quantity=1, slug="later", opens_in=drops.HOUR)
    here = {"organizer_id": str(shop.organizer_id)}
    slow = "application/json; charset=utf-8"  # the ordinary way
    for path, kind, more in (("orders", slow, {"email": people.GUEST}), ("holds", slow, {})):
        told = shop.client.post(
            f"/api/v1/drops/{drop.drop.id}/{path}",
            content=json.dumps({**here, **more}),
            headers={**people.keyed(), "Content-Type": kind},
        )
        assert (told.status_code, told.json()["code"]) == (409, "drop-not-open"), told.text
        assert told.json()["opens_at"] == "2027-03-01T13:00:00Z"


def test_two_browsers_with_one_key_do_not_share_an_order(shop: Shop) -> None:
    path = f"/api/v1/drops/{shop.drop.drop.id}/holds"
    keyed = {"Idempotency-Key": "checkout-1"}
    body = {"organizer_id": str(shop.organizer_id)}
    answers = []
    for name in ("one", "two"):
        people.use_cookie(shop.client, "passes_visitor", name)
        answers.append(shop.client.post(path, json=body, headers=keyed).status_code)
    assert answers == [201, 422]


def test_two_tax_rules_alike_still_add_up() -> None:
    tax = Tax(name="City", rate_bp=1_000, included=False)
    price = decide_price([("A", 1_000)], currency="EUR", taxes=[tax, tax])
    assert price.total == sum(line.amount for line in price.lines if line.counts) == 1_200


def test_who_was_let_in_does_not_buy_for_others(shop: Shop) -> None:
    made = shop.made
    vip = people.holder(shop.services, made.organizer_id)
    with shop.services.database.transaction() as session:
        passes.issue(
            session, organizer_id=made.organizer_id, series_id=made.series.id, holder_id=vip.id,
            paid_minor=0, actor="test", now=shop.clock(),
        )  # fmt: skip
    first = phase(shop.services, "holders", params={"series_id": str(made.series.id)})
    drop = drops.drop(shop.services, made, quantity=1, slug="vip", phases=(first,))
    people.sign_in_holder(shop.client, shop.services, made.organizer_id)
    told = shop.client.post(
        f"/api/v1/drops/{drop.drop.id}/orders",
        json={"email": "stranger@example.org"},
        headers=people.keyed(),
    )
    assert (told.status_code, told.json()["code"]) == (403, "phase-not-yours"), told.text


def test_joined_accounts_in_a_phase_with_a_limit_expire_as_all_do(services: Services) -> None:
    made = season(services)
    first = phase(services, per_holder=2)
    drop = drops.drop(services, made, per_holder=2, phases=(first,)).drop
    one = people.holder(services, made.organizer_id, "one@example.org")
    two = people.holder(services, made.organizer_id, "two@example.org")
    ground.hold(services, drop, holder_id=two.id, quantity=2)
    with services.database.transaction() as session:
        merging.merge(
            session,
            organizer_id=made.organizer_id,
            survivor_id=one.id,
            merged_id=two.id,
            now=services.clock(),
        )
    ground.check_book(services, made.organizer_id)
    clock: Any = services.clock
    payments.expire_orders(services, clock.forward(hours=1))
    ground.check_book(services, made.organizer_id)
    with services.database.reading() as session:
        assert session.exec(select(Order.state)).one() == "expired"


def test_a_way_that_is_not_named_is_the_usual_one(shop: Shop) -> None:
    order = shop.order()
    ids = set()
    for way in ("", "intent"):
        answer = shop.client.post(
            f"/api/v1/orders/{order['id']}/payments",
            json={"provider": "stripe", "way": way},
            headers={**bearer(order), **people.keyed()},
        )
        ids.add(answer.json()["id"])
    assert len(ids) == 1
