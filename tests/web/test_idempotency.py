"""A call under one Idempotency-Key happens once, whatever the network does."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import IdempotentCall, Pass, new_id
from passes_service.web.idempotency import LEASE
from tests import people
from tests.conftest import ORIGIN
from tests.fakes import Clock
from tests.season import Season, season

KEY = {"Idempotency-Key": "a-key-of-my-own-42"}


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    made = season(services)
    people.sign_in_staff(client, services, made.owner)
    return made


def _body(services: Services, made: Season) -> dict[str, str]:
    return {"holder_id": str(people.holder(services, made.organizer_id).id)}


def _passes(services: Services) -> int:
    with Session(services.database.reader) as session:
        return len(session.exec(select(Pass)).all())


def test_a_finished_call_replays_byte_for_byte(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    path, body = f"/api/v1/series/{made.series.id}/passes", _body(services, made)
    first = client.post(path, json=body, headers=KEY)
    clock.forward(hours=3)
    again = client.post(path, json=body, headers=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert _passes(services) == 1


def test_a_refusal_replays_too(client: TestClient, services: Services, made: Season) -> None:
    path = f"/api/v1/series/{made.series.id}/passes"
    body = {"holder_id": str(new_id())}
    first = client.post(path, json=body, headers=KEY)
    again = client.post(path, json=body, headers=KEY)
    assert (first.status_code, first.json()["code"]) == (404, "not-found")
    assert again.json() == first.json()


def test_the_same_key_with_another_body_is_422(
    client: TestClient, services: Services, made: Season
) -> None:
    path, body = f"/api/v1/series/{made.series.id}/passes", _body(services, made)
    client.post(path, json=body, headers=KEY)
    other = client.post(path, json={**body, "paid_minor": 5}, headers=KEY)

    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert _passes(services) == 1


def test_the_same_key_on_another_path_is_422(
    client: TestClient, services: Services, made: Season
) -> None:
    body = {"name": "Nights", "time_zone": "Europe/Berlin"}
    assert client.post("/api/v1/calendars", json=body, headers=KEY).status_code == 201
    other = client.post(f"/api/v1/series/{made.series.id}/close", headers=KEY)
    assert other.json()["code"] == "idempotency-key-reused"


def test_a_call_without_a_key_is_refused_and_nothing_happens(
    client: TestClient, services: Services, made: Season
) -> None:
    path = f"/api/v1/series/{made.series.id}/passes"
    answer = client.post(path, json=_body(services, made))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-missing")
    assert _passes(services) == 0


def test_a_running_call_answers_409_and_one_whose_process_died_is_done_again(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    path, body = f"/api/v1/series/{made.series.id}/passes", _body(services, made)
    client.post(path, json=body, headers=KEY)
    with services.database.transaction() as session:
        call = session.exec(select(IdempotentCall)).one()
        call.status, call.body = None, b""  # as a process leaves it that dies at work
        call.lease_until = clock() + LEASE
        session.add(call)

    running = client.post(path, json=body, headers=KEY)
    assert (running.status_code, running.json()["code"]) == (409, "call-running")
    assert 1 <= int(running.headers["retry-after"]) <= LEASE.total_seconds() + 1

    clock.now += LEASE + timedelta(seconds=1)
    resumed = client.post(path, json=body, headers=KEY)
    replayed = client.post(path, json=body, headers=KEY)
    assert resumed.status_code == 201
    assert replayed.content == resumed.content


def test_the_same_call_from_many_threads_acts_once(
    app: FastAPI, client: TestClient, services: Services, made: Season
) -> None:
    path, body = f"/api/v1/series/{made.series.id}/passes", _body(services, made)
    gate = Barrier(8)
    cookies = dict(client.cookies)

    def send(_: int) -> int:
        with TestClient(app, base_url=ORIGIN, cookies=cookies) as mine:
            gate.wait()
            answer = mine.post(path, json=body, headers={**KEY, "Origin": ORIGIN})
            return answer.status_code

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(send, range(8)))

    assert set(outcomes) <= {201, 409}
    assert outcomes[201] >= 1
    assert _passes(services) == 1


def test_keys_of_different_callers_do_not_meet(
    client: TestClient, services: Services, made: Season
) -> None:
    body = {"name": "Nights", "time_zone": "Europe/Berlin"}
    first = client.post("/api/v1/calendars", json=body, headers=KEY).json()["id"]
    manager = people.member(services, made.organizer_id, "manager")
    people.sign_in_staff(client, services, manager)
    second = client.post("/api/v1/calendars", json=body, headers=KEY).json()["id"]
    assert first != second
