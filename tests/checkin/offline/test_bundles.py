"""What a gate takes along: the door as it is, in full or as changes, for gates of this session."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import gates
from passes_service.core import bundle
from passes_service.core.bundle import LIVE, RESERVED, Entry, Record
from passes_service.core.instants import to_seconds
from passes_service.db.models import Pass, ReservedPass
from tests import people
from tests.checkin.evening import Evening, another_series, evening, post
from tests.checkin.offline.bundle_door import Door, bind, later
from tests.fakes import Clock
from tests.gate_phones import GatePhone


@pytest.fixture
def door(client: TestClient, night: Evening) -> Door:
    return Door(client, night)


def test_full_bundle_says_what_the_door_is_like(door: Door, night: Evening, clock: Clock) -> None:
    held, bound = night.issue(), night.issue()
    key = bind(night, bound)
    post(door.client, night, night.code(held))

    kinds = door.fetch()

    now = to_seconds(clock.now)
    assert kinds == ["full"]
    assert door.records == [
        Record(series=0, serial=1, epoch=1, flags=LIVE),
        Record(series=0, serial=2, epoch=1, flags=LIVE, device_key=bundle.compressed(key)),
    ]
    assert door.entries == [Entry(series=0, serial=1, number=1, at=now, gate=0)]
    header, facts = door.holds.header, door.holds.header.facts
    assert (header.sequence, header.issued_at, header.previous) == (1, now, bytes(32))
    assert (facts.session.title, facts.session.capacity) == ("Evening 1", None)
    assert [one.id for one in facts.gates] == [night.gate.id]
    (series,) = facts.series
    assert series.series == night.made.series.series_no
    assert (series.mode, series.reentry, series.cap) == ("once_per_session", False, 5)
    assert series.doors_at == to_seconds(night.first.starts_at) - 30 * 60
    assert (series.day_zone, series.cancelled) == ("Europe/Berlin", False)


def test_changes_come_as_deltas_and_lead_to_the_full_bundle(
    door: Door, night: Evening, clock: Clock
) -> None:
    first, second = night.issue(), night.issue()
    door.fetch()
    said = []
    admitted = night.scan(night.code(first))
    for act in (
        lambda: None,  # the admission
        lambda: night.issue(),
        lambda: night.reissue(second),
        lambda: night.annul(admitted),
        lambda: bind(night, night.again(second)),
    ):
        act()
        later(clock)
        said.append((door.fetch(), len(door.records), len(door.entries)))
        assert door.agrees()

    assert said == [
        (["delta"], 2, 1),
        (["delta"], 3, 1),
        (["delta"], 3, 1),
        (["delta"], 3, 0),
        (["delta"], 3, 0),
    ]
    assert [one.epoch for one in door.records] == [1, 2, 1]
    assert door.records[1].device_key is not None


def test_gate_that_was_away_gets_every_delta_in_order(
    client: TestClient, door: Door, night: Evening, clock: Clock
) -> None:
    away = Door(client, night)
    for one in (door, away):
        one.fetch()
    for _ in range(3):
        night.issue()
        later(clock)
        door.fetch()

    kinds = away.fetch()

    assert kinds == ["delta"] * 3
    assert away.holds == door.holds
    assert away.ask(away.holds.header.sequence).status_code == 204
    assert away.ask(10**6).status_code == 204


@pytest.mark.parametrize("state", ["refunded", "void", "claiming", "offered", "on_chain"])
def test_pass_that_is_given_up_stays_as_a_record_that_opens_nothing(
    door: Door, night: Evening, state: str, clock: Clock
) -> None:
    held = night.issue()
    door.fetch()
    with night.services.database.transaction() as session:
        session.get_one(Pass, (night.organizer_id, held.row.id)).state = state
    later(clock)

    door.fetch()

    assert [one.flags for one in door.records] == [LIVE if state == "on_chain" else 0]


def test_key_of_an_earlier_epoch_is_nobodys(door: Door, night: Evening) -> None:
    held = night.issue()
    bind(night, held)
    night.reissue(held)

    door.fetch()

    assert [(one.epoch, one.device_key) for one in door.records] == [(2, None)]


def test_reserved_numbers_are_known_until_their_block_ends(
    door: Door, night: Evening, clock: Clock
) -> None:
    night.issue()
    with night.services.database.transaction() as session:
        for serial, state in ((1, "reserved"), (2, "reserved"), (3, "returned"), (4, "handed")):
            session.add(_reserved(night, serial, state, clock.now + timedelta(hours=1)))
    door.fetch()
    before = [(one.serial, one.flags) for one in door.records]
    clock.now += timedelta(hours=1)

    kinds = door.fetch()

    assert before == [(1, LIVE), (2, RESERVED)]
    assert kinds == ["full"]  # a delta takes no record out
    assert [(one.serial, one.flags) for one in door.records] == [(1, LIVE)]


def _reserved(night: Evening, serial: int, state: str, ends: datetime) -> ReservedPass:
    return ReservedPass(
        organizer_id=night.organizer_id,
        block_id=uuid4(),
        series_id=night.made.series.id,
        serial=serial,
        epoch=1,
        gate_id=night.gate.id,
        session_id=night.first.id,
        code="EP1:",
        state=state,
        hand_out_until=ends,
        expires_at=ends,
        created_at=night.services.clock(),
    )


def test_exit_and_entry_that_does_not_count(door: Door, night: Evening, clock: Clock) -> None:
    inside, outside, quarrel = night.issue(), night.issue(), night.issue()
    for held in (inside, outside, quarrel):
        night.scan(night.code(held))
    clock.forward(minutes=1)
    night.leave(night.code(outside))
    with night.services.database.transaction() as session:
        for row in night.admissions():
            if row.pass_row_id == quarrel.row.id:
                row.conflict_code = "DUPLICATE"
                session.merge(row)

    door.fetch()

    now = to_seconds(clock.now)
    found = [(one.serial, one.exited_at) for one in door.entries]
    assert found == [(1, 0), (2, now)]


def test_per_day_entry_tells_the_days_of_the_session_apart(
    client: TestClient, services: Services, clock: Clock
) -> None:
    night = evening(services, clock, entry={"mode": "per_day", "doors_minutes_before": 30})
    door = Door(client, night)
    with services.database.transaction() as session:
        row = session.merge(night.first)
        row.ends_at = row.starts_at + timedelta(hours=9)  # past midnight
    held = night.issue()
    night.scan(night.code(held))
    clock.forward(hours=7)
    night.scan(night.code(held))

    door.fetch()

    assert [(one.serial, one.number) for one in door.entries] == [(1, 1), (1, 257)]
    assert door.holds.header.facts.series[0].mode == "per_day"


def test_another_series_takes_a_full_bundle(door: Door, night: Evening, clock: Clock) -> None:
    night.issue()
    door.fetch()
    with night.services.database.transaction() as session:
        another_series(session, night, pass_type="friends", title="Friends")
    later(clock)

    kinds = door.fetch()

    numbers = [one.series for one in door.holds.header.facts.series]
    assert kinds == ["full"]
    assert len(numbers) == 2
    assert numbers == sorted(numbers)
    assert numbers[door.records[0].series] == night.made.series.series_no


def test_bundle_is_for_gates_of_the_session_and_for_staff_at_the_door(
    client: TestClient, night: Evening
) -> None:
    other = night.enrol("Next week", night.made.sessions[1].id)
    phone = GatePhone()
    own = phone.enrol(client, night.enrol("Side door", night.first.id).token).json()["token"]

    assert Door(client, night, other.token).ask().status_code == 403
    assert Door(client, night, own).ask().status_code == 200
    assert Door(client, night).ask(at=uuid4()).status_code == 404
    path = f"/api/v1/gate/bundles/{night.first.id}"
    assert client.get(path).status_code == 401
    for role, status in (("viewer", 403), ("door", 200)):
        people.sign_in_staff(
            client, night.services, people.member(night.services, night.organizer_id, role)
        )
        assert client.get(path).status_code == status


def test_revoked_gate_gets_no_bundle(
    client: TestClient, services: Services, door: Door, night: Evening
) -> None:
    door.fetch()
    with services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=night.gate.id,
            now=services.clock(),
        )

    assert door.ask().status_code == 401
    assert door.ask(since=0).status_code == 401
    sealed = client.get(
        f"/api/v1/gate/bundles/{night.first.id}/sealed",
        headers={"Authorization": f"Bearer {door.token}"},
    )
    assert sealed.status_code == 401


def test_other_organizers_session_is_not_there(
    client: TestClient, services: Services, night: Evening, clock: Clock
) -> None:
    clock.now -= timedelta(days=20)
    other = evening(services, clock, "lumen")

    assert Door(client, night, other.main.token).ask().status_code == 404


def test_body_is_compressed_for_who_asks(door: Door, night: Evening) -> None:
    night.issue()

    plain = door.ask(headers={"Accept-Encoding": "identity"})
    zipped = door.ask(headers={"Accept-Encoding": "gzip"})

    assert plain.headers["content-type"] == "application/vnd.eventpass.bundles"
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content
    if len(plain.content) > 1_000:
        assert zipped.headers["content-encoding"] == "gzip"
        assert len(gzip.compress(plain.content)) < len(plain.content)


@pytest.mark.parametrize("since", ["-1", "x", "1e3", str(2**31)])
def test_since_is_a_sequence(door: Door, since: str) -> None:
    answer = door.client.get(
        f"/api/v1/gate/bundles/{door.night.first.id}?since={since}",
        headers={"Authorization": f"Bearer {door.token}"},
    )

    assert answer.status_code == 422
