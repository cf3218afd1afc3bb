"""Holds over HTTP: in a group or alone they are the same, and every refusal is a problem."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Drop, Order, new_id
from tests import people
from tests.checkout import ground
from tests.conftest import ORIGIN
from tests.drops import ground as drops
from tests.season import season


def path_of(drop: Drop) -> str:
    return f"/api/v1/drops/{drop.id}/holds"


def ask(client: TestClient, drop: Drop, **more: Any) -> httpx2.Response:
    body = {"organizer_id": str(drop.organizer_id), **more}
    found: httpx2.Response = client.post(path_of(drop), json=body, headers=people.keyed())
    return found


def test_a_visitor_holds_places_and_the_token_opens_the_order(
    client: TestClient, services: Services
) -> None:
    drop = drops.drop(services, season(services)).drop
    held = ask(client, drop, quantity=2)
    assert held.status_code == 201, held.text
    assert held.json()["hold_seconds"] == drop.hold_seconds
    token = {"Authorization": f"Bearer {held.json()['token']}"}
    order = client.get(f"/api/v1/orders/{held.json()['order_id']}", headers=token)
    assert (order.json()["state"], order.json()["quantity"]) == ("held", 2)
    other = client.get(f"/api/v1/orders/{new_id()}", headers=token)
    assert other.status_code == 404
    client.cookies.clear()
    assert client.get(f"/api/v1/orders/{held.json()['order_id']}").status_code == 401


def test_repeating_a_call_is_the_same_answer_whichever_way_it_goes(
    client: TestClient, services: Services
) -> None:
    drop = drops.drop(services, season(services)).drop
    keyed = people.keyed()
    body = {"organizer_id": str(drop.organizer_id)}
    first = client.post(path_of(drop), json=body, headers=keyed)
    again = client.post(path_of(drop), json=body, headers=keyed)
    slow = {**keyed, "Content-Type": "application/json; charset=utf-8"}  # the ordinary way
    ordinary = client.post(path_of(drop), json=body, headers=slow)
    assert first.content == again.content == ordinary.content
    assert drops.look(services, drop.organizer_id, drop.id).held == 1


def test_who_is_signed_in_holds_for_their_account(client: TestClient, services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, per_holder=1).drop
    holder = people.holder(services, made.organizer_id)
    people.sign_in_holder(client, services, made.organizer_id)
    held = client.post(path_of(drop), json={}, headers=people.keyed())
    assert held.status_code == 201, held.text
    with services.database.reading() as session:
        row = session.get_one(Order, (made.organizer_id, UUID(held.json()["order_id"])))
    assert (row.holder_id, row.subject) == (holder.id, f"h:{holder.id}")
    again = client.post(path_of(drop), json={}, headers=people.keyed())
    assert (again.status_code, again.json()["code"]) == (409, "limit-reached")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"quantity": 0}, 422, "invalid-input"),
        ({"quantity": -5}, 422, "invalid-input"),
        ({"quantity": 10**30}, 422, "invalid-input"),
        ({"quantity": 900}, 422, "field-refused"),
        ({"offer_id": "x"}, 422, "invalid-input"),
        ({"offer_id": str(new_id())}, 404, "not-found"),
        ({"price": 1}, 422, "invalid-input"),
        ({"organizer_id": str(new_id())}, 404, "not-found"),
        ({"organizer_id": None}, 422, "field-refused"),
    ],
)
def test_bad_input_gets_a_problem_with_a_code(
    client: TestClient, services: Services, sent: dict[str, Any], status: int, code: str
) -> None:
    drop = drops.drop(services, season(services)).drop
    answer = ask(client, drop, **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert drops.look(services, drop.organizer_id, drop.id).held == 0


def test_without_a_key_and_from_a_foreign_page_nothing_is_held(
    client: TestClient, services: Services
) -> None:
    drop = drops.drop(services, season(services)).drop
    body = {"organizer_id": str(drop.organizer_id)}
    keyless = client.post(path_of(drop), json=body)
    assert keyless.json()["code"] == "idempotency-key-missing"
    foreign = {**people.keyed(), "Origin": "https://evil.example"}
    assert client.post(path_of(drop), json=body, headers=foreign).status_code == 403
    people.sign_in_holder(client, services, drop.organizer_id)
    assert client.post(path_of(drop), json=body, headers=foreign).status_code == 403


def test_all_at_once_exactly_as_many_as_there_are(app: FastAPI, services: Services) -> None:
    made = season(services, cap=30)
    drop = drops.drop(services, made, quantity=30, per_holder=1).drop

    async def burst() -> Counter[int]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            body = {"organizer_id": str(drop.organizer_id)}
            asked = [
                client.post(path_of(drop), json=body, headers=people.keyed()) for _ in range(200)
            ]
            return Counter(answer.status_code for answer in await asyncio.gather(*asked))

    assert asyncio.run(burst()) == {201: 30, 409: 170}
    look = drops.look(services, drop.organizer_id, drop.id)
    assert (look.left, look.held, look.sold) == (0, 30, 0)
    ground.check_book(services, made.organizer_id)
