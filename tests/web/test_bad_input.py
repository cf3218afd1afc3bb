"""Bad input gets a 4xx problem with a code and a field, and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, SQLModel, func, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import IdempotentCall, LoginSession, MagicLink
from tests import people
from tests.season import Season, issue, season

BROKEN_ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VCALENDAR\r\n"
BOOKKEEPING = {IdempotentCall.__tablename__, LoginSession.__tablename__, MagicLink.__tablename__}


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    made = season(services)
    people.sign_in_staff(client, services, made.owner)
    return made


def counts(services: Services) -> dict[str, int]:
    """Return the number of rows per table, without the books about calls and logins."""
    with Session(services.database.reader) as session:
        return {
            name: session.exec(select(func.count()).select_from(table)).one()
            for name, table in SQLModel.metadata.tables.items()
            if name not in BOOKKEEPING
        }


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"/problems/{code}"
    assert body["title"]
    assert body["next"]
    return body


class TestAnotherOrganizersIds:
    """404 without a hint, whatever is tried."""

    @pytest.fixture
    def other(self, services: Services, made: Season) -> Season:
        return season(services, "rival")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/calendars/{calendar}"),
            ("GET", "/calendars/{calendar}/sessions"),
            ("PATCH", "/calendars/{calendar}"),
            ("POST", "/calendars/{calendar}/imports"),
            ("GET", "/sessions/{session}"),
            ("PATCH", "/sessions/{session}"),
            ("POST", "/sessions/{session}/cancel"),
            ("GET", "/terms/{terms}"),
            ("GET", "/series/{series}"),
            ("POST", "/series/{series}/close"),
            ("POST", "/series/{series}/passes"),
            ("GET", "/passes/{pass}"),
            ("GET", "/passes/{pass}/history"),
            ("GET", "/passes/{pass}/voucher"),
            ("POST", "/passes/{pass}/reissue"),
            ("POST", "/passes/{pass}/void"),
            ("POST", "/passes/{pass}/refunds"),
        ],
    )
    def test_is_not_found(
        self,
        client: TestClient,
        services: Services,
        made: Season,
        other: Season,
        method: str,
        path: str,
    ) -> None:
        held = issue(services, other)
        ids = {
            "calendar": other.calendar.id,
            "session": other.sessions[0].id,
            # The same draft at the same instant gives the same Terms only for the same names.
            "terms": other.series.terms_hash,
            "series": other.series.id,
            "pass": held.row.pass_id,
        }
        bodies: dict[str, Any] = {
            "/calendars/{calendar}": {"name": "Mine now"},
            "/sessions/{session}": {"title": "Mine now"},
            "/series/{series}/passes": {"holder_id": str(held.row.holder_id)},
            "/passes/{pass}/void": {"reason": "Mine now"},
            "/passes/{pass}/refunds": {},
        }
        before = counts(services)
        extra: dict[str, Any] = {}
        if path.endswith("/imports"):
            extra["content"] = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
        elif method != "GET" and path in bodies:
            extra["json"] = bodies[path]
        answer = client.request(
            method, "/api/v1" + path.format(**ids), headers=people.keyed(), **extra
        )
        body = refused(answer, 404, "not-found")
        assert "other" not in body["detail"].lower()
        assert counts(services) == before


@pytest.mark.parametrize("field", ["price", "state", "epoch", "paid_back_minor", "serial"])
def test_extra_fields_are_refused_by_name(
    client: TestClient, services: Services, made: Season, field: str
) -> None:
    holder = people.holder(services, made.organizer_id)
    before = counts(services)
    answer = client.post(
        f"/api/v1/series/{made.series.id}/passes",
        json={"holder_id": str(holder.id), field: 1},
        headers=people.keyed(),
    )
    body = refused(answer, 422, "invalid-input")
    assert body["errors"] == [
        {"field": field, "code": "extra_forbidden", "message": body["errors"][0]["message"]}
    ]
    assert counts(services) == before


def test_a_body_of_10_mb_is_413(client: TestClient, services: Services, made: Season) -> None:
    before = counts(services)
    answer = client.post(
        f"/api/v1/calendars/{made.calendar.id}/imports",
        content=b"x" * 10_000_000,
        headers=people.keyed(),
    )
    refused(answer, 413, "body-too-large")
    assert counts(services) == before


def test_a_body_of_10_mb_without_a_length_is_413_too(client: TestClient, made: Season) -> None:
    def chunks() -> Any:
        for _ in range(10):
            yield b"x" * 1_000_000

    answer = client.post(
        f"/api/v1/calendars/{made.calendar.id}/imports", content=chunks(), headers=people.keyed()
    )
    refused(answer, 413, "body-too-large")


def test_a_broken_ics_names_its_line_and_imports_nothing(
    client: TestClient, services: Services, made: Season
) -> None:
    before = counts(services)
    answer = client.post(
        f"/api/v1/calendars/{made.calendar.id}/imports",
        content=BROKEN_ICS,
        headers=people.keyed(),
    )
    body = refused(answer, 422, "ics-broken")
    assert body["line"] == 5
    assert counts(services) == before


def test_an_unknown_address_and_method_are_problems(client: TestClient) -> None:
    refused(client.get("/api/v1/nowhere"), 404, "no-such-address")
    refused(client.put("/api/v1/calendars"), 405, "no-such-address")


def test_a_change_from_a_foreign_page_is_refused(client: TestClient, made: Season) -> None:
    answer = client.post(
        "/api/v1/calendars",
        json={"name": "Nights", "time_zone": "Europe/Berlin"},
        headers={**people.keyed(), "Origin": "https://evil.example"},
    )
    refused(answer, 403, "foreign-origin")


def test_without_a_login_there_is_401_and_how_to_get_one(client: TestClient) -> None:
    answer = client.get("/api/v1/calendars")
    refused(answer, 401, "not-signed-in")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_role_without_the_permission_is_403(
    client: TestClient, services: Services, made: Season
) -> None:
    people.sign_in_staff(client, services, people.member(services, made.organizer_id, "viewer"))
    answer = client.post(
        "/api/v1/calendars",
        json={"name": "Nights", "time_zone": "Europe/Berlin"},
        headers=people.keyed(),
    )
    assert refused(answer, 403, "not-allowed")["needs"] == "catalog:write"


class TestPassesThatMoved:
    """An old epoch, a second refund, a transfer to oneself."""

    def test_a_second_refund_is_refused(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        held = issue(services, made)
        path = f"/api/v1/passes/{held.row.pass_id}/refunds"
        assert client.post(path, json={}, headers=people.keyed()).status_code == 201
        before = counts(services)
        refused(client.post(path, json={}, headers=people.keyed()), 409, "refund-refused")
        assert counts(services) == before

    def test_a_quote_that_changed_is_refused_and_the_pass_stays(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        held = issue(services, made)
        path = f"/api/v1/passes/{held.row.pass_id}"
        answer = client.post(f"{path}/refunds", json={"expected_minor": 1}, headers=people.keyed())
        body = refused(answer, 409, "quote-changed")
        assert body["amount"] == "6000"
        assert client.get(path).json()["state"] == "active"

    def test_a_transfer_to_oneself_is_refused(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        held = issue(services, made)
        people.sign_in_holder(client, services, made.organizer_id)
        answer = client.post(
            f"/api/v1/me/passes/{held.row.pass_id}/offers",
            json={"recipient": people.GUEST},
            headers=people.keyed(),
        )
        body = refused(answer, 409, "transfer-refused")
        assert body["decision"]["code"] == "transfer-to-self"

    def test_someone_elses_pass_looks_like_none(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        held = issue(services, made)
        people.holder(services, made.organizer_id, "nosy@example.org")
        people.sign_in_holder(client, services, made.organizer_id, "nosy@example.org")
        base = f"/api/v1/me/passes/{held.row.pass_id}"
        for path in ("", "/history", "/voucher", "/code", "/refund-quote"):
            refused(client.get(base + path), 404, "not-found")
        answer = client.post(
            f"{base}/offers", json={"recipient": "a@example.org"}, headers=people.keyed()
        )
        refused(answer, 404, "not-found")
        answer = client.post(f"{base}/refunds", json={}, headers=people.keyed())
        refused(answer, 404, "not-found")

    @pytest.mark.parametrize("number", ["0", "-1", "1e9", "abc", "9" * 90, "007", "%00"])
    def test_a_number_that_is_no_pass_is_not_found(
        self, client: TestClient, made: Season, number: str
    ) -> None:
        answer = client.get(f"/api/v1/passes/{number}")
        refused(answer, 404, "not-found")
