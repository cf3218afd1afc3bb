"""Reading a chain into the book beside fetching and decoding the same logs and dropping them.

`python -m tests.bench.bench_index`. 5,000 transfers of 500 passes, a hundred in a block, on a
local node; both kinds of database, durable. Ours does all it does in service: headers, checks,
rows, passes, histories, outbox, versions of holders. Then how soon a transfer is in the feed and
at the door with a real worker beside, and a page of 100 passes with their owners.
"""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlmodel import delete, select

from passes_service.chain import logs
from passes_service.db.models import ChainLog, Holder, OutboxEvent, Pass
from passes_service.passes import directory, queries
from passes_service.worker.loop import run_forever
from tests.bench.chain_ground import TRANSFERS, Moved, local_chain, moved
from tests.bench.figures import Figure, show
from tests.bench.load import Load
from tests.bench.rounds import duel, say
from tests.chain.local import LocalChain

TARGET = 0.60
SOON_SECONDS = 2.0
PAGE_MS = 20.0
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    with local_chain() as chain:
        return [figure for kind in kinds for figure in _on(chain, kind)]


def _on(chain: LocalChain, kind: str) -> list[Figure]:
    with moved(chain, kind) as ground:
        return [_reading(ground, kind), _page(ground, kind), _soon(ground, kind)]


def _reading(ground: Moved, kind: str) -> Figure:
    result = duel(lambda: _ours(ground), lambda: _bare(ground))
    return Figure(
        name=f"index {TRANSFERS:,} transfers, {NAMES[kind]}",
        ours=say(result.ours),
        ceiling=f"{say(result.ceiling)}: fetched and decoded",
        ratio=str(result.ratio),
        target=f"at least {TARGET:.2f}",
        reached=result.ratio.middle >= TARGET,
    )


def _ours(ground: Moved) -> Load:
    """Read everything up to the transfers untimed, then the transfers."""
    ground.forget()
    reader = ground.reader()
    whole = reader.node.network
    reader.node.network = whole.model_copy(update={"confirmations": ground.last - ground.first + 2})
    while reader.step() != "idle":
        pass
    reader.release()
    reader = ground.reader()  # as a worker that starts

    def work() -> None:
        while reader.step() != "idle":
            pass

    done = _timed(work)
    reader.release()
    with ground.here.services.database.reading() as session:
        known = session.exec(select(ChainLog.id).where(ChainLog.block_number >= ground.first)).all()
    if len(known) != TRANSFERS:
        raise AssertionError(f"{len(known)} of {TRANSFERS} transfers were read")
    return done


def _bare(ground: Moved) -> Load:
    reader, pace = ground.reader(), 500

    def work() -> None:
        for first in range(ground.first, ground.last + 1, pace):
            last = min(first + pace - 1, ground.last)
            logs.fetch(reader.node, [ground.here.contract], first, last)

    return _timed(work)


def _timed(work: Callable[[], None]) -> Load:
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Load(TRANSFERS / took, 1_000 * cpu / TRANSFERS, 0.0)


def _page(ground: Moved, kind: str) -> Figure:
    """List a hundred passes and whose they are, as the organizer's page does."""
    here, took = ground.here, []
    for _ in range(30):
        began = time.perf_counter()
        with here.services.database.reading() as session:
            held = queries.search(session, organizer_id=here.organizer_id)
            names = directory.names(
                session,
                organizer_id=here.organizer_id,
                ids=[each.row.holder_id for each in held],
            )
        took.append(1_000 * (time.perf_counter() - began))
    if len(held) != queries.PAGE or not names:
        raise AssertionError("that is no page of passes")
    middle = median(took)
    return Figure(
        name=f"page of {queries.PAGE} passes with owners, {NAMES[kind]}",
        ours=f"{middle:.1f} ms ({min(took):.1f} to {max(took):.1f})",
        target=f"under {PAGE_MS:.0f} ms",
        reached=middle < PAGE_MS,
    )


def _soon(ground: Moved, kind: str) -> Figure:
    """Let a worker run, hand a pass on, and look at the feed's version and the door's epoch.

    An ordinary evening: the letters about the 5,000 transfers before are written.
    """
    here = ground.here
    with here.services.database.transaction() as session:
        session.execute(delete(OutboxEvent))
    real = replace(here.services, clock=lambda: datetime.now(UTC) + timedelta(days=3650))
    stop = threading.Event()
    worker = threading.Thread(target=run_forever, args=(real, stop))
    worker.start()
    took = []
    try:
        token, people = here.token(1), here.chain.accounts[2:20]
        for _ in range(12):
            row = here.row(token)
            giver = str(row.wallet)
            taker = people[(people.index(giver) + 1) % len(people)]
            here.transfer(giver, taker, token)
            began = time.perf_counter()
            before = _feed(ground, row)
            while here.row(token).epoch == row.epoch or _feed(ground, row) == before:
                time.sleep(0.01)
                if time.perf_counter() - began > 30:
                    raise AssertionError("the transfer never came")
            took.append(time.perf_counter() - began)
    finally:
        stop.set()
        worker.join()
    worst = max(took[1:])
    return Figure(
        name=f"transfer in feed and at the door after its block, {NAMES[kind]}",
        ours=f"{median(took[1:]):.2f} s, at most {worst:.2f} s",
        target=f"under {SOON_SECONDS:.0f} s",
        reached=worst < SOON_SECONDS,
    )


def _feed(ground: Moved, row: Pass) -> int:
    """Return the number that outdates the holder's stored feeds."""
    with ground.here.services.database.reading() as session:
        return session.get_one(Holder, (row.organizer_id, row.holder_id)).feed_version


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
