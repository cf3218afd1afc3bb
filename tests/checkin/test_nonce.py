"""The same scan sent twice is one scan; a nonce is never two things."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.checkin import gates
from passes_service.checkin.errors import NonceReused
from passes_service.checkin.outcome import ScanCode
from passes_service.passes import service as passes
from tests.checkin.evening import Evening, body, nonce
from tests.fakes import Clock


def test_same_nonce_repeats_the_answer_and_writes_nothing(night: Evening, clock: Clock) -> None:
    code, once = night.code(night.issue()), nonce()
    first = night.scan(code, nonce=once)
    clock.forward(minutes=5)

    again = night.scan(code, nonce=once)

    assert again == first
    assert len(night.admissions()) == len(night.scans()) == 1
    assert night.events().count("pass.admitted") == 1


def test_answer_is_repeated_even_when_the_pass_has_moved_on(night: Evening) -> None:
    held = night.issue()
    code, once = night.code(held), nonce()
    first = night.scan(code, nonce=once)
    with night.services.database.transaction() as session:
        passes.void(session, held.row, reason="test", actor="t", now=night.services.clock())

    assert night.scan(code, nonce=once) == first


def test_refusal_is_repeated_too(night: Evening) -> None:
    code = night.code(night.issue())
    night.scan(code)
    once = nonce()

    refused = night.scan(code, nonce=once)

    assert refused.code is ScanCode.DUPLICATE
    assert refused.first is not None
    assert night.scan(code, nonce=once) == refused


def test_nonce_of_another_scan_is_refused(night: Evening) -> None:
    code, once = night.code(night.issue()), nonce()
    night.scan(code, nonce=once)

    with pytest.raises(NonceReused):
        night.scan("1", nonce=once)
    with pytest.raises(NonceReused):
        night.scan(code, nonce=once, session_id=night.made.sessions[1].id)
    with pytest.raises(NonceReused):
        night.scan(code, nonce=once, force_reason="other")
    with pytest.raises(NonceReused):
        night.leave(code, nonce=once)

    assert len(night.scans()) == 1


def test_two_gates_may_draw_the_same_nonce(night: Evening) -> None:
    side = gates.ref(night.enrol("Side door").gate)
    code, once = night.code(night.issue()), nonce()

    first = night.scan(code, nonce=once)
    second = night.scan(code, nonce=once, gate=side)

    assert (first.code, second.code) == (ScanCode.ADMIT, ScanCode.DUPLICATE)


def test_identical_requests_at_once_get_one_answer(client: TestClient, night: Evening) -> None:
    sent = body(night.code(night.issue()), night.first.id)

    def send(_: int) -> Any:
        return client.post("/api/v1/check-ins", json=sent, headers=night.headers).json()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(send, range(32)))

    assert answers[0]["code"] == "ADMIT"
    assert all(answer == answers[0] for answer in answers)
    assert len(night.admissions()) == len(night.scans()) == 1


def test_reused_nonce_is_422_over_http(client: TestClient, night: Evening) -> None:
    sent = body("1", night.first.id)
    client.post("/api/v1/check-ins", json=sent, headers=night.headers)

    answer = client.post("/api/v1/check-ins", json={**sent, "text": "2"}, headers=night.headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "nonce-reused")


def test_number_with_other_spaces_is_another_text(night: Evening) -> None:
    night.issue()
    once = nonce()
    night.scan("1", nonce=once)

    with pytest.raises(NonceReused):
        night.scan(" 1", nonce=once)
