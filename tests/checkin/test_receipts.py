"""Each decision has a receipt that verifies, and repeating a scan repeats it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.core import receipt
from passes_service.passes import service as passes
from tests.checkin.evening import Evening, body, evening, nonce, post
from tests.fakes import Clock
from tests.phones import Phone


def stated(night: Evening, answer: Any) -> dict[str, Any]:
    """Return what the receipt of an answer states, once it was verified."""
    assert answer.status_code == 200, answer.text
    keys = night.services.keyring.gate_public_keys(night.services.clock())
    check = receipt.verify(json.dumps(answer.json()["receipt"]), public_keys=keys)
    assert check.ok, check.sentence
    assert check.stated is not None
    return check.stated


def test_receipt_of_an_admission_states_the_pass_the_rule_and_the_terms(
    client: TestClient, night: Evening
) -> None:
    held, once = night.issue(), nonce()

    answer = post(client, night, night.code(held), nonce=once)

    [scan], [entry] = night.scans(), night.admissions()
    assert stated(night, answer) == {
        "v": 1,
        "organizer": str(night.organizer_id),
        "session": str(night.first.id),
        "gate": str(night.gate.id),
        "scan": str(scan.id),
        "nonce": once,
        "pass": str(held.row.pass_id),
        "epoch": 1,
        "code": "ADMIT",
        "rule": "entry",
        "terms_hash": held.series.terms_hash,
        "decided_at": int(night.services.clock().timestamp() * 1000),
        "via": "online",
        "bundle": None,
        "check_in": str(entry.id),
        "number": 1,
    }
    assert answer.json()["scope"] == scan.scope == entry.scope == f"session:{night.first.id}"


def test_repeating_a_scan_repeats_its_receipt_whatever_came_after(
    client: TestClient, night: Evening, clock: Clock
) -> None:
    held = night.issue()
    sent = body(night.code(held), night.first.id)
    path = "/api/v1/check-ins"
    first = client.post(path, json=sent, headers=night.headers)
    clock.forward(minutes=3)
    with night.services.database.transaction() as session:
        passes.void(session, held.row, reason="test", actor="t", now=clock())

    again = client.post(path, json=sent, headers=night.headers)

    assert again.json() == first.json()
    assert stated(night, again) == stated(night, first)


@pytest.mark.parametrize("text", ["EP1:NOTHING", "999999", "1", "hello"])
def test_refusals_have_receipts_too(client: TestClient, night: Evening, text: str) -> None:
    answer = post(client, night, text)

    said = stated(night, answer)
    assert (said["code"], said["rule"]) == (answer.json()["code"], answer.json()["decided_by"])
    assert (said["pass"], said["terms_hash"], said["check_in"]) == (None, None, None)


def test_receipt_of_a_forced_entry_says_what_was_overruled(
    client: TestClient, night: Evening
) -> None:
    code = night.code(night.issue())
    post(client, night, code)

    answer = post(client, night, code, force_reason="knows the band")

    assert stated(night, answer)["rule"] == "force:DUPLICATE"
    assert stated(night, answer)["number"] == 2


def test_exit_has_a_receipt_of_the_entry_that_was_left(client: TestClient, night: Evening) -> None:
    code = night.code(night.issue())
    came = post(client, night, code)
    sent = body(code, night.first.id)
    path = "/api/v1/check-ins/exits"

    left = client.post(path, json=sent, headers=night.headers)
    again = client.post(path, json=sent, headers=night.headers)

    said = stated(night, left)
    assert (said["code"], said["number"]) == ("EXIT", 1)
    assert said["check_in"] == stated(night, came)["check_in"]
    assert left.json() == again.json()


def test_simulation_has_no_receipt(client: TestClient, night: Evening) -> None:
    answer = post(client, night, night.code(night.issue()), simulate=True)

    assert answer.json()["code"] == "ADMIT"
    assert answer.json()["receipt"] is None


def test_exit_after_midnight_keeps_the_scope_of_the_entry(services: Services, clock: Clock) -> None:
    """The merge of gates' logs finds an exit by the scope of what was left."""
    night = evening(
        services,
        clock,
        entry={"mode": "per_day", "reentry": True, "doors_minutes_before": 30},
    )
    code = night.code(night.issue())
    night.scan(code)
    clock.now += timedelta(hours=5)

    left = night.leave(code)

    [entry] = night.admissions()
    assert left.code == "EXIT"
    assert left.scope == entry.scope == night.scans()[-1].scope


def test_scan_keeps_what_a_live_code_said(night: Evening, clock: Clock) -> None:
    phone, held = Phone(), night.issue()
    tonight, clock.now = clock.now, clock.now - timedelta(days=1)
    phone.bind(night.services, held)
    clock.now = tonight
    row = night.again(held).row

    night.scan(phone.code(night.again(held), row.epoch, clock.now - timedelta(seconds=7)))
    night.scan(str(row.pass_id))

    live, typed = night.scans()
    assert (live.epoch, live.made_at) == (row.epoch, int(clock.now.timestamp()) - 7)
    assert (typed.epoch, typed.made_at, typed.pass_row_id) == (None, None, row.id)


def test_printed_code_has_an_epoch_and_no_moment(night: Evening) -> None:
    night.scan(night.code(night.issue()))

    [scan] = night.scans()
    assert (scan.epoch, scan.made_at, scan.via, scan.sequence) == (1, None, "online", 0)


def test_what_nobody_could_verify_is_not_kept(night: Evening, clock: Clock) -> None:
    held = night.issue()
    forged = Phone().code(held, 7, clock.now)

    night.scan(forged)

    [scan] = night.scans()
    assert (scan.code, scan.epoch, scan.made_at, scan.scope) == ("STALE", None, None, "")
