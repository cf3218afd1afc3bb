"""Bad input of buyers: a problem with a code each, and nothing held, sold, charged or told."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from sqlmodel import select

from passes_service.accounts import api_keys
from passes_service.db.models import Order, Pass, Payment
from passes_service.worker import payments
from tests import people
from tests.checkout import ground
from tests.checkout.conftest import Shop, bearer
from tests.checkout.test_paying import only_pass, reference
from tests.checkout.test_races import coupons
from tests.drops import ground as drops


def hold(shop: Shop, **headers: str) -> httpx2.Response:
    """Hold one place by the API."""
    path = f"/api/v1/drops/{shop.drop.drop.id}/holds"
    body = {"organizer_id": str(shop.organizer_id)}
    found: httpx2.Response = shop.client.post(
        path, json=body, headers={**people.keyed(), **headers}
    )
    return found


def name(shop: Shop, held: dict[str, Any], **more: Any) -> httpx2.Response:
    """Name the buyer of what is held."""
    found: httpx2.Response = shop.client.post(
        f"/api/v1/orders/{held['order_id']}/place",
        json={"email": people.GUEST, **more},
        headers={**bearer(held), **people.keyed()},
    )
    return found


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"expected_total": "1"}, "price-changed"),
        ({"expected_total": "0"}, "price-changed"),
        ({"expected_total": "9" * 40}, "price-changed"),
        ({"expected_total": "-6000"}, "invalid-input"),
        ({"expected_total": 6000.5}, "invalid-input"),
        ({"total": 1}, "invalid-input"),
        ({"paid_minor": 1}, "invalid-input"),
        ({"currency": "USD"}, "currency-not-offered"),
        ({"currency": "ETH"}, "currency-not-offered"),
        ({"currency": "EURO!"}, "invalid-input"),
        ({"coupon": "NO-SUCH"}, "coupon-unfit"),
        ({"coupon": "' OR 1=1 --"}, "coupon-unfit"),
        ({"email": "nobody"}, "field-refused"),
        ({"email": None}, "buyer-missing"),
    ],
)
def test_a_price_or_buyer_that_was_tampered_with(
    shop: Shop, sent: dict[str, Any], code: str
) -> None:
    held = hold(shop).json()
    refused = name(shop, held, **sent)
    assert (refused.json()["code"], refused.status_code // 100) == (code, 4)
    now = shop.client.get(f"/api/v1/orders/{held['order_id']}", headers=bearer(held)).json()
    assert (now["state"], now["total"], now["lines"]) == ("held", None, [])
    assert name(shop, held, expected_total="6000").status_code == 200
    ground.check_book(shop.services, shop.organizer_id)


def test_what_has_run_out_can_be_neither_named_nor_paid_nor_cancelled(shop: Shop) -> None:
    held, placed = hold(shop).json(), shop.order()
    shop.clock.forward(hours=1)
    assert name(shop, held).json()["code"] == "order-ended"
    path = f"/api/v1/orders/{placed['id']}"
    keyed = {**bearer(placed), **people.keyed()}
    paid = shop.client.post(f"{path}/payments", json={"provider": "stripe"}, headers=keyed)
    assert (paid.status_code, paid.json()["code"]) == (409, "order-ended")
    gone = shop.client.post(f"{path}/cancel", headers={**bearer(placed), **people.keyed()})
    assert gone.json()["code"] == "order-ended"
    assert not shop.peer.calls
    shop.work()
    ground.check_book(shop.services, shop.organizer_id)
    assert drops.look(shop.services, shop.organizer_id, shop.drop.drop.id).left == 3


def test_a_token_opens_its_own_order_as_it_is_and_nothing_else(shop: Shop) -> None:
    mine, other = shop.order(), shop.order("other@example.org")
    token = mine["token"]
    odd = [token[:-1] + ("a" if token[-1] != "a" else "b"), token + "a", token[:30], "ps_order_"]
    for sent in (*odd, other["token"]):
        for way in ("", "/place", "/cancel", "/payments"):
            path, headers = f"/api/v1/orders/{mine['id']}{way}", {"Authorization": f"Bearer {sent}"}
            body = {"provider": "stripe"} if way == "/payments" else {}
            method = "POST" if way else "GET"
            answer = shop.client.request(
                method, path, json=body if way else None, headers={**headers, **people.keyed()}
            )
            assert answer.status_code in (401, 404), (sent, way, answer.text)
    assert shop.read(mine)["state"] == shop.read(other)["state"] == "placed"
    assert not shop.peer.calls


def test_an_api_key_needs_the_scope_and_stays_in_its_house(shop: Shop) -> None:
    order = shop.order()
    weak, strong = key_of(shop, "passes:read"), key_of(shop, "passes:write")
    assert hold(shop, **weak).json()["code"] == "not-allowed"
    path = f"/api/v1/orders/{order['id']}"
    assert shop.client.get(path, headers=weak).json()["code"] == "not-allowed"
    assert shop.client.post(f"{path}/cancel", headers={**weak, **people.keyed()}).status_code == 403
    assert shop.client.get(path, headers=strong).status_code == 200
    _, owner = people.organizer(shop.services, "elsewhere")
    foreign = key_of(shop, "passes:write", people.as_caller(owner))
    assert shop.client.get(path, headers=foreign).status_code == 404
    gone = shop.client.post(f"{path}/cancel", headers={**foreign, **people.keyed()})
    assert gone.status_code == 404
    assert hold(shop, **foreign).status_code in (403, 404)
    assert shop.read(order)["state"] == "placed"


def test_a_storefronts_key_that_can_be_guessed_opens_nothing(shop: Shop) -> None:
    """An Idempotency-Key is no secret: a stranger who repeats a call gets no token for it."""
    guessed = {"Idempotency-Key": "order-00000042"}
    theirs = hold(shop, **key_of(shop, "passes:write"), **guessed)
    assert theirs.status_code == 201
    stranger = hold(shop, **guessed)
    assert stranger.json()["code"] == "hold-key-reused"
    people.sign_in_holder(shop.client, shop.services, shop.organizer_id)
    assert hold(shop, **guessed).json()["code"] == "hold-key-reused"
    mine = hold(shop, **{"Idempotency-Key": "order-00000043"})
    assert hold(shop, **{"Idempotency-Key": "order-00000043"}).content == mine.content
    shop.client.cookies.clear()
    assert hold(shop, **{"Idempotency-Key": "order-00000043"}).json()["code"] == "hold-key-reused"


def key_of(shop: Shop, scope: str, caller: Any = None) -> dict[str, str]:
    """Return the header of a fresh API key."""
    with shop.services.database.transaction() as session:
        _, token = api_keys.create(
            session,
            caller=caller or shop.made.staff,
            name="Storefront",
            scopes=frozenset([scope]),
            random=shop.services.random_bytes,
            now=shop.services.clock(),
        )
    return {"Authorization": f"Bearer {token}"}


def test_an_intent_of_an_earlier_price_buys_nothing_at_the_new_one(shop: Shop) -> None:
    """Declined, named anew with a code, and then the first form is paid after all."""
    coupons(shop.services, shop.organizer_id, "TENTH")
    order = shop.order()
    shop.pay(order)
    first = reference(shop)
    shop.peer.decline(first)
    shop.tell("payment_intent.payment_failed")
    again = name(shop, {**order, "order_id": order["id"]}, coupon="TENTH")
    assert again.json()["total"]["minor"] == "5400"
    shop.peer.pay(first)
    assert shop.tell("payment_intent.succeeded") == 200
    assert shop.read(order)["state"] == "placed"
    shop.work()
    assert [one["amount"] for one in shop.peer.book.refunds.values()] == [6_000]
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    assert shop.read(order)["state"] == "completed"
    assert only_pass(shop).paid_minor == 5_400
    ground.check_book(shop.services, shop.organizer_id)


def test_a_provider_that_is_broken_for_one_does_not_starve_the_others(shop: Shop) -> None:
    """The oldest payments cannot be asked about: those after them are, all the same."""
    order = shop.order()
    shop.pay(order)
    with shop.services.database.transaction() as session:
        good = session.exec(select(Payment)).one()
        home = session.get_one(Order, (good.organizer_id, good.order_id))
        for number in range(60):
            copy = Order(**{**home.model_dump(exclude={"id"}), "key_digest": bytes([number]) * 32})
            copy.state = "cancelled"
            session.add(copy)
            session.flush()
            fields = good.model_dump(exclude={"id", "order_id"})
            bad = Payment(**{**fields, "order_id": copy.id, "reference": f"pi_broken{number}"})
            bad.created_at = good.created_at - shop.services.clock().resolution * (60 - number)
            session.add(bad)
    for number in range(60):
        shop.peer.fail("GET", f"/v1/payment_intents/pi_broken{number}", status=401, times=99)
    shop.peer.pay(good.reference)
    for _ in range(3):
        payments.ask_again(shop.services, shop.clock.forward(seconds=61))
    assert shop.read(order)["state"] == "completed"


def test_messages_that_are_forged_replayed_or_for_another_house(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    event = shop.peer.told("payment_intent.succeeded")
    elsewhere, _ = people.organizer(shop.services, "elsewhere")
    path = "/api/v1/payments/{}/{}/events"
    headers, body = shop.peer.signed(event)
    other = shop.client.post(path.format(elsewhere.id, "stripe"), content=body, headers=headers)
    assert other.status_code in (404, 409, 503), other.text
    bent = body.replace(b"6000", b"6001")
    refused = shop.client.post(
        path.format(shop.organizer_id, "stripe"), content=bent, headers=headers
    )
    assert refused.json()["code"] == "event-forged"
    wrong, _ = shop.peer.signed(event, secret="whsec_of_somebody_else")
    refused = shop.client.post(
        path.format(shop.organizer_id, "stripe"), content=body, headers=wrong
    )
    assert refused.json()["code"] == "event-forged"
    assert shop.read(order)["state"] == "placed"
    assert [shop.tell("payment_intent.succeeded") for _ in range(2)] == [200, 200]
    with shop.services.database.reading() as session:
        assert len(session.exec(select(Pass)).all()) == 1
    ground.check_book(shop.services, shop.organizer_id)
