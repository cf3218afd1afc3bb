"""Waiting rooms: one place per person, kept, and needed to order."""

from __future__ import annotations

import secrets
from uuid import UUID

import pytest

from passes_service.bootstrap import Services
from passes_service.db.models import Drop, QueueEntry
from passes_service.drops import queue
from passes_service.drops.queue_errors import (
    NoWaitingRoom,
    QueueEntryUnknown,
    QueueNotYourTurn,
    QueueRoomOdd,
    QueueTokenElsewhere,
    QueueTokenForged,
    QueueTokenMissing,
    QueueTokenOthers,
    WaitingRoomOver,
)
from tests.drops import queue_ground
from tests.drops.queue_ground import join, move, numbers
from tests.fakes import Clock
from tests.season import season


def test_joining_again_is_the_same_place(services: Services) -> None:
    drop = queue_ground.room(services)
    first = join(services, drop, "v:ada")
    assert join(services, drop, "v:ada").id == first.id
    assert join(services, drop, "v:bob").id != first.id


def test_ordering_takes_a_place_whose_turn_it_is(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=1)
    ada, bob = join(services, drop, "v:ada"), join(services, drop, "v:bob")
    keys = [services.keyring.session_key]

    def ask(token: str | None, subject: str, of: Drop = drop) -> QueueEntry | None:
        with services.database.reading() as session:
            return queue.require(
                session, of, token, subject=subject, keys=keys, now=services.clock()
            )

    tokens = {one.subject: queue.token_of(one, key=keys[0]) for one in (ada, bob)}
    with pytest.raises(QueueNotYourTurn):
        ask(tokens["v:ada"], "v:ada")
    clock.forward(hours=1)
    move(services, drop)
    by_number = {number: name for name, number in numbers(services, drop).items()}
    first, second = by_number[1], by_number[2]
    assert first is not None
    assert second is not None
    entry = ask(tokens[first], first)
    assert entry is not None
    assert entry.number == 1
    with pytest.raises(QueueNotYourTurn) as refused:
        ask(tokens[second], second)
    assert refused.value.members["retry_after"] > 0
    with pytest.raises(QueueTokenOthers):
        ask(tokens[first], second)
    with pytest.raises(QueueTokenMissing):
        ask(None, first)
    with pytest.raises(QueueTokenForged):
        ask(tokens[first][:-1] + ("A" if tokens[first][-1] != "A" else "E"), first)
    unknown = QueueEntry(
        organizer_id=drop.organizer_id, drop_id=drop.id, subject=first, created_at=clock.now
    )
    with pytest.raises(QueueEntryUnknown):
        ask(queue.token_of(unknown, key=keys[0]), first)


def test_a_token_of_another_drop_is_refused_and_without_a_room_none_is_needed(
    services: Services,
) -> None:
    made = season(services)
    here = queue_ground.room(services, made)
    there = queue_ground.room(services, made, slug="summer")
    free = queue_ground.drop(services, made, slug="free")
    keys = [services.keyring.session_key]
    token = queue.token_of(join(services, there, "v:ada"), key=keys[0])
    with services.database.reading() as session:
        with pytest.raises(QueueTokenElsewhere):
            queue.require(session, here, token, subject="v:ada", keys=keys, now=services.clock())
        found = queue.require(session, free, None, subject="v:ada", keys=keys, now=services.clock())
    assert found is None
    with pytest.raises(NoWaitingRoom):
        join(services, free, "v:ada")


def test_a_room_takes_nobody_when_its_drop_is_over(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services)
    clock.now = drop.closes_at
    with pytest.raises(WaitingRoomOver):
        join(services, drop, "v:ada")


@pytest.mark.parametrize(
    ("field", "value"),
    [("at_once", 0), ("per_minute", -1), ("stay_seconds", 0), ("at_once", 10**9)],
)
def test_a_room_needs_numbers_that_make_sense(services: Services, field: str, value: int) -> None:
    drop = queue_ground.drop(services)
    with services.database.transaction() as session, pytest.raises(QueueRoomOdd) as refused:
        queue.open_room(
            session, drop, random=secrets.token_bytes, now=services.clock(), **{field: value}
        )
    assert refused.value.members["field"] == field


def test_the_secret_of_a_room_is_chosen_once_and_before_the_opening(
    services: Services, clock: Clock
) -> None:
    drop = queue_ground.room(services, at_once=7)
    with services.database.transaction() as session:
        first = queue.room_of(session, drop).commitment
        clock.now = drop.opens_at  # its numbers may change at any time
        again = queue.open_room(session, drop, at_once=9, random=secrets.token_bytes, now=clock.now)
        assert (again.commitment, again.at_once) == (first, 9)


def test_a_guest_who_signs_in_keeps_the_place(services: Services) -> None:
    drop = queue_ground.room(services)
    guest, other = join(services, drop, "v:ada"), join(services, drop, "v:bob")
    me = f"h:{UUID(int=7)}"
    with services.database.transaction() as session:
        mine = queue.adopt(session, guest, subject=me)
        assert (mine.id, mine.subject) == (guest.id, me)
        assert queue.adopt(session, other, subject=me).id == guest.id  # one place per person
    assert set(numbers(services, drop)) == {me, "v:bob"}
