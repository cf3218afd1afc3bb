"""Coupons and taxes: set over the API, used in an order, kept by it."""

from __future__ import annotations

from typing import Any

import pytest

from tests import people
from tests.checkout.conftest import Shop, bearer


@pytest.fixture
def staff(shop: Shop) -> Shop:
    people.sign_in_staff(shop.client, shop.services, shop.made.owner)
    return shop


def make(shop: Shop, path: str, body: dict[str, Any]) -> Any:
    return shop.client.post(f"/api/v1/{path}", json=body, headers=people.keyed())


def test_a_coupon_lowers_the_price_line_by_line_and_comes_back_if_nobody_pays(
    staff: Shop,
) -> None:
    made = make(staff, "coupons", {"code": "welcome", "max_uses": 1, "percent_bp": 2_500})
    assert made.status_code == 201, made.text
    assert made.json()["code"] == "WELCOME"
    order = staff.order(coupon=" Welcome ")
    assert order["total"]["minor"] == "4500"
    assert [line["words"] for line in order["price_lines"]] == [
        "1 x Season pass",
        "Code WELCOME, 25 % off",
    ]
    body = {"organizer_id": str(staff.organizer_id), "email": "b@example.org", "coupon": "WELCOME"}
    path = f"/api/v1/drops/{staff.drop.drop.id}/orders"
    refused = staff.client.post(path, json=body, headers=people.keyed())
    assert (refused.status_code, refused.json()["code"]) == (409, "coupon-unfit")
    gone = staff.client.post(
        f"/api/v1/orders/{order['id']}/cancel", headers={**bearer(order), **people.keyed()}
    )
    assert gone.json()["state"] == "cancelled"
    assert staff.order("b@example.org", coupon="WELCOME")["total"]["minor"] == "4500"


def test_a_fixed_amount_needs_its_currency(staff: Shop) -> None:
    body = {"code": "TENOFF", "max_uses": 5, "amount_minor": "1000", "currency": "USD"}
    assert make(staff, "coupons", body).status_code == 201
    sent = {"organizer_id": str(staff.organizer_id), "email": "b@example.org", "coupon": "TENOFF"}
    path = f"/api/v1/drops/{staff.drop.drop.id}/orders"
    refused = staff.client.post(path, json=sent, headers=people.keyed())
    assert "for prices in USD" in refused.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"code": "X1", "max_uses": 1, "percent_bp": 1},
        {"code": "ABC", "max_uses": 0, "percent_bp": 1},
        {"code": "ABC", "max_uses": 1},
        {"code": "ABC", "max_uses": 1, "percent_bp": 10_001},
        {"code": "ABC", "max_uses": 1, "percent_bp": 1, "amount_minor": "5", "currency": "EUR"},
        {"code": "ABC", "max_uses": 1, "amount_minor": "5", "currency": "XXX"},
        {"code": "A B", "max_uses": 1, "percent_bp": 1},
    ],
)
def test_odd_coupons_are_refused(staff: Shop, body: dict[str, Any]) -> None:
    assert make(staff, "coupons", body).status_code == 422
    assert staff.client.get("/api/v1/coupons").json() == []


def test_a_code_is_there_once_and_can_be_closed(staff: Shop) -> None:
    body = {"code": "ONCE", "max_uses": 9, "percent_bp": 100}
    made = make(staff, "coupons", body).json()
    assert make(staff, "coupons", body).json()["code"] == "coupon-taken"
    closed = make(staff, f"coupons/{made['id']}/close", {})
    assert closed.json()["closed_at"] is not None
    sent = {"organizer_id": str(staff.organizer_id), "email": "b@example.org", "coupon": "ONCE"}
    path = f"/api/v1/drops/{staff.drop.drop.id}/orders"
    assert staff.client.post(path, json=sent, headers=people.keyed()).status_code == 409


def test_taxes_are_lines_of_the_price_and_part_of_what_a_pass_is_refunded_by(
    staff: Shop,
) -> None:
    assert make(staff, "taxes", {"name": "VAT", "rate_bp": 1_900}).status_code == 201
    top = make(staff, "taxes", {"name": "City", "rate_bp": 500, "included": False}).json()
    order = staff.order()
    assert [(line["words"], line["amount"]) for line in order["price_lines"]] == [
        ("1 x Season pass", "6000"),
        ("of which VAT 19 %", "958"),
        ("City 5 %", "252"),
    ]
    assert order["total"]["minor"] == order["lines"][0]["paid"]["minor"] == "6252"
    assert make(staff, f"taxes/{top['id']}/end", {}).status_code == 200
    assert staff.order("b@example.org")["total"]["minor"] == "6000"
    assert staff.read(order)["total"]["minor"] == "6252"


def test_the_organizer_lists_orders_and_a_viewer_cannot_make_coupons(staff: Shop) -> None:
    staff.order()
    listed = staff.client.get("/api/v1/orders", params={"state": "placed"})
    assert [one["state"] for one in listed.json()] == ["placed"]
    viewer = people.member(staff.services, staff.organizer_id, "viewer")
    people.sign_in_staff(staff.client, staff.services, viewer)
    body = {"code": "ABC", "max_uses": 1, "percent_bp": 1}
    assert make(staff, "coupons", body).status_code == 403
