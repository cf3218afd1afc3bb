"""Sequences of a session's bundle: one more at each change, settled by the database, kept short."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.checkin.offline import bundle_store, bundles
from passes_service.core import bundle_read
from passes_service.db.models import PortionChange
from passes_service.keyring import KeyUse
from passes_service.web import bundling
from tests.checkin.evening import Evening
from tests.checkin.offline.bundle_door import Door, change, kept, later
from tests.fakes import Clock


@pytest.fixture
def door(client: TestClient, night: Evening) -> Door:
    return Door(client, night)


def current(night: Evening, refresh: timedelta = timedelta()) -> Any:
    return bundling.current(
        night.services,
        organizer_id=night.organizer_id,
        session_id=night.first.id,
        now=night.services.clock(),
        refresh=refresh,
    )


def test_same_door_is_the_same_bundle(door: Door, night: Evening, clock: Clock) -> None:
    night.issue()
    first = door.full()
    for _ in range(3):
        later(clock)
        assert door.full() == first
    assert [one.sequence for one in kept(night)] == [1]


def test_change_within_the_pause_is_in_the_next_bundle(
    door: Door, night: Evening, clock: Clock
) -> None:
    door.fetch()
    night.issue()
    clock.forward(seconds=19)
    assert door.fetch() == []
    clock.forward(seconds=1)
    assert door.fetch() == ["delta"]


def test_door_that_did_not_change_is_not_looked_at_again_at_once(
    night: Evening, clock: Clock
) -> None:
    pause = timedelta(seconds=20)
    current(night, pause)
    clock.forward(seconds=60)
    current(night, pause)  # nothing new
    night.issue()
    clock.forward(seconds=19)
    early = current(night, pause).sequence
    clock.forward(seconds=1)

    assert (early, current(night, pause).sequence) == (1, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Evening one"},
        {"location": "The loft"},
        {"capacity": 40},
        {"status": "cancelled"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_change_of_the_session_is_a_new_bundle(
    door: Door, night: Evening, clock: Clock, fields: dict[str, Any]
) -> None:
    door.fetch()
    change(night, **fields)
    later(clock)

    assert door.fetch() == ["delta"]
    assert door.agrees()
    session = door.holds.header.facts.session
    assert session.cancelled == ("status" in fields)
    assert all(getattr(session, n) == v for n, v in fields.items() if n != "status")


def test_new_gate_and_cancelled_portion_are_a_new_bundle(
    door: Door, night: Evening, clock: Clock
) -> None:
    door.fetch()
    night.enrol("Side door", night.first.id)
    night.enrol("Next week", night.made.sessions[1].id)
    later(clock)
    door.fetch()
    gates = [one.name for one in door.holds.header.facts.gates]
    with night.services.database.transaction() as session:
        session.add(
            PortionChange(
                organizer_id=night.organizer_id,
                series_id=night.made.series.id,
                portion=0,
                kind="cancelled",
                created_at=clock.now,
            )
        )
    later(clock)
    door.fetch()

    assert gates == ["Main door", "Side door"]
    assert door.holds.header.sequence == 3
    assert [one.cancelled for one in door.holds.header.facts.series] == [True]


def test_bundle_that_is_ending_is_renewed_although_nothing_changed(
    door: Door, night: Evening, clock: Clock
) -> None:
    night.issue()
    clock.now = night.first.starts_at - timedelta(days=3)
    door.fetch()
    first = door.holds.header
    clock.forward(hours=29)
    assert door.fetch() == []
    clock.forward(hours=1, seconds=1)

    assert door.fetch() == ["delta"]
    assert first.not_after - first.issued_at == 36 * 3600
    assert door.holds.header.not_after == door.holds.header.issued_at + 36 * 3600
    assert door.holds.header.state == first.state


def test_after_the_evening_bundles_are_short_and_still_there(
    door: Door, night: Evening, clock: Clock
) -> None:
    clock.now = night.first.ends_at + timedelta(days=3)
    door.fetch()
    clock.forward(minutes=30)
    assert door.fetch() == []
    clock.forward(minutes=31)

    assert door.fetch() == ["delta"]
    assert door.holds.header.not_after == door.holds.header.issued_at + 2 * 3600


def test_only_the_latest_is_kept_in_full_and_few_deltas(
    door: Door, night: Evening, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_store, "DELTAS_KEPT", 3)  # 200 of them would take a while
    door.fetch()
    for number in range(5):
        change(night, title=f"Evening {number}")
        later(clock)
        current(night)

    rows = kept(night)
    answered = {since: _kinds(door, since) for since in range(7)}

    assert [one.sequence for one in rows] == [1, 2, 3, 4, 5, 6]
    assert [one.full is not None for one in rows] == [False] * 5 + [True]
    assert [one.delta is not None for one in rows] == [False] * 3 + [True] * 3
    assert [one.previous for one in rows[1:]] == [one.chain for one in rows[:-1]]
    assert answered == {
        **{since: ["full"] for since in (0, 1, 2)},
        3: ["delta"] * 3,
        4: ["delta"] * 2,
        5: ["delta"],
        6: [],
    }


def _kinds(door: Door, since: int) -> list[str]:
    other = Door(door.client, door.night)
    answer = other.ask(since)
    found = [bundle_read.parse(one).header.kind for one in bundle_read.split(answer.content)]
    assert (answer.status_code == 204) == (found == [])
    return [str(one) for one in found]


def test_many_who_ask_at_once_get_one_sequence(night: Evening, clock: Clock) -> None:
    night.issue()
    current(night)
    for round_ in range(3):
        night.issue()
        later(clock)
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: current(night), range(6)))
        assert {one.sequence for one in found} == {round_ + 2}
        assert len({one.chain for one in found}) == 1

    rows = kept(night)
    assert [one.sequence for one in rows] == [1, 2, 3, 4]
    assert sum(one.full is not None for one in rows) == 1


def test_builder_who_came_second_takes_what_is_there(
    services: Services, night: Evening, clock: Clock
) -> None:
    """Both read the same last bundle; the unique constraint lets one of them store the next."""
    first = current(night)
    night.issue()
    later(clock)
    mine = current(night)
    late = bundling._refreshed(  # the one who read `first` before the other stored
        services, first, (night.organizer_id, night.first.id), clock.now
    )

    assert (late.sequence, late.chain, late.full) == (mine.sequence, mine.chain, mine.full)
    assert [one.sequence for one in kept(night)] == [1, 2]


def test_failed_look_is_no_look(
    services: Services, night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the database went away")

    with monkeypatch.context() as patched:  # the fault lies in the database, not in our code
        patched.setattr(bundles, "gather", broken)
        with pytest.raises(RuntimeError):
            current(night, timedelta(seconds=20))

    assert current(night, timedelta(seconds=20)).sequence == 1


def test_gate_that_knows_the_old_key_learns_of_the_new_one(
    client: TestClient, services: Services, night: Evening, clock: Clock, tmp_path: Any
) -> None:
    folder = tmp_path / "keys"
    keyring.init(folder, random=secrets.token_bytes, now=clock.now)
    old = keyring.load(folder)
    new = keyring.rotate(
        folder, KeyUse.GATE, now=clock.now, overlap=timedelta(days=2), random=secrets.token_bytes
    )
    pinned = old.gate_public_keys(clock.now)
    client.app.state.services = replace(services, keyring=old)  # type: ignore[attr-defined]
    door = Door(client, Evening(replace(services, keyring=old), night.made, night.main))
    door.fetch()
    client.app.state.services = replace(services, keyring=new)  # type: ignore[attr-defined]
    later(clock)

    assert door.fetch() == ["delta"]  # checked by the old key: the gate pins no other
    assert pinned == (old.gate.public_key,)
    keys = door.holds.header.facts.issuer_keys
    assert keys == (new.gate.public_key, old.gate.public_key)
    assert new.gate_announcer(clock.now).public_key == old.gate.public_key
    assert new.gate_announcer(clock.now + timedelta(days=2)).public_key == new.gate.public_key
