"""Scans of enrolled gates have a way of their own; nobody can tell it from the ordinary one."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from passes_service.bootstrap import Services
from passes_service.checkin import gates, many
from passes_service.web.door import groups
from tests.checkin.evening import Evening, body, evening
from tests.fakes import Clock

PATH = "/api/v1/check-ins"
# The ordinary route takes both, the way of its own only the first.
FAST, ORDINARY = "application/json", "application/json; charset=utf-8"


@pytest.fixture
def night(services: Services, clock: Clock) -> Evening:
    return evening(services, clock)


def send(client: TestClient, night: Evening, content: bytes, kind: str, **headers: str) -> Any:
    known = {**night.headers, "Content-Type": kind} | headers
    return client.post(PATH, content=content, headers=known)


def lines(client: TestClient, night: Evening, kind: str) -> list[Any]:
    """Return what a scan leaves in the log."""
    with capture_logs() as logs:
        sent = json.dumps(body("1", night.first.id)).encode()
        assert send(client, night, sent, kind).json()["code"] == "UNKNOWN"
    return [one["event"] for one in logs]


def test_plain_scan_goes_its_own_way_and_the_rest_the_ordinary_one(
    client: TestClient, night: Evening
) -> None:
    """Only the ordinary way has a line for each request: so the tests below test what they say."""
    assert "request" not in lines(client, night, FAST)
    assert "request" in lines(client, night, ORDINARY)


def test_log_counts_decisions(client: TestClient, night: Evening, app: FastAPI) -> None:
    sent = [json.dumps(body(text, night.first.id)).encode() for text in ("1", "EP1:", "2")]
    with capture_logs() as logs, TestClient(app) as other:
        for one in sent:
            send(other, night, one, FAST)

    counted = [one for one in logs if one["event"] == "scans"]
    assert sum(one.get("UNKNOWN", 0) for one in counted) == 2
    assert sum(one.get("MALFORMED", 0) for one in counted) == 1


def test_answer_is_the_same_to_the_byte(client: TestClient, night: Evening) -> None:
    """The second time it is read again, on the ordinary way."""
    code = night.code(night.issue())
    for text in (code, code, str(2**96 + 2**32 + 1), "1", "é\u0000\U0001f39f", "EP1:" + "A" * 4000):
        sent = json.dumps(body(text, night.first.id)).encode()

        fast = send(client, night, sent, FAST)
        ordinary = send(client, night, sent, ORDINARY)

        assert fast.status_code == 200, fast.text
        assert fast.content == ordinary.content
        assert dict(fast.headers) == dict(ordinary.headers)


def spoiled(night: Evening) -> list[bytes]:
    """Return bodies that are refused."""
    good = body("1", night.first.id)
    changed: list[dict[str, Any]] = [
        {"text": ""},
        {"text": "x" * 4097},
        {"text": 5},
        {"text": None},
        {"nonce": "short"},
        {"nonce": "n" * 65},
        {"nonce": "spaces in it"},
        {"nonce": "line-end\n"},
        {"session_id": "nowhere"},
        {"session_id": 7},
        {"more": "x"},
        {"simulate": "perhaps"},
        {"force_reason": "\u202e"},
        {"force_reason": "x" * 201},
        {"session_id": "01940000-0000-7000-8000-000000000000"},
    ]
    bodies = [json.dumps(good | change).encode() for change in changed]
    without = [{k: v for k, v in good.items() if k != name} for name in good]
    bodies += [json.dumps(one).encode() for one in without]
    whole = json.dumps(good).encode()
    return [
        *bodies,
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        whole[:-1],
        whole + b"x",
        whole.replace(b'"1"', b'"\xff"'),
        whole.replace(b'"1"', b"NaN"),
        b"[" * 2000,
        b"\xef\xbb\xbf" + whole,
        b"x" * 300_000,
    ]


def test_refusals_of_bodies_are_the_same_to_the_byte(client: TestClient, night: Evening) -> None:
    for sent in spoiled(night):
        fast, ordinary = send(client, night, sent, FAST), send(client, night, sent, ORDINARY)

        assert fast.content == ordinary.content, sent[:80]
        assert fast.status_code == ordinary.status_code
        assert dict(fast.headers) == dict(ordinary.headers)
        assert fast.status_code in (200, 400, 404, 413, 422), sent[:80]


@pytest.mark.parametrize(
    "credential",
    ["", "Bearer", "Bearer ", "Bearer ps_gate_", "Bearer ps_gate_" + "A" * 64, "Basic eDp5"],
)
def test_refusals_of_callers_are_the_same_to_the_byte(
    client: TestClient, night: Evening, credential: str
) -> None:
    sent = json.dumps(body("1", night.first.id)).encode()

    fast = send(client, night, sent, FAST, Authorization=credential)
    ordinary = send(client, night, sent, ORDINARY, Authorization=credential)

    assert (fast.status_code, fast.content) == (401, ordinary.content)
    assert dict(fast.headers) == dict(ordinary.headers)


def test_revoked_gate_is_out_at_once(client: TestClient, night: Evening) -> None:
    sent = [json.dumps(body("1", night.first.id)).encode() for _ in range(2)]
    assert send(client, night, sent[0], FAST).status_code == 200
    with night.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=night.gate.id,
            now=night.services.clock(),
        )

    answer = send(client, night, sent[1], FAST)

    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
    assert len(night.scans()) == 1


def test_gate_of_other_sessions_is_refused(client: TestClient, night: Evening) -> None:
    later = night.enrol("Later", night.made.sessions[1].id)
    sent = json.dumps(body("1", night.first.id)).encode()

    answer = send(client, night, sent, FAST, Authorization=f"Bearer {later.token}")

    assert (answer.status_code, answer.json()["code"]) == (403, "gate-not-for-session")


def test_group_that_fails_is_done_one_by_one(
    client: TestClient, night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("the connection broke")

    monkeypatch.setattr(many, "settle_all", broken)  # no such fault can be had on demand
    sent = json.dumps(body(night.code(night.issue()), night.first.id)).encode()

    with capture_logs() as logs:
        answer = send(client, night, sent, FAST)

    assert answer.json()["code"] == "ADMIT"
    assert {"group not settled", "request"} <= {one["event"] for one in logs}
    assert len(night.admissions()) == 1


def test_scan_whose_group_was_written_but_not_heard_of_is_one_entry(
    client: TestClient, night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks between the commit and its confirmation: the nonce says what it was."""
    sound = groups.Groups._settle

    def deaf(self: groups.Groups, these: Any) -> None:
        sound(self, these)
        for each in these:
            each.outcome = None
        raise OSError("the connection broke")

    monkeypatch.setattr(groups.Groups, "_settle", deaf)  # no such fault can be had on demand
    sent = json.dumps(body(night.code(night.issue()), night.first.id)).encode()

    assert send(client, night, sent, FAST).json()["code"] == "ADMIT"
    assert len(night.admissions()) == len(night.scans()) == 1


