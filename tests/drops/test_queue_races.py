"""Many at one waiting room: one place each, one lot, no number twice, nobody let in too many."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.db.models import Drop, DropQueue, QueueEntry
from passes_service.drops import queue, queue_look, queue_moving
from passes_service.drops.queue_order import by_lot
from tests.drops import queue_ground
from tests.fakes import Clock

THREADS = 16


def together(work: Callable[[int], object], times: int) -> None:
    """Do some work many times, all at once."""
    start = threading.Barrier(THREADS)

    def run(first: int) -> None:
        start.wait()
        for number in range(first, times, THREADS):
            work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(run, first) for first in range(THREADS)]:
            done.result()


def join(services: Services, drop: Drop, subject: str) -> None:
    with services.database.transaction() as session:
        queue.join(session, drop, subject=subject, now=services.clock())


def step(services: Services, drop: Drop) -> None:
    now = services.clock()
    with services.database.transaction() as session:
        room = queue_moving.number_early(session, drop, now=now)
        if room is not None and queue_moving.is_due(room, now=now):
            queue_moving.move(session, room, now=now)


def entries(services: Services, drop: Drop) -> list[QueueEntry]:
    with services.database.reading() as session:
        return list(session.exec(select(QueueEntry).where(QueueEntry.drop_id == drop.id)))


def test_one_person_in_many_tabs_has_one_place(services: Services) -> None:
    drop = queue_ground.room(services)
    together(lambda _: join(services, drop, "v:ada"), 64)
    assert len(entries(services, drop)) == 1


def test_the_lot_is_drawn_once_while_others_arrive(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=7, per_minute=100)
    for n in range(40):
        join(services, drop, f"v:early{n}")
    clock.forward(hours=1)

    def work(number: int) -> None:
        if number % 2:
            join(services, drop, f"v:late{number}")
        step(services, drop)

    together(work, 96)
    clock.forward(seconds=1)
    step(services, drop)
    found = entries(services, drop)
    assert sorted(row.number or 0 for row in found) == list(range(1, 40 + 48 + 1))
    with services.database.reading() as session:
        room, published = queue_look.early(session, drop)
    assert [one for one, _ in published] == by_lot(room.secret, [one for one, _ in published])
    assert {row.number for row in found if "early" in row.subject} == set(range(1, 41))
    admitted = [row.number for row in found if row.admitted_at is not None]
    assert sorted(number or 0 for number in admitted) == list(range(1, 8))
    with services.database.reading() as session:
        kept = session.get_one(DropQueue, (drop.organizer_id, drop.id))
    assert (kept.admitted, kept.last_number) == (7, 88)


def test_as_many_come_in_as_leave(services: Services, clock: Clock) -> None:
    drop = queue_ground.room(services, at_once=5, per_minute=1000)
    for n in range(60):
        join(services, drop, f"v:{n}")
    clock.forward(hours=1)
    step(services, drop)
    gone: set[str] = set()
    for _ in range(11):
        inside = [row for row in entries(services, drop) if row.admitted_at and not row.left_at]
        assert len(inside) == 5

        def work(number: int, inside: list[QueueEntry] = inside) -> None:
            if number < len(inside):
                with services.database.transaction() as session:
                    queue.leave(
                        session,
                        organizer_id=drop.organizer_id,
                        drop_id=drop.id,
                        subject=inside[number].subject,
                        now=services.clock(),
                    )
            else:
                step(services, drop)

        together(work, THREADS)
        gone |= {row.subject for row in inside}
        clock.forward(seconds=1)
        step(services, drop)
    assert len(gone) == 55
