"""Workers that die at any step, and several at once: nothing is lost, nothing is there twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from passes_service.bootstrap import Services
from passes_service.db.models import ChainContract, ChainCursor, OutboxEvent, Pass, PassEvent
from passes_service.indexer import cursor
from passes_service.worker import chain_reader
from passes_service.worker.loop import run_forever
from tests.chain.local import LocalChain
from tests.fakes import Clock
from tests.indexer.ground import CHAIN_ID, Ground, ground

pytestmark = pytest.mark.node


class Killed(BaseException):
    """The process is gone: nothing after this statement happens, nothing is tidied up."""


@contextmanager
def killed_at(here: Ground, statement: int) -> Iterator[list[int]]:
    """Die when that many statements have been sent to the database for writing."""
    count = [0]

    def die(*_: Any) -> None:
        count[0] += 1
        if count[0] == statement:
            raise Killed

    engine = here.services.database.writer
    event.listen(engine, "before_cursor_execute", die)
    event.listen(engine, "commit", die)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", die)
        event.remove(engine, "commit", die)


def evening(here: Ground) -> None:
    ann, bob, eve = here.chain.accounts[2:5]
    held, claim = here.lock()
    here.buy(ann, 2)
    here.claim(claim, held.row.pass_id)
    here.transfer(ann, bob, here.token(1))
    here.transfer(bob, eve, here.token(1))
    here.refund(ann, here.token(2))
    here.chain.act(here.owner, here.contract, "awardBadge", 7, ann, 3)
    here.chain.mine(10)


def books(here: Ground) -> tuple[Any, ...]:
    """Return everything that counts, without keys and times of writing."""
    passes = sorted(
        (row.pass_id, row.state, row.wallet, row.epoch, row.transfers, row.paid_back_minor)
        for row in here.every(Pass)
    )
    place = here.place()
    logs = [(log.block_number, log.log_index, log.position, log.name) for log in here.logs()]
    notes = sorted(row.sentence for row in here.every(PassEvent))
    told = sorted(row.type for row in here.every(OutboxEvent))
    return passes, logs, notes, told, place.minted, place.burned, place.escrow_minor, (
        here.series().issued
    )  # fmt: skip


def test_a_worker_killed_at_every_statement_loses_and_doubles_nothing(
    services: Services, chain: LocalChain, clock: Clock
) -> None:
    here = ground(services, chain, clock)
    evening(here)
    at, finished = 1, False
    while not finished:
        reader = here.another()
        with killed_at(here, at) as count:
            try:
                here.read(reader)
                finished = True
            except Killed:
                pass
        assert count[0] >= at or finished
        # Somebody else finds its lease, waits until that is over, and goes on from there.
        clock.forward(seconds=cursor.LEASE.total_seconds())
        at += 1
    assert at > 20

    interrupted = books(here)
    passes, logs, notes, told, minted, burned, escrow, issued = interrupted
    assert (minted, burned, escrow, issued) == (2, 1, 10**16, 2)
    assert len(logs) == len(set(logs))
    assert len(notes) == len(set(notes)) == 7
    states = {pass_id: (state, epoch) for pass_id, state, _, epoch, *_ in passes}
    assert states[here.token(1)] == ("on_chain", 3)
    assert states[here.token(2)] == ("refunded", 1)
    assert sorted(states.values())[-2:] == [("on_chain", 3), ("refunded", 1)]
    assert len(states) == 3
    assert told.count("pass.transferred") == 2
    assert told.count("pass.end_final") == 1
    assert told.count("tokens.minted") == 1


def test_one_reads_at_a_time(here: Ground) -> None:
    other = here.another()
    here.read()
    here.buy(here.chain.accounts[2])

    assert other.step() == "busy"
    here.read()
    assert here.row(here.token(1)).state == "on_chain"


def test_who_lost_the_lease_while_it_read_cannot_write(here: Ground) -> None:
    other = here.another()
    here.read()
    here.buy(here.chain.accounts[2])
    here.clock.forward(seconds=cursor.LEASE.total_seconds())
    here.read(other)
    stood = books(here)

    # It still believes that it has the lease, and reads the same block again.
    here.reader._ours_until = here.clock.now + timedelta(hours=1)
    here.buy(here.chain.accounts[3])
    assert here.reader.step() == "again"
    assert here.reader.step() == "busy"
    assert books(here) == stood


def test_a_lease_that_is_given_back_is_free_at_once(here: Ground) -> None:
    here.read()
    here.reader.release()
    assert here.another().step() != "busy"


def test_many_readers_at_once_write_each_block_once(here: Ground) -> None:
    ann = here.chain.accounts[2]
    readers = [here.another() for _ in range(4)]
    stop = threading.Event()
    failures: list[Exception] = []

    def work(mine: chain_reader.Reader) -> None:
        while not stop.is_set():
            try:
                if mine.step() == "busy":
                    stop.wait(0.01)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in readers]
    for thread in threads:
        thread.start()
    for _ in range(6):
        here.buy(ann)
        here.clock.forward(seconds=cursor.LEASE.total_seconds())  # leases end under their feet
    until = datetime.now(UTC) + timedelta(seconds=60)
    while here.cursor_number() < here.chain.height() and datetime.now(UTC) < until:
        here.clock.forward(seconds=cursor.LEASE.total_seconds())
        stop.wait(0.1)
    stop.set()
    for thread in threads:
        thread.join()

    assert failures == []
    assert here.series().issued == 6
    assert here.counts()["pass.issued"] == 6


def test_a_contract_that_is_added_late_is_read_from_its_beginning(here: Ground) -> None:
    ann = here.chain.accounts[2]
    bind(here, 1)
    here.buy(ann)
    here.refund(ann, here.token(1))
    here.buy(ann)
    here.chain.mine(12)
    here.read()
    assert here.logs() == []

    bind(here, CHAIN_ID)
    here.read()

    assert here.row(here.token(1)).state == "refunded"
    assert here.row(here.token(2)).wallet == ann
    assert here.counts()["pass.end_final"] == 1
    here.transfer(ann, here.chain.accounts[3], here.token(2))
    here.read()
    assert here.row(here.token(2)).wallet == here.chain.accounts[3]


def bind(here: Ground, chain_id: int) -> None:
    with here.services.database.transaction() as session:
        row = session.get_one(ChainContract, (here.organizer_id, here.sold.contract.id))
        row.chain_id = chain_id


def test_the_worker_reads_chains_beside_its_other_work_and_stops(here: Ground) -> None:
    ann = here.chain.accounts[2]
    real = replace(here.services, clock=lambda: datetime.now(UTC))
    stop = threading.Event()
    worker = threading.Thread(target=run_forever, args=(real, stop))
    worker.start()
    try:
        here.buy(ann)
        until = datetime.now(UTC) + timedelta(seconds=60)
        while not here.every(Pass) and datetime.now(UTC) < until:
            stop.wait(0.05)
    finally:
        stop.set()
        worker.join()

    assert here.row(here.token(1)).wallet == ann
    assert [row.lease_owner for row in here.every(ChainCursor)] == [""]
