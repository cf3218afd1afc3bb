"""Odd values over HTTP: each gets a 4xx with the field, never a 5xx, and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from tests import people
from tests.season import Season, issue, season


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    made = season(services)
    people.sign_in_staff(client, services, made.owner)
    return made


FIELDS = (
    "title",
    "starts_at",
    "ends_at",
    "time_zone",
    "description",
    "location",
    "join_link",
    "all_day",
)


@pytest.mark.parametrize("field", FIELDS)
def test_null_is_no_value_of_a_session(client: TestClient, made: Season, field: str) -> None:
    path = f"/api/v1/sessions/{made.sessions[0].id}"
    answer = client.patch(path, json={field: None}, headers=people.keyed())
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert client.get(path).json()["sequence"] == 0


def test_capacity_may_be_taken_away(client: TestClient, made: Season) -> None:
    path = f"/api/v1/sessions/{made.sessions[0].id}"
    for capacity in (10, None):
        answer = client.patch(path, json={"capacity": capacity}, headers=people.keyed())
        assert (answer.status_code, answer.json()["capacity"]) == (200, capacity)
        assert answer.json()["sequence"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts_at", "0001-01-01T00:00:00+14:00"),
        ("starts_at", "2027-03-21T19:00:00"),
        ("starts_at", "tomorrow"),
        ("ends_at", "9999-12-31T23:59:59-12:00"),
        ("ends_at", "1999-01-01T00:00:00Z"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", "Europe/Berlin\x00"),
        ("title", "\x00"),
        ("title", "  "),
        ("title", "x" * 301),
        ("location", "a\x07b"),
        ("join_link", "javascript:alert(1)"),
        ("capacity", 0),
        ("capacity", 10**30),
        ("status", "cancelled"),
        ("sequence", 9),
        ("calendar_id", "00000000-0000-0000-0000-000000000000"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    client: TestClient, made: Season, field: str, value: Any
) -> None:
    path = f"/api/v1/sessions/{made.sessions[0].id}"
    before = client.get(path).json()
    answer = client.patch(path, json={field: value}, headers=people.keyed())
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert field in (body.get("field"), *(error["field"] for error in body.get("errors", [])))
    assert client.get(path).json() == before


def test_half_a_character_is_no_text(client: TestClient, made: Season) -> None:
    path = f"/api/v1/sessions/{made.sessions[0].id}"
    headers = {**people.keyed(), "Content-Type": "application/json"}
    answer = client.patch(path, content=rb'{"title": "\ud800"}', headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "title")


def test_cancelled_and_reinstated_over_http(client: TestClient, made: Season) -> None:
    path = f"/api/v1/sessions/{made.sessions[0].id}"
    off = client.post(f"{path}/cancel", headers=people.keyed()).json()
    assert (off["status"], off["sequence"]) == ("cancelled", 1)
    back = client.post(f"{path}/reinstate", headers=people.keyed()).json()
    assert (back["status"], back["sequence"]) == ("scheduled", 2)
    assert client.get(f"/api/v1/series/{made.series.id}").json()["left"] == 0


def test_another_organizers_session_is_not_reinstated(
    client: TestClient, services: Services, made: Season
) -> None:
    rival = season(services, "rival")
    path = f"/api/v1/sessions/{rival.sessions[0].id}/reinstate"
    assert client.post(path, headers=people.keyed()).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/terms/%00",
        "/api/v1/terms/0xABC",
        "/api/v1/passes/%00",
        "/api/v1/passes/²",
        "/api/v1/passes?text=%00",
        "/api/v1/passes?text=²",
        "/api/v1/passes?limit=101",
        "/api/v1/passes?before=x",
        "/api/v1/sessions/not-a-uuid",
        "/api/v1/series?calendar_id=00000000-0000-0000-0000-000000000000",
    ],
)
def test_odd_addresses_never_break_the_service(client: TestClient, made: Season, path: str) -> None:
    assert client.get(path).status_code in (200, 404, 422)


@pytest.mark.parametrize("tail", ["offers", "refunds"])
@pytest.mark.parametrize("number", ["abc", "007", "9" * 90, "%00"])
def test_a_number_that_is_no_pass_is_not_found_in_changes_either(
    client: TestClient, services: Services, made: Season, tail: str, number: str
) -> None:
    body = {"recipient": "a@example.org"} if tail == "offers" else {}
    issue(services, made)
    people.sign_in_holder(client, services, made.organizer_id)
    answer = client.post(f"/api/v1/me/passes/{number}/{tail}", json=body, headers=people.keyed())
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_who_is_offered_a_pass_sees_which_and_under_what_terms(
    client: TestClient, services: Services, made: Season
) -> None:
    held = issue(services, made)
    people.holder(services, made.organizer_id, "friend@example.org")
    people.sign_in_holder(client, services, made.organizer_id)
    client.post(
        f"/api/v1/me/passes/{held.row.pass_id}/offers",
        json={"recipient": "friend@example.org"},
        headers=people.keyed(),
    )
    people.sign_in_holder(client, services, made.organizer_id, "friend@example.org")
    (offer,) = client.get("/api/v1/me/offers").json()
    assert (offer["pass_id"], offer["title"], offer["number"], offer["terms_hash"]) == (
        str(held.row.pass_id),
        "Season pass",
        "1 of 5",
        made.series.terms_hash,
    )
