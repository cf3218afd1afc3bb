"""What an attacker tries over HTTP, and what stays standing."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from tests import people
from tests.season import Season, season


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    made = season(services)
    people.sign_in_staff(client, services, made.owner)
    return made


def test_nothing_of_ours_takes_the_brake_off_deep_nesting() -> None:
    """A library that raises the recursion limit lets one deep JSON body end the whole process."""
    everything = (
        "import importlib, pkgutil, sys, passes_service\n"
        "for found in pkgutil.walk_packages(passes_service.__path__, 'passes_service.'):\n"
        "    if '.migrations.' not in found.name:\n"
        "        importlib.import_module(found.name)\n"
        "print(sys.getrecursionlimit())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", everything], capture_output=True, text=True, timeout=60, check=True
    )
    assert int(told.stdout) <= 1_000


def test_a_body_of_unknown_fields_gets_a_short_answer(client: TestClient) -> None:
    body = {f"{number:0500}": 1 for number in range(400)}
    answer = client.post("/api/v1/logins/magic-link", json=body)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20
    assert len(answer.content) < 20_000


def test_only_whole_files_may_be_large(client: TestClient, made: Season) -> None:
    """A few megabytes of JSON made slow on purpose would stop everyone else for seconds."""
    large = b'{"a":[' + b"[]," * 100_000 + b"[]]}"
    answer = client.post(
        "/api/v1/logins/magic-link", content=large, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    answer = client.post(
        f"/api/v1/calendars/{made.calendar.id}/imports",
        content=b"BEGIN:VCALENDAR\r\n" + b"X-A:b\r\n" * 50_000,
        headers={"Content-Type": "text/calendar", **people.keyed()},
    )
    assert answer.json()["code"] != "body-too-large"
    page = f"/org/calendars/{made.calendar.id}/import"
    answer = client.post(f"{page}/preview", files={"file": b"x" * 400_000})
    assert answer.status_code == 422
    answer = client.post(page, data={"_key": "k" * 20, "packed": "x" * 400_000})
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/login/", "/org/", "/api/docs/", "/static"])
def test_no_redirect_follows_the_host_header(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "evil" not in str(answer.headers)


@pytest.mark.parametrize("charset", ["undefined", "punycode", "unicode_escape", "idna", "utf-7"])
def test_a_form_in_any_codec_of_python_is_no_server_error(
    client: TestClient, made: Season, charset: str
) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na-\x80\\ud800\r\n--x--\r\n'
    for path in ("import/preview", "terms/words", "terms/preview"):
        answer = client.post(
            f"/org/calendars/{made.calendar.id}/{path}",
            content=body,
            headers={"Content-Type": f"multipart/form-data; boundary=x; charset={charset}"},
        )
        assert answer.status_code < 500, (path, answer.text)


def test_a_refusal_to_show_a_secret_is_the_same_again_under_its_key(
    client: TestClient, services: Services, made: Season
) -> None:
    people.sign_in_holder(client, services, made.organizer.id)
    nothing = str(UUID(int=1))
    for path, body in (
        ("/api/v1/gates", {"name": "Door", "session_ids": [nothing]}),
        (f"/api/v1/me/calendar-links/{nothing}/rotate", {}),
    ):
        keyed = people.keyed()
        for _ in range(2):
            answer = client.post(path, json=body, headers=keyed)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("char", ["\r", "\x1b", "\x85", "\x9b", "\u2028", "\u2029", "\u202e"])
def test_a_title_cannot_turn_the_words_after_it_round(
    client: TestClient, made: Season, char: str
) -> None:
    path = f"/api/v1/sessions/{made.sessions[0].id}"
    for field in ("title", "description", "location"):
        answer = client.patch(path, json={field: f"a{char}b"}, headers=people.keyed())
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (
        client.patch(
            path, json={"title": "\u05d0\u200f 👨‍👩‍👧"}, headers=people.keyed()
        ).status_code
        == 200
    )
