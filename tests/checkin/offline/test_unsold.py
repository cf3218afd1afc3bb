"""Numbers of a gate's block before anybody says that they were sold, and when nobody ever does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from passes_service.checkin import conflicts, gates
from passes_service.checkin.offline import bundles
from passes_service.core.bundle import RECORD, RESERVED
from passes_service.core.bundle_read import pieces
from passes_service.passes import reserved
from tests.checkin.evening import Evening, post
from tests.checkin.offline.lone_gate import LoneGate
from tests.checkin.offline.test_blocks import block, number_of, sell
from tests.fakes import Clock

MINUTE = timedelta(minutes=1)


def test_a_number_let_in_online_whose_answer_was_lost_is_one_entry(
    client: TestClient, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    [row] = block(night, east, 1)
    nonce = "answer-was-lost"
    sent = {"session_id": str(night.first.id), "text": row.code, "nonce": nonce}
    answer = client.post("/api/v1/check-ins", json=sent, headers=west.headers)
    assert answer.json()["code"] == "ADMIT_PROVISIONAL"
    west.enter(row.code, number_of(night, row), nonce=nonce)

    [result] = west.results()
    sell(night, east, row, at=night.services.clock() - MINUTE)
    east.results()

    assert result["conflict"] is None
    [entry] = night.admissions()
    assert (entry.gate_id, entry.conflict_code) == (west.id, "")


@pytest.mark.parametrize("sold_first", [True, False])
def test_a_forged_code_of_a_number_that_is_sold_later_is_named_and_takes_no_place(
    night: Evening, east: LoneGate, west: LoneGate, sold_first: bool
) -> None:
    [row, other] = block(night, east, 2)
    sell(night, east, row)
    west.enter(other.code, number_of(night, row))
    for gate in (east, west) if sold_first else (west, east):
        gate.results()

    [entry] = night.admissions()
    assert (entry.conflict_code, entry.conflict_of) == ("BAD_SIGNATURE", None)
    [named], _ = _conflicts(night)
    assert named.code == "BAD_SIGNATURE"


def test_what_the_host_forced_on_a_number_that_is_sold_later_keeps_its_reason(
    night: Evening, east: LoneGate, west: LoneGate
) -> None:
    [row] = block(night, east, 1)
    sell(night, east, row)
    west.enter(row.code, number_of(night, row), code="TOO_EARLY", forced="It rains")
    west.results()
    east.results()

    [entry] = night.admissions()
    assert (entry.force_reason, entry.conflict_code) == ("It rains", "")


def test_one_that_came_in_with_a_number_that_nobody_ever_sold_is_named(
    night: Evening, clock: Clock, east: LoneGate, west: LoneGate
) -> None:
    [row] = block(night, east, 1)
    west.enter(row.code, number_of(night, row))
    west.results()
    assert _conflicts(night)[0] == []  # its gate may still tell

    clock.now = row.expires_at
    with night.services.database.transaction() as session:
        reserved.give_back(session, now=clock.now)

    [named], _ = _conflicts(night)
    assert (named.code, named.entry.gate, named.entry.alone) == ("UNKNOWN", "West", True)
    sell(night, east, row, at=night.first.starts_at)
    east.results()
    assert _conflicts(night)[0] == []


def test_the_code_of_a_returned_number_is_dead_for_whoever_gets_the_number(
    night: Evening, clock: Clock, east: LoneGate, west: LoneGate
) -> None:
    [row] = block(night, east, 1)
    west.enter(row.code, number_of(night, row))
    for n in range(4):
        night.issue(f"fan{n}@example.org")
    clock.now = row.expires_at
    with night.services.database.transaction() as session:
        reserved.give_back(session, now=clock.now)
    fresh = night.issue("last@example.org")
    assert (fresh.row.serial, fresh.row.epoch) == (row.serial, 2)

    west.results()

    [entry] = night.admissions()
    assert (entry.pass_row_id, entry.conflict_code) == (fresh.row.id, "STALE")


def test_a_number_that_a_revoked_gate_holds_opens_no_door(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    [row] = block(night, east, 1)
    assert _flags(night) == [RESERVED]
    with night.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=east.id,
            now=night.services.clock(),
        )

    assert post(client, night, row.code).json()["code"] == "UNKNOWN"
    assert _flags(night) == [0]


def _flags(night: Evening) -> list[int]:
    """Return what a bundle of now would say of its numbers."""
    with night.services.database.reading() as session:
        _, content = bundles.gather(
            session, night.first, issuer_keys=[], now=night.services.clock()
        )
    return [RECORD.unpack(one)[3] for one in pieces(content.records, RECORD.size)]


def _conflicts(night: Evening) -> tuple[list[conflicts.Conflict], conflicts.Oddities]:
    with night.services.database.reading() as session:
        found, odd = conflicts.of_session(
            session, organizer_id=night.organizer_id, session_id=night.first.id
        )
    return list(found), odd
