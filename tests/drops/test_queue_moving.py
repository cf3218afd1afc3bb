"""A waiting room moves: numbers by a lot anyone can check, admission at a set rate, estimates."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.db.models import DropStock, QueueEntry
from passes_service.drops import queue_look
from tests.drops import queue_ground
from tests.drops.queue_ground import join, leave, look, move, numbers
from tests.fakes import Clock


def test_who_came_early_gets_a_number_by_the_committed_secret(
    services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services)
    early = {join(services, drop, f"v:{n}").id: f"v:{n}" for n in range(30)}
    with services.database.reading() as session:
        before, none = queue_look.early(session, drop)
    assert none == []
    assert numbers(services, drop) == dict.fromkeys(early.values())
    clock.forward(hours=1)
    move(services, drop)
    join(services, drop, "v:late")
    clock.forward(seconds=1)
    move(services, drop)
    with services.database.reading() as session:
        room, published = queue_look.early(session, drop)
    # As anyone would do it, with nothing of ours.
    assert hashlib.sha256(room.secret).hexdigest() == before.commitment
    ids = sorted(
        (one for one, _ in published),
        key=lambda one: hmac.new(room.secret, one.bytes, "sha256").digest(),
    )
    assert [(one, place) for place, one in enumerate(ids, 1)] == published
    assert set(ids) == set(early)
    assert numbers(services, drop)["v:late"] == 31


def test_who_comes_after_the_opening_follows_in_order_of_arrival(
    services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services, at_once=2)
    join(services, drop, "v:early")
    clock.forward(hours=1)
    for name in "cab":
        join(services, drop, f"v:{name}")
        clock.forward(seconds=1)
    move(services, drop)
    found = numbers(services, drop)
    assert found == {"v:early": 1, "v:c": 2, "v:a": 3, "v:b": 4}


def test_numbers_are_drawn_once(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services)
    for n in range(5):
        join(services, drop, f"v:{n}")
    clock.forward(hours=1)
    move(services, drop)
    first = numbers(services, drop)
    clock.forward(hours=1)
    move(services, drop)
    assert numbers(services, drop) == first
    assert sorted(first.values(), key=str) == [1, 2, 3, 4, 5]


def test_nothing_is_numbered_before_the_opening(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services)
    join(services, drop, "v:ada")
    clock.forward(minutes=59, seconds=59)
    room = move(services, drop)
    assert (room.numbered_at, room.admitted, numbers(services, drop)) == (None, 0, {"v:ada": None})


def test_who_was_written_before_the_lot_but_seen_after_is_an_arrival(
    services: Services, clock: Clock
) -> None:
    """A transaction that began before the opening may commit after the lot."""
    drop = queue_ground.room(services)
    early = join(services, drop, "v:early")
    began = clock.now
    clock.forward(hours=1)
    move(services, drop)
    with services.database.transaction() as session:
        session.add(
            QueueEntry(
                organizer_id=drop.organizer_id,
                drop_id=drop.id,
                subject="v:straggler",
                created_at=began,
            )
        )
    clock.forward(seconds=1)
    move(services, drop)
    with services.database.reading() as session:
        _, published = queue_look.early(session, drop)
    assert published == [(early.id, 1)]
    assert numbers(services, drop)["v:straggler"] == 2


def test_only_so_many_are_in_checkout_at_once(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=3, per_minute=100, stay_seconds=300)
    for n in range(10):
        join(services, drop, f"v:{n}")
    clock.forward(hours=1)
    assert move(services, drop).admitted == 3
    clock.forward(seconds=2)
    assert move(services, drop).admitted == 3
    by_number = {number: name for name, number in numbers(services, drop).items()}
    leave(services, drop, by_number[2] or "")
    clock.forward(seconds=2)
    assert move(services, drop).admitted == 4
    clock.forward(seconds=298)  # the first three have been there for 300 seconds and more
    assert move(services, drop).admitted == 6


def test_only_so_many_come_in_within_a_minute(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=1000, per_minute=4)
    for n in range(20):
        join(services, drop, f"v:{n}")
    clock.forward(hours=1)
    came = []
    for _ in range(180):
        came.append(move(services, drop).admitted)
        clock.forward(seconds=1)
    assert came == sorted(came)
    assert came[-1] == 12
    within = [b - a for a, b in zip(came, came[59:], strict=False)]
    assert max(within) <= 4


def test_a_clock_that_jumps_takes_nothing_back_and_stops_nobody(
    services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services, at_once=2, per_minute=2)
    for n in range(9):
        join(services, drop, f"v:{n}")
    clock.forward(hours=1)
    assert move(services, drop).admitted == 2
    before = numbers(services, drop)
    clock.forward(hours=5)
    assert move(services, drop).admitted == 4
    clock.forward(hours=-5, seconds=1)
    assert move(services, drop).admitted == 4
    assert numbers(services, drop) == before
    clock.forward(minutes=11)
    assert move(services, drop).admitted == 6
    clock.forward(hours=-2)  # before the opening: nothing is drawn twice
    assert move(services, drop).admitted >= 6
    assert numbers(services, drop) == before


def test_an_estimate_is_measured_or_not_given(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=1000, per_minute=6)
    places = [join(services, drop, f"v:{n}") for n in range(60)]
    early = look(services, drop, places[0])
    assert (early.state, early.ahead, early.estimate) == ("early", None, "")
    clock.forward(hours=1)
    move(services, drop)
    by_number = {numbers(services, drop)[one.subject]: one for one in places}
    last = by_number[60]
    assert look(services, drop, last).estimate == queue_look.CANNOT_SAY
    for _ in range(240):
        clock.forward(seconds=1)
        move(services, drop)
    found = look(services, drop, last)
    assert (found.state, found.ahead) == ("waiting", 29)
    assert found.seconds is not None
    assert 200 <= found.seconds <= 320
    assert found.estimate.startswith("About ")
    assert "present pace" in found.estimate
    assert look(services, drop, by_number[1]).state == "admitted"


def test_an_estimate_grows_when_nobody_comes_in_any_more(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=5, per_minute=600, stay_seconds=86_400)
    places = [join(services, drop, f"v:{n}") for n in range(10)]
    clock.forward(hours=1)
    move(services, drop)
    last = next(one for one in places if numbers(services, drop)[one.subject] == 10)
    clock.forward(minutes=2)
    soon = look(services, drop, last).seconds
    clock.forward(minutes=30)
    later = look(services, drop, last).seconds
    assert soon is not None
    assert later is not None
    assert later > soon


def test_a_look_says_what_is_left_and_when_it_is_over(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, places=3)
    entry = join(services, drop, "v:ada")
    clock.forward(hours=1)
    move(services, drop)
    found = look(services, drop, entry)
    assert (found.left, found.held, found.drop_state) == (3, 0, "open")
    with services.database.transaction() as session:
        stock = session.exec(select(DropStock).where(DropStock.drop_id == drop.id)).one()
        stock.sold, stock.held = 2, 1
    found = look(services, drop, entry)
    assert (found.left, found.held, found.drop_state) == (0, 1, "open")
    clock.now = drop.closes_at
    assert look(services, drop, entry).drop_state == "closed"


def test_leaving_counts_once_and_only_after_coming_in(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=1)
    for name in ("ada", "bob"):
        join(services, drop, f"v:{name}")
    leave(services, drop, "v:ada")
    clock.forward(hours=1)
    assert move(services, drop).admitted == 1
    first = next(name for name, number in numbers(services, drop).items() if number == 1)
    leave(services, drop, first)
    leave(services, drop, first)
    clock.forward(seconds=timedelta(seconds=1).seconds)
    assert move(services, drop).admitted == 2
