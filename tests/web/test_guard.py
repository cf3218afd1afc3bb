"""What every request passes: origins, headers, patience, and an answer for what broke."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.web.app import create_app
from passes_service.web.middleware import Guard
from tests import people
from tests.conftest import ORIGIN
from tests.season import Season, issue, season


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    made = season(services)
    people.sign_in_staff(client, services, made.owner)
    return made


@pytest.mark.parametrize("authorization", ["Basic eDp5", "", "Bearer", "Digest x"])
def test_only_a_bearer_token_stands_in_for_the_origin(
    client: TestClient, made: Season, authorization: str
) -> None:
    """Browsers add a proxy's basic password by themselves, also for a foreign page."""
    answer = client.post(
        "/api/v1/calendars",
        json={"name": "Nights", "time_zone": "Europe/Berlin"},
        headers={
            **people.keyed(),
            "Origin": "https://evil.example",
            "Authorization": authorization,
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


def test_nothing_of_a_person_is_kept_by_caches(
    client: TestClient, services: Services, made: Season
) -> None:
    held = issue(services, made)
    people.sign_in_holder(client, services, made.organizer_id)
    for path in ("", f"/{held.row.pass_id}", f"/{held.row.pass_id}/code"):
        assert client.get(f"/api/v1/me/passes{path}").headers["cache-control"] == "no-store"
    public = client.get(f"/o/nocturne/terms/{made.series.terms_hash}.json")
    assert "immutable" in public.headers["cache-control"]


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_our_own_fault_is_answered_with_headers_and_without_details(
    services: Services, accept: str
) -> None:
    app: FastAPI = create_app(services)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret detail")

    with TestClient(app, base_url=ORIGIN) as client:
        answer = client.get("/broken", headers={"Accept": accept})
    assert answer.status_code == 503
    assert "secret detail" not in answer.text
    assert "internal-error" in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_body_that_never_comes_is_given_up_on() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError("the application is not asked")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def never() -> Any:
        await asyncio.sleep(60)

    guard = Guard(
        app, max_body_bytes=1000, origin=ORIGIN, broken=lambda *_: _unused(), patience=0.05
    )
    scope = {"type": "http", "method": "POST", "path": "/api/v1/x", "headers": []}
    asyncio.run(guard(scope, never, send))
    assert sent[0]["status"] == 408
    assert b"body-too-slow" in sent[1]["body"]


def _unused() -> Any:
    raise AssertionError


def test_offers_are_no_post_office(client: TestClient, services: Services, made: Season) -> None:
    """Each offer sends a letter to an address that the holder chose."""
    held = issue(services, made)
    people.sign_in_holder(client, services, made.organizer_id)
    path = f"/api/v1/me/passes/{held.row.pass_id}/offers"
    codes = []
    for number in range(21):
        answer = client.post(
            path, json={"recipient": f"stranger{number}@example.org"}, headers=people.keyed()
        )
        codes.append(answer.status_code)
        if answer.status_code == 201:
            offer = answer.json()["id"]
            client.post(f"/api/v1/me/offers/{offer}/withdraw", headers=people.keyed())
    assert codes == [201] * 20 + [429]
    assert answer.json()["retry_after"] > 0
