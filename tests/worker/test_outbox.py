"""The outbox: at least once, by lease, shared by any number of workers."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from passes_service.bootstrap import Services
from passes_service.core.events import LoginRequested
from passes_service.db import outbox
from passes_service.db.models import OutboxEvent
from passes_service.worker import handlers, loop
from tests import people
from tests.fakes import Clock


@pytest.fixture
def organizer_id(services: Services) -> UUID:
    return people.organizer(services)[0].id


def _add(services: Services, organizer_id: UUID, count: int = 1) -> None:
    with services.database.transaction() as session:
        for _ in range(count):
            event = LoginRequested(organizer_id=organizer_id, link_id=uuid4())
            outbox.add(session, event, now=services.clock())


def _events(services: Services) -> list[OutboxEvent]:
    with services.database.reading() as session:
        return list(session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id))))


def _claim(services: Services, owner: str, limit: int = 20) -> list[OutboxEvent]:
    with services.database.transaction() as session:
        return outbox.claim(session, owner=owner, now=services.clock(), limit=limit)


class Seen:
    """A handler that remembers what it was given, from any thread."""

    def __init__(self) -> None:
        self.ids: Counter[UUID] = Counter()
        self.lock = threading.Lock()

    def __call__(self, services: Services, envelope: OutboxEvent, now: datetime) -> None:
        with self.lock:
            self.ids[envelope.id] += 1


def test_an_event_of_a_transaction_that_failed_is_never_seen(
    services: Services, organizer_id: UUID
) -> None:
    def fail() -> None:
        with services.database.transaction() as session:
            event = LoginRequested(organizer_id=organizer_id, link_id=uuid4())
            outbox.add(session, event, now=services.clock())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert _events(services) == []


def test_a_delivered_event_is_not_delivered_again(services: Services, organizer_id: UUID) -> None:
    _add(services, organizer_id, 3)
    seen = Seen()
    table: loop.Table = {LoginRequested.type: (seen,)}
    assert loop.drain(services, services.clock(), table=table) == 3
    assert loop.drain(services, services.clock(), table=table) == 0
    assert set(seen.ids.values()) == {1}


def test_a_dead_workers_events_come_back_when_its_lease_ends(
    services: Services, organizer_id: UUID, clock: Clock
) -> None:
    _add(services, organizer_id)
    (lost,) = _claim(services, "dies")
    assert _claim(services, "other") == []
    clock.forward(seconds=outbox.LEASE.total_seconds())
    (found,) = _claim(services, "other")
    assert (found.id, found.attempts) == (lost.id, 2)


def test_who_lost_the_lease_cannot_settle_any_more(
    services: Services, organizer_id: UUID, clock: Clock
) -> None:
    _add(services, organizer_id)
    (slow,) = _claim(services, "slow")
    clock.forward(minutes=2)
    (taken,) = _claim(services, "quick")
    with services.database.transaction() as session:
        assert not outbox.mark_delivered(session, slow, now=clock.now)
        assert not outbox.mark_failed(session, slow, error="late", now=clock.now)
        assert outbox.mark_delivered(session, taken, now=clock.now)


def test_a_worker_leaves_events_alone_once_its_own_lease_is_over(
    services: Services, organizer_id: UUID, clock: Clock
) -> None:
    _add(services, organizer_id, 3)

    def slow(_services: Services, _envelope: OutboxEvent, _now: datetime) -> None:
        clock.forward(minutes=2)

    table: loop.Table = {LoginRequested.type: (slow,)}
    assert loop.drain(services, clock.now, table=table) == 1


def test_a_poison_event_backs_off_and_lets_others_pass(
    services: Services, organizer_id: UUID, clock: Clock
) -> None:
    _add(services, organizer_id, 2)
    poison, fine = _events(services)
    seen = Seen()

    def fails(services: Services, envelope: OutboxEvent, now: datetime) -> None:
        if envelope.id == poison.id:
            raise ValueError("with a secret inside")
        seen(services, envelope, now)

    table: loop.Table = {LoginRequested.type: (fails,)}
    pauses: list[timedelta] = []
    for _ in range(outbox.MAX_ATTEMPTS):
        loop.drain(services, clock.now, table=table)
        row = _events(services)[0]
        pauses.append(row.available_at - clock.now)
        clock.now = row.available_at
    assert seen.ids == {fine.id: 1}
    assert pauses[:4] == [timedelta(seconds=2**n) for n in (1, 2, 3, 4)]
    assert max(pauses) <= timedelta(hours=1)
    assert row.failed_at is not None
    assert row.last_error == "ValueError"
    clock.forward(days=30)
    assert loop.drain(services, clock.now, table=table) == 0


def test_a_worker_that_is_told_to_stop_finishes_one_event_and_gives_back_the_rest(
    services: Services, organizer_id: UUID
) -> None:
    _add(services, organizer_id, 5)
    stop = threading.Event()

    def stopping(_services: Services, _envelope: OutboxEvent, _now: datetime) -> None:
        stop.set()

    table: loop.Table = {LoginRequested.type: (stopping,)}
    assert loop.drain(services, services.clock(), table=table, stop=stop) == 1
    again = _claim(services, "next")
    assert len(again) == 4
    assert {row.attempts for row in again} == {1}


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_share_the_work_without_doing_any_of_it_twice(
    services: Services, organizer_id: UUID, workers: int
) -> None:
    _add(services, organizer_id, 200)
    seen = [Seen() for _ in range(workers)]
    start = threading.Barrier(workers)

    def work(mine: Seen) -> None:
        table: loop.Table = {LoginRequested.type: (mine,)}
        start.wait()
        while loop.drain(services, services.clock(), 5, table=table):
            pass

    threads = [threading.Thread(target=work, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total: Counter[UUID] = sum((mine.ids for mine in seen), Counter())
    assert set(total.values()) == {1}
    assert len(total) == 200
    with Session(services.database.reader) as session:
        open_ones = select(OutboxEvent).where(col(OutboxEvent.delivered_at).is_(None))
        assert session.exec(open_ones).all() == []


def test_sigterm_lets_the_present_event_finish_and_gives_back_the_others(
    services: Services, organizer_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(services, organizer_id, 5)
    finished: list[UUID] = []

    def terminated_meanwhile(_: Services, envelope: OutboxEvent, _now: datetime) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        finished.append(envelope.id)

    # In place of the real work, so that the signal comes in its midst.
    monkeypatch.setitem(handlers.HANDLERS, LoginRequested.type, (terminated_meanwhile,))
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    stop = threading.Event()
    try:
        loop.stop_on_signals(stop)
        loop.run_forever(services, stop)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    rows = _events(services)
    assert [row.id for row in rows if row.delivered_at] == finished == [rows[0].id]
    assert len(_claim(services, "next")) == 4


def test_the_loop_runs_until_it_is_told_to_stop(services: Services, organizer_id: UUID) -> None:
    _add(services, organizer_id, 3)
    stop = threading.Event()
    thread = threading.Thread(target=loop.run_forever, args=(services, stop))
    thread.start()
    for _ in range(100):
        if all(row.delivered_at for row in _events(services)):
            break
        stop.wait(0.05)
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert all(row.delivered_at for row in _events(services))
