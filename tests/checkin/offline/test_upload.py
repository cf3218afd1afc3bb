"""A gate's log arrives: whole, in pieces, twice, in another order, forged, or after its end."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from passes_service.checkin import gates
from passes_service.db.models import CheckIn, GateEntry
from tests.checkin.evening import Evening, post
from tests.checkin.offline.lone_gate import LoneGate, lone_gate


def test_what_a_gate_let_in_alone_is_an_admission_at_the_moment_it_happened(
    night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    happened = night.services.clock()
    east.enter(night.code(held), held.row.pass_id)
    night.services.clock.now += timedelta(hours=3)  # type: ignore[attr-defined]  # the test's clock

    answer = east.upload()

    assert answer.status_code == 200, answer.text
    assert (answer.json()["stored"], answer.json()["have_until"]) == (1, 1)
    [result] = answer.json()["results"]
    assert (result["state"], result["code"]) == ("merged", "ADMIT_PROVISIONAL")
    assert result["conflict"] is None
    [row] = night.admissions()
    assert (row.created_at, row.number, row.via, row.sequence) == (happened, 1, "alone", 1)
    assert row.conflict_code == ""
    assert night.events().count("pass.admitted") == 1


def test_a_log_cut_in_half_sent_twice_and_backwards_comes_to_the_same(
    night: Evening, east: LoneGate
) -> None:
    people = [night.issue(f"fan{n}@example.org") for n in range(4)]
    for held in people:
        east.enter(night.code(held), held.row.pass_id)

    half = east.upload(*east.log[2:])
    assert (half.json()["stored"], half.json()["have_until"]) == (2, 0)
    for _ in range(2):
        mixed = list(reversed(east.log))
        whole = east.upload(*mixed)
        assert (whole.json()["stored"], whole.json()["have_until"]) == (4, 4)
        assert [one["state"] for one in whole.json()["results"]] == ["merged"] * 4

    assert len(night.admissions()) == 4
    assert len(night.scans()) == 4
    assert night.events().count("pass.admitted") == 4
    assert len(night.every(GateEntry)) == 4  # type: ignore[type-var]  # every table has an id


def test_a_gap_in_the_log_is_told_and_a_fork_fills_none(night: Evening, east: LoneGate) -> None:
    people = [night.issue(f"fan{n}@example.org") for n in range(5)]
    for held in people:
        east.enter(night.code(held), held.row.pass_id)
    cloned = LoneGate(night, east.client, "East", east.id, east.token, phone=east.phone)
    for held in people[:2]:
        cloned.enter(night.code(held), held.row.pass_id)

    def told(*numbers: int) -> tuple[int, int]:
        said = east.upload(*(east.log[number - 1] for number in numbers)).json()
        return said["stored"], said["have_until"]

    assert told(1, 2, 4) == (3, 2)
    assert cloned.results(cloned.log[1])[0]["state"] == "forked"
    assert told(5) == (4, 2)
    assert told(3) == (5, 5)


def test_an_upload_that_repeats_an_entry_counts_it_once(night: Evening, east: LoneGate) -> None:
    held = night.issue()
    one = east.enter(night.code(held), held.row.pass_id)

    results = east.results(one, one)

    assert [result["state"] for result in results] == ["merged", "merged"]
    assert len(night.admissions()) == 1


def test_a_scan_whose_answer_was_lost_and_that_the_gate_then_decided_is_one_entry(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    code = night.code(held)
    sent = {"session_id": str(night.first.id), "text": code, "nonce": "lost-answer-1"}
    client.post("/api/v1/check-ins", json=sent, headers=east.headers)
    east.enter(code, held.row.pass_id, nonce="lost-answer-1")

    [result] = east.results()

    assert (result["code"], result["conflict"]) == ("ADMIT", None)
    assert len(night.admissions()) == 1
    assert len(night.scans()) == 1


def test_a_refusal_whose_answer_was_lost_before_the_gate_let_in_is_a_conflict(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    code = night.code(held)
    post(client, night, code)  # came in at the main door
    sent = {"session_id": str(night.first.id), "text": code, "nonce": "lost-answer-2"}
    client.post("/api/v1/check-ins", json=sent, headers=east.headers)
    east.enter(code, held.row.pass_id, nonce="lost-answer-2")

    [result] = east.results()

    assert result["conflict"]["code"] == "DUPLICATE"
    assert [row.conflict_code for row in night.admissions()] == ["", "DUPLICATE"]


def test_refusals_are_kept_as_scans_and_let_nobody_in(night: Evening, east: LoneGate) -> None:
    held = night.issue()
    east.enter(night.code(held), held.row.pass_id, code="DUPLICATE", rule="entry.mode")
    east.write("enter", code="NONSENSE")

    results = east.results()

    assert [result["code"] for result in results] == ["DUPLICATE", "MALFORMED"]
    assert night.admissions() == []
    assert [scan.via for scan in night.scans()] == ["alone", "alone"]


def test_two_texts_at_one_place_are_a_fork_and_the_later_lets_nobody_in(
    night: Evening, east: LoneGate
) -> None:
    one, other = night.issue("one@example.org"), night.issue("two@example.org")
    east.enter(night.code(one), one.row.pass_id)
    east.results()
    cloned = LoneGate(night, east.client, "East", east.id, east.token, phone=east.phone)
    cloned.enter(night.code(other), other.row.pass_id)

    [result] = cloned.results()

    assert (result["state"], result["code"]) == ("forked", None)
    assert len(night.admissions()) == 1
    assert len(night.every(GateEntry)) == 2  # type: ignore[type-var]  # every table has an id


def test_an_entry_that_does_not_follow_the_one_before_is_a_fork(
    night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    east.enter(night.code(held), held.row.pass_id)
    east.previous = "ab" * 32
    east.leave(night.code(held), held.row.pass_id)

    assert [result["state"] for result in east.results()] == ["merged", "forked"]


@pytest.mark.parametrize("revoked_before", [True, False])
def test_after_revocation_a_stolen_key_lets_nobody_in_and_what_it_says_is_kept(
    night: Evening, east: LoneGate, revoked_before: bool
) -> None:
    held = night.issue()
    if not revoked_before:
        east.enter(night.code(held), held.row.pass_id)
        east.results()
    with night.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=east.id,
            now=night.services.clock(),
        )
    late = night.issue("late@example.org")
    east.enter(night.code(late), late.row.pass_id, at=night.services.clock() - timedelta(hours=1))

    states = [result["state"] for result in east.results()]

    assert states[-1] == "quarantined"
    assert len(night.admissions()) == (0 if revoked_before else 1)


def test_entries_that_the_gate_did_not_sign_are_refused_and_the_others_taken(
    night: Evening, east: LoneGate, west: LoneGate
) -> None:
    held = night.issue()
    good = east.enter(night.code(held), held.row.pass_id)
    foreign = west.write("enter")
    forged = {"entry": good["entry"], "signature": foreign["signature"]}

    answer = east.upload(forged, foreign, {"entry": "no JSON", "signature": "x"}, good)

    assert [one["state"] for one in answer.json()["results"]] == ["refused"] * 3 + ["merged"]
    assert len(night.admissions()) == 1


def test_a_gate_brings_nothing_for_sessions_that_are_not_its_own(
    client: TestClient, night: Evening
) -> None:
    later = night.made.sessions[1].id
    made = night.enrol("Balcony", later)
    gate = lone_gate(client, night, "Balcony")
    with night.services.database.transaction() as session:
        row = session.get_one(type(made.gate), (night.organizer_id, gate.id))
        row.session_ids = str(later)
        session.add(row)
    held = night.issue()
    gate.enter(night.code(held), held.row.pass_id)
    gate.enter(night.code(held), held.row.pass_id, session="01940000-0000-7000-8000-00000000ffff")

    assert [result["state"] for result in gate.results()] == ["refused", "refused"]
    assert night.admissions() == []


def test_a_gate_without_a_key_of_its_own_brings_no_log(client: TestClient, night: Evening) -> None:
    gate = LoneGate(night, client, "Main door", night.main.gate.id, night.main.token)
    gate.write("enter")

    [result] = gate.results()

    assert (result["state"], result["detail"]) == ("refused", "This gate has no key of its own.")


@pytest.mark.parametrize("text", ["", "x" * 4000, "[]", '{"v":1}', '{"v":1,"v":1}', "\ud800"])
def test_what_is_no_entry_is_refused_by_itself(east: LoneGate, text: str) -> None:
    body = json.dumps({"entries": [{"entry": text, "signature": "A" * 86}]})
    answer = east.client.post(
        "/api/v1/gate/entries",
        content=body.encode(),
        headers=east.headers | {"Content-Type": "application/json"},
    )

    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert answer.json()["results"][0]["state"] == "refused"


def test_pieces_in_any_order_come_to_the_same_evening(
    client: TestClient, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    """Two gates, one pass each way in and out; every order of pieces ends in the same places."""
    held = night.issue()
    code, number = night.code(held), held.row.pass_id
    start = night.services.clock()
    sent = [
        (east, east.enter(code, number, at=start - timedelta(minutes=9))),
        (west, west.enter(code, number, at=start - timedelta(minutes=8))),
        (east, east.leave(code, number, at=start - timedelta(minutes=5))),
        (west, west.enter(code, number, at=start - timedelta(minutes=3))),
    ]
    random.Random(7).shuffle(sent)
    for gate, entry in sent:
        gate.results(entry)

    rows = sorted(night.admissions(), key=lambda row: row.created_at)

    assert [(row.number, row.conflict_code) for row in rows] == [
        (1, ""),
        (1, "DUPLICATE"),
        (1, "DUPLICATE"),
    ]
    assert [row.conflict_of for row in rows[1:]] == [rows[0].id] * 2
    assert isinstance(rows[0], CheckIn)
    assert rows[0].exited_at == start - timedelta(minutes=5)
