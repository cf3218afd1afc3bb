"""The waiting room over HTTP and as a page: one place per browser, kept whatever is reloaded."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Drop
from passes_service.web import waiting
from tests import people
from tests.drops import queue_ground
from tests.fakes import Clock
from tests.season import Season, season


def path(drop: Drop) -> str:
    return f"/api/v1/drops/{drop.id}/queue"


def page_path(drop: Drop) -> str:
    return f"/o/nocturne/drops/{drop.slug}/queue"


def test_a_guest_gets_a_place_and_keeps_it(client: TestClient, services: Services) -> None:
    drop = queue_ground.room(services)
    first = client.post(path(drop)).json()
    assert (first["state"], first["number"], first["ahead"]) == ("early", None, None)
    assert client.cookies.get("passes_visitor") == first["visitor"]
    again = client.post(path(drop)).json()
    assert (again["token"], again["visitor"]) == (first["token"], first["visitor"])
    seen = client.get(path(drop), params={"token": first["token"]}).json()
    assert seen["entry_id"] == first["entry_id"]
    client.cookies.clear()
    assert client.post(path(drop)).json()["entry_id"] != first["entry_id"]


def test_after_the_opening_a_look_moves_the_room(
    client: TestClient, services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services, at_once=1)
    first = client.post(path(drop)).json()
    client.cookies.clear()
    second = client.post(path(drop)).json()
    clock.forward(hours=1)
    states = {}
    for one in (first, second):
        found = client.get(path(drop), params={"token": one["token"]}).json()
        states[found["number"]] = (found["state"], found["ahead"], found["left"])
    assert states == {1: ("admitted", 0, 3), 2: ("waiting", 0, 3)}


def test_who_comes_to_an_empty_open_room_goes_straight_on(
    client: TestClient, services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services)
    clock.forward(hours=1)
    for number in (1, 2, 3):
        client.cookies.clear()
        found = client.post(path(drop)).json()
        assert (found["state"], found["number"]) == ("admitted", number)


def test_the_lot_can_be_checked_by_anyone(
    client: TestClient, services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services)
    mine = {}
    for _ in range(5):
        client.cookies.clear()
        found = client.post(path(drop)).json()
        mine[found["entry_id"]] = found["token"]
    before = client.get(f"{path(drop)}/order").json()
    assert (before["secret"], before["numbered_at"], before["entries"]) == (None, None, [])
    clock.forward(hours=1)
    numbers = {
        entry: client.get(path(drop), params={"token": token}).json()["number"]
        for entry, token in mine.items()
    }
    after = client.get(f"{path(drop)}/order").json()
    secret = bytes.fromhex(after["secret"])
    assert hashlib.sha256(secret).hexdigest() == before["commitment"] == after["commitment"]
    order = sorted(mine, key=lambda entry: hmac.new(secret, UUID(entry).bytes, "sha256").digest())
    assert {entry: number for number, entry in enumerate(order, 1)} == numbers
    assert [(one["id"], one["number"]) for one in after["entries"]] == [
        (entry, number) for number, entry in enumerate(order, 1)
    ]


@pytest.mark.parametrize("way", ["look", "join", "page"])
def test_a_guest_who_signs_in_takes_the_place_along(
    client: TestClient, services: Services, way: str
) -> None:
    made = season(services)
    drop = queue_ground.room(services, made)
    guest = client.post(path(drop)).json()
    people.holder(services, made.organizer_id)
    people.sign_in_holder(client, services, made.organizer_id)
    if way == "look":
        seen = client.get(path(drop), params={"token": guest["token"]}).json()
        assert (seen["entry_id"], seen["visitor"]) == (guest["entry_id"], None)
    elif way == "page":
        assert guest["entry_id"] in client.get(page_path(drop)).text
    assert client.post(path(drop)).json()["entry_id"] == guest["entry_id"]
    client.cookies.delete("passes_visitor")
    assert client.post(path(drop)).json()["entry_id"] == guest["entry_id"]


def test_a_token_alone_takes_nobodys_place(client: TestClient, services: Services) -> None:
    made = season(services)
    drop = queue_ground.room(services, made)
    guest = client.post(path(drop)).json()
    client.cookies.clear()
    people.holder(services, made.organizer_id)
    people.sign_in_holder(client, services, made.organizer_id)
    client.get(path(drop), params={"token": guest["token"]})
    assert client.post(path(drop)).json()["entry_id"] != guest["entry_id"]


@pytest.mark.parametrize(
    ("token", "code", "status"),
    [
        (None, "queue-token-missing", 403),
        ("", "queue-token-missing", 403),
        ("EPQ1.x", "queue-token-forged", 422),
        ("changed", "queue-token-forged", 422),
        ("elsewhere", "queue-token-elsewhere", 422),
        ("x" * 300, "invalid-input", 422),
    ],
)
def test_bad_tokens_are_refused_each_in_its_own_words(
    client: TestClient, services: Services, token: str | None, code: str, status: int
) -> None:
    made = season(services)
    drop = queue_ground.room(services, made)
    there = queue_ground.room(services, made, slug="summer")
    good = client.post(path(drop)).json()["token"]
    other = client.post(path(there)).json()["token"]
    end = "A" if good[-1] != "A" else "E"
    sent = {"changed": good[:-1] + end, "elsewhere": other}.get(token or "", token)
    answer = client.get(path(drop), params={} if sent is None else {"token": sent})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["next"]


def test_a_drop_without_a_room_and_no_drop_at_all(client: TestClient, services: Services) -> None:
    drop = queue_ground.drop(services)
    assert client.post(path(drop)).json()["code"] == "no-waiting-room"
    assert client.get(path(drop)).json()["code"] == "no-waiting-room"
    assert client.get(f"{path(drop)}/order").json()["code"] == "no-waiting-room"
    nowhere = f"/api/v1/drops/{UUID(int=1)}/queue"
    assert client.post(nowhere).status_code == 404


def test_a_room_of_a_drop_that_is_over(
    client: TestClient, services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services)
    clock.now = drop.closes_at
    assert client.post(path(drop)).json()["code"] == "waiting-room-over"
    assert "This Drop is over" in client.get(page_path(drop)).text


def test_the_page_leads_from_joining_to_the_turn(
    client: TestClient, services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services)
    page = client.get(page_path(drop)).text
    assert "Take a place" in page
    assert "http-equiv" not in page  # nothing to look at again
    assert client.post(page_path(drop)).headers["location"] == page_path(drop)
    page = client.get(page_path(drop)).text
    assert "You have a place" in page
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page
    clock.forward(hours=1)
    page = client.get(page_path(drop)).text
    assert "It is your turn" in page
    assert f'href="/o/nocturne/drops/{drop.slug}?queue=EPQ1.' in page
    assert "3 places left" in page


def test_the_page_says_how_many_come_first_and_what_cannot_be_said(
    client: TestClient, services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services, at_once=1)
    clock.forward(hours=1)
    client.post(page_path(drop))
    for _ in range(3):
        client.cookies.clear()
        client.post(page_path(drop))
        clock.forward(seconds=1)
    client.get(page_path(drop))
    page = client.get(page_path(drop)).text
    assert "people are before you" in page
    assert "We cannot say yet" in page
    assert "Your number is 4" in page


def test_visitors_are_counted_as_the_checkout_counts_them(services: Services) -> None:
    """`buyers.buyer_of` names a visitor by the same hash; a place would not fit an order else."""
    from starlette.requests import Request

    from passes_service.web import buyers

    app = type("App", (), {"state": type("State", (), {"services": services})})
    request = Request({"type": "http", "headers": [(b"cookie", b"passes_visitor=abc")], "app": app})
    organizer = UUID(int=1)
    buyer = buyers.buyer_of(request, organizer, "key", drop_id=organizer)
    assert buyer.subject == waiting.subject_of(request, organizer)


def test_staff_open_a_room_with_their_own_numbers(
    client: TestClient, services: Services, clock: Clock
) -> None:
    made: Season = season(services)
    drop = queue_ground.drop(services, made)
    where = f"/api/v1/drops/{drop.id}/waiting-room"
    body = {"at_once": 5, "per_minute": 30, "stay_seconds": 120}
    assert client.post(where, json=body, headers=people.keyed()).status_code == 401
    people.sign_in_staff(client, services, made.owner)
    answer = client.post(where, json=body, headers=people.keyed())
    assert answer.status_code == 201, answer.text
    assert {name: answer.json()[name] for name in body} == body
    bad = client.post(where, json=body | {"at_once": 0}, headers=people.keyed())
    assert bad.status_code == 422
    clock.forward(hours=1)
    again = client.post(where, json=body | {"at_once": 9}, headers=people.keyed())
    assert (again.json()["at_once"], again.json()["commitment"]) == (
        9, answer.json()["commitment"],
    )  # fmt: skip


def test_a_drop_that_has_opened_gets_no_room(
    client: TestClient, services: Services, clock: Clock
) -> None:
    made = season(services)
    drop = queue_ground.drop(services, made)
    people.sign_in_staff(client, services, made.owner)
    clock.forward(hours=1)
    late = client.post(f"/api/v1/drops/{drop.id}/waiting-room", json={}, headers=people.keyed())
    assert late.json()["code"] == "queue-room-odd"
