"""The storefront takes the money and says so, signed."""

from __future__ import annotations

import json
from typing import Any

from passes_service.payments import external
from tests import people
from tests.checkout.conftest import Shop, bearer
from tests.checkout.test_paying import only_pass


def say(shop: Shop, event_id: str, kind: str, **data: Any) -> int:
    body = json.dumps({"type": kind, "data": data}).encode()
    secret = shop.services.external(shop.organizer_id)
    stamp = int(shop.clock().timestamp())
    key = external.secret_for(shop.services.keyring.session_key, shop.organizer_id)
    assert secret.secret == external.written(key)
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": external.sign(key, event_id, stamp, body),
    }
    path = f"/api/v1/payments/{shop.organizer_id}/external/events"
    return shop.client.post(path, content=body, headers=headers).status_code


def begin(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    answer = shop.client.post(
        f"/api/v1/orders/{order['id']}/payments",
        json={"provider": "external"},
        headers={**bearer(order), **people.keyed()},
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_what_the_storefront_signs_completes_the_order_once(shop: Shop) -> None:
    order = shop.order()
    paid = begin(shop, order)
    assert paid["state"] == "pending"
    told = {"payment_id": paid["id"], "reference": "r-1", "amount_minor": 6_000, "currency": "EUR"}
    assert say(shop, "m1", "payment.succeeded", **told) == 200
    assert say(shop, "m1", "payment.succeeded", **told) == 200
    assert say(shop, "m2", "payment.succeeded", **told) == 200
    assert shop.read(order)["state"] == "completed"
    assert only_pass(shop).provider == "external"


def test_another_sum_is_not_taken_for_the_price(shop: Shop) -> None:
    order = shop.order()
    paid = begin(shop, order)
    told = {"payment_id": paid["id"], "reference": "r-1", "amount_minor": 1, "currency": "EUR"}
    assert say(shop, "m1", "payment.succeeded", **told) == 200
    assert shop.read(order)["state"] == "placed"
    again = begin(shop, order)
    assert again["id"] != paid["id"]
    told |= {"payment_id": again["id"], "amount_minor": 6_000, "reference": "r-2"}
    assert say(shop, "m2", "payment.succeeded", **told) == 200
    assert shop.read(order)["state"] == "completed"


def test_the_secret_is_for_those_who_manage_people(shop: Shop) -> None:
    path = "/api/v1/payments/external/secret"
    assert shop.client.get(path).status_code == 401
    people.sign_in_staff(shop.client, shop.services, shop.made.owner)
    assert shop.client.get(path).json()["secret"].startswith("whsec_")
    viewer = people.member(shop.services, shop.organizer_id, "viewer")
    people.sign_in_staff(shop.client, shop.services, viewer)
    assert shop.client.get(path).status_code == 403