def test_hundred_scans_of_one_pass_at_once_admit_once(client: TestClient, night: Evening) -> None:
    code = night.code(night.issue())
    sent = [json.dumps(body(code, night.first.id)).encode() for _ in range(100)]

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda one: send(client, night, one, FAST).json(), sent))

    assert sorted(one["code"] for one in answers) == ["ADMIT"] + ["DUPLICATE"] * 99
    assert len(night.admissions()) == 1
    assert len(night.scans()) == 100


def test_two_organizers_at_once_do_not_meet(
    client: TestClient, services: Services, clock: Clock
) -> None:
    start = clock.now
    nights = []
    for slug in ("one", "two"):
        clock.now = start
        nights.append(evening(services, clock, slug))
    codes = [night.code(night.issue()) for night in nights]

    def scan(number: int) -> str:
        night, text = nights[number % 2], codes[number // 2 % 2]
        sent = json.dumps(body(text, night.first.id)).encode()
        return str(send(client, night, sent, FAST).json()["code"])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(scan, range(16)))

    # 0 and 3 of four are at home, 1 and 2 show a code of the other organizer.
    home = [code for number, code in enumerate(found) if number % 4 in (0, 3)]
    abroad = [code for number, code in enumerate(found) if number % 4 in (1, 2)]
    assert sorted(home) == ["ADMIT"] * 2 + ["DUPLICATE"] * 6
    assert set(abroad) == {"UNKNOWN"}


def test_every_scan_of_a_busy_minute_is_kept(client: TestClient, night: Evening) -> None:
    texts = [night.code(night.issue(f"fan{one}@example.org")) for one in range(5)]
    sent = [json.dumps(body(text, night.first.id)).encode() for text in texts * 6]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda one: send(client, night, one, FAST).json(), sent))

    kept = {str(one.id): one.code for one in night.scans()}
    stated = [json.loads(one["receipt"]["statement"]) for one in answers]
    assert {one["scan"]: one["code"] for one in stated} == kept
    assert len(kept) == 30
