"""What two gates let in twice, or on a pass that was gone, is named: both gates, times, why."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import OutboxEvent
from passes_service.passes import service as passes
from tests.checkin.evening import Evening, evening, post
from tests.checkin.offline.lone_gate import LoneGate, lone_gate
from tests.fakes import Clock
from tests.phones import Phone

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("first_to_upload", ["earlier", "later"])
def test_the_same_code_at_two_gates_alone_is_one_entry_and_one_named_conflict(
    night: Evening, east: LoneGate, west: LoneGate, first_to_upload: str
) -> None:
    held = night.issue()
    now = night.services.clock()
    east.enter(night.code(held), held.row.pass_id, at=now - 6 * MINUTE)
    west.enter(night.code(held), held.row.pass_id, at=now - 4 * MINUTE)
    order = [east, west] if first_to_upload == "earlier" else [west, east]

    answers = [gate.results()[0] for gate in order]

    stands, other = sorted(night.admissions(), key=lambda row: row.created_at)
    assert (stands.gate_id, stands.conflict_code, stands.number) == (east.id, "", 1)
    assert (other.gate_id, other.conflict_code) == (west.id, "DUPLICATE")
    assert other.conflict_of == stands.id
    assert answers[0]["conflict"] is None
    assert west.results()[0]["conflict"] == {
        "code": "DUPLICATE",
        "gate": "East",
        "at": (now - 6 * MINUTE).isoformat().replace("+00:00", "Z"),
        "offline": True,
    }
    assert night.events().count("admission.conflict") == 1


def test_an_entry_alone_before_one_online_stands_and_the_online_one_is_the_conflict(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    now = night.services.clock()
    east.enter(night.code(held), held.row.pass_id, at=now - MINUTE)
    assert post(client, night, night.code(held)).json()["code"] == "ADMIT"

    [result] = east.results()

    assert result["conflict"] is None
    by_gate = {row.gate_id: row.conflict_code for row in night.admissions()}
    assert by_gate == {east.id: "", night.main.gate.id: "DUPLICATE"}
    told = [json.loads(one.payload) for one in night.every(OutboxEvent)]
    [conflict] = [one for one in told if one.get("code") == "DUPLICATE"]
    assert conflict["stands"] != conflict["check_in_id"]
    # The door knows the entry that stands now.
    again = post(client, night, night.code(held)).json()
    assert (again["code"], again["first"]["gate"]) == ("DUPLICATE", "East")


def test_a_gate_whose_clock_is_ten_minutes_off_is_put_in_order_by_what_it_knows_of_that(
    night: Evening, client: TestClient, west: LoneGate
) -> None:
    fast = lone_gate(client, night, "Fast", wrong_by=timedelta(minutes=10), offset=-10 * 60 * 1000)
    held = night.issue()
    now = night.services.clock()
    fast.enter(night.code(held), held.row.pass_id, at=now - 6 * MINUTE)
    west.enter(night.code(held), held.row.pass_id, at=now - 4 * MINUTE)

    west.results()
    fast.results()

    stands = next(row for row in night.admissions() if row.conflict_code == "")
    assert (stands.gate_id, stands.created_at) == (fast.id, now - 6 * MINUTE)


def test_an_entry_from_the_future_happened_when_it_arrived_at_the_latest(
    night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    now = night.services.clock()
    east.enter(night.code(held), held.row.pass_id, at=now + timedelta(days=400))

    east.results()

    # A static code of this season is good then as well: the code is judged by the same clock.
    assert [row.created_at for row in night.admissions()] == [now]


def test_a_pass_given_up_before_the_entry_is_revoked_and_after_it_is_not(
    night: Evening, east: LoneGate
) -> None:
    gone, later = night.issue("gone@example.org"), night.issue("later@example.org")
    codes = [night.code(gone), night.code(later)]
    now = night.services.clock()
    _void(night, gone)
    east.enter(codes[0], gone.row.pass_id, at=now + MINUTE)
    east.enter(codes[1], later.row.pass_id, at=now + MINUTE)
    night.services.clock.now += 5 * MINUTE  # type: ignore[attr-defined]  # the test's clock
    _void(night, later)

    results = east.results()

    assert [one["conflict"] and one["conflict"]["code"] for one in results] == ["REVOKED", None]
    assert sorted(row.conflict_code for row in night.admissions()) == ["", "REVOKED"]


def test_a_code_of_an_epoch_that_had_ended_is_stale_and_takes_no_place(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    old = night.code(held)
    night.reissue(held)
    east.enter(old, held.row.pass_id, epoch=1, at=night.services.clock() + MINUTE)
    night.services.clock.now += 2 * MINUTE  # type: ignore[attr-defined]  # the test's clock

    [result] = east.results()

    assert result["conflict"]["code"] == "STALE"
    assert post(client, night, night.code(held)).json()["code"] == "ADMIT"


def test_an_entry_before_the_pass_changed_hands_is_the_entry_of_that_evening(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    east.enter(night.code(held), held.row.pass_id)
    night.services.clock.now += 5 * MINUTE  # type: ignore[attr-defined]  # the test's clock
    night.reissue(held)  # what a transfer does to the epoch

    assert east.results()[0]["conflict"] is None
    assert post(client, night, night.code(held)).json()["code"] == "DUPLICATE"


def test_a_copied_live_code_at_two_gates_is_recognised_by_pass_epoch_and_time(
    night: Evening, east: LoneGate, west: LoneGate
) -> None:
    held = night.issue()
    phone = Phone()
    night.services.clock.now -= timedelta(days=2)  # type: ignore[attr-defined]  # before the cutoff
    bound = phone.bind(night.services, held)
    night.services.clock.now += timedelta(days=2)  # type: ignore[attr-defined]
    now = night.services.clock()
    code = phone.code(held, bound.epoch, now)
    east.enter(code, held.row.pass_id, epoch=bound.epoch)
    west.enter(code, held.row.pass_id, epoch=bound.epoch, at=now + timedelta(seconds=20))

    east.results()
    night.services.clock.now += MINUTE  # type: ignore[attr-defined]
    west.results()

    scans = night.scans()
    assert {(scan.pass_row_id, scan.epoch, scan.made_at) for scan in scans} == {
        (held.row.id, bound.epoch, int(now.timestamp()))
    }
    assert sorted(row.conflict_code for row in night.admissions()) == ["", "DUPLICATE"]


def test_a_picture_of_a_live_code_is_a_conflict_where_the_gate_says_it_let_it_in(
    night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    phone = Phone()
    night.services.clock.now -= timedelta(days=2)  # type: ignore[attr-defined]
    bound = phone.bind(night.services, held)
    night.services.clock.now += timedelta(days=2)  # type: ignore[attr-defined]
    now = night.services.clock()
    code = phone.code(held, bound.epoch, now)
    east.enter(code, held.row.pass_id, epoch=bound.epoch, at=now + MINUTE)
    night.services.clock.now += 2 * MINUTE  # type: ignore[attr-defined]

    assert east.results()[0]["conflict"]["code"] == "STALE"


def test_a_gate_that_makes_up_codes_or_passes_lets_nobody_in(
    night: Evening, east: LoneGate
) -> None:
    held, other = night.issue("one@example.org"), night.issue("two@example.org")
    code = night.code(held)
    flipped = code[:-1] + ("A" if code[-1] != "A" else "B")
    east.enter(flipped, held.row.pass_id)
    east.enter(code, other.row.pass_id)  # one pass's code, booked on another
    east.enter("", held.row.pass_id + 3, typed=True)

    results = east.results()

    said = [one["conflict"]["code"] for one in results]
    assert said[0] in ("BAD_SIGNATURE", "MALFORMED")
    assert said[1:] == ["BAD_SIGNATURE", "UNKNOWN"]
    assert all(row.conflict_code for row in night.admissions())


def test_what_a_gate_takes_back_alone_frees_the_place_also_for_a_conflict(
    night: Evening, east: LoneGate, west: LoneGate
) -> None:
    held = night.issue()
    now = night.services.clock()
    first = east.enter(night.code(held), held.row.pass_id, at=now - 6 * MINUTE)
    west.enter(night.code(held), held.row.pass_id, at=now - 4 * MINUTE)
    undo = east.annul(first, at=now - 5 * MINUTE)
    west.results()
    east.results(undo)  # it arrives before what it takes back
    east.results(first)

    rows = {row.gate_id: row for row in night.admissions()}

    assert rows[east.id].annulled_at == now - 5 * MINUTE
    assert (rows[west.id].conflict_code, rows[west.id].number) == ("", 1)
    assert night.events().count("admission.annulled") == 1


def test_taking_back_online_the_entry_that_stands_lets_the_other_one_count(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    now = night.services.clock()
    admitted = post(client, night, night.code(held)).json()
    east.enter(night.code(held), held.row.pass_id, at=now + MINUTE)
    night.services.clock.now += 2 * MINUTE  # type: ignore[attr-defined]  # the test's clock
    east.results()

    client.post(f"/api/v1/check-ins/{admitted['check_in_id']}/annul", headers=night.headers)

    rows = {row.gate_id: row for row in night.admissions()}
    assert rows[night.main.gate.id].annulled_at is not None
    assert rows[east.id].conflict_code == ""
    assert night.events().count("pass.admitted") == 2


def test_taking_back_after_fifteen_minutes_is_too_late(night: Evening, east: LoneGate) -> None:
    held = night.issue()
    now = night.services.clock()
    first = east.enter(night.code(held), held.row.pass_id, at=now - 20 * MINUTE)
    east.annul(first, at=now - 4 * MINUTE)

    east.results()

    assert [row.annulled_at for row in night.admissions()] == [None]


def test_what_the_host_forced_alone_counts_and_says_why(night: Evening, east: LoneGate) -> None:
    held = night.issue()
    code = night.code(held)
    now = night.services.clock()
    east.enter(code, held.row.pass_id, at=now - 2 * MINUTE)
    east.enter(code, held.row.pass_id, at=now - MINUTE, code="DUPLICATE", forced="They stepped out")

    assert [one["conflict"] for one in east.results()] == [None, None]

    rows = sorted(night.admissions(), key=lambda row: row.created_at)
    assert [(row.number, row.force_reason) for row in rows] == [(1, ""), (2, "They stepped out")]
    assert night.scans()[-1].decided_by == "force:DUPLICATE"


def test_exits_at_other_gates_allow_coming_back_and_late_ones_mend_it(
    services: Services, clock: Clock, client: TestClient
) -> None:
    night = evening(services, clock, entry={"mode": "once_per_session", "reentry": True})
    east, west = lone_gate(client, night, "East"), lone_gate(client, night, "West")
    held = night.issue()
    code, number, now = night.code(held), held.row.pass_id, clock.now
    first = east.enter(code, number, at=now - 9 * MINUTE)
    again = west.enter(code, number, at=now - 3 * MINUTE)
    east.results(first)
    assert west.results(again)[0]["conflict"]["code"] == "DUPLICATE"
    east.results(east.leave(code, number, at=now - 6 * MINUTE))

    rows = sorted(night.admissions(), key=lambda row: row.created_at)

    assert [(row.number, row.conflict_code) for row in rows] == [(1, ""), (2, "")]
    assert rows[0].exited_at == now - 6 * MINUTE


def _void(night: Evening, held: Any) -> None:
    with night.services.database.transaction() as session:
        row = night.again(held).row
        passes.void(session, row, reason="disputed", actor="test", now=night.services.clock())
