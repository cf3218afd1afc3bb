"""Reads chains: asks the node outside of any transaction, then writes in one.

One thread per chain, beside the one that drains the outbox: a slow node delays no letter. Any
number of workers may run; the lease on the chain's cursor lets one of them read.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy.exc import DBAPIError

from passes_service.accounts.errors import HolderMerged
from passes_service.bootstrap import Services
from passes_service.chain.node import WORKER_SECONDS, Node
from passes_service.core.errors import DomainError
from passes_service.db.models import new_id
from passes_service.indexer import apply, cursor, finality, forks, headers, window
from passes_service.indexer.apply import Applied
from passes_service.indexer.cursor import Contract, Lease, Position
from passes_service.indexer.errors import ChainMoved, LeaseLost
from passes_service.indexer.window import Glance, Pace, Window
from passes_service.worker.reading_ahead import Ahead

log = structlog.get_logger("chain")

POLL_SECONDS = 0.5
BUSY_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 30.0
_RENEW_BEFORE = timedelta(seconds=15)

Outcome = Literal["busy", "idle", "advanced", "again"]


@dataclass
class Reader:
    """Reads one chain, step by step. Keeps nothing that another one could not find out again."""

    services: Services
    chain_id: int
    node: Node
    owner: str = field(default_factory=lambda: f"{os.getpid()}-{new_id()}")
    pace: Pace = field(default_factory=Pace)
    tell: Callable[[Applied], None] = lambda _: None
    _ours_until: datetime | None = None
    _ahead: Ahead[tuple[Glance, Window]] = field(default_factory=Ahead)

    @property
    def lease(self) -> Lease:
        """Our right to write what this chain says."""
        return Lease(self.chain_id, self.owner)

    def step(self) -> Outcome:
        """Look once, and take at most one window into the book.

        Raises:
            NodeUnavailable, NodeRefused, ChainMismatch, NodeInconsistent, ReplacedTooDeep: Nothing
                was written; the cursor says why.
        """
        try:
            if not self._lease():
                return "busy"
            return self._read()
        except (ChainMoved, HolderMerged):
            return "again"
        except LeaseLost:
            self._ours_until = None  # the next step finds out who has it
            return "again"
        except DomainError as error:
            self._trouble(error)
            raise

    def hold_on(self) -> None:
        """Take the lease from whoever has it: that one cannot write any more."""
        self._lease(force=True)

    def release(self) -> None:
        """Let another worker read at once."""
        self._ahead.close()
        with self.services.database.transaction() as session:
            cursor.release(session, self.lease)
        self._ours_until = None

    def _lease(self, *, force: bool = False) -> bool:
        """Hold the lease; it is written anew only when it comes to its end, so idling is cheap."""
        now = self.services.clock()
        if self._ours_until is not None and now < self._ours_until - _RENEW_BEFORE and not force:
            return True
        with self.services.database.transaction() as session:
            ours = cursor.take(
                session, chain_id=self.chain_id, owner=self.owner, now=now, force=force
            )
        self._ours_until = now + cursor.LEASE if ours else None
        return ours

    def _read(self) -> Outcome:
        with self.services.database.reading() as session:
            at = cursor.position(session, chain_id=self.chain_id)
        if at.number == cursor.NOT_BEGUN:
            return self._begin(at)
        if self._ahead.has((at.number, at.hash, at.contracts)):
            return self._write(at, *self._ahead.take())
        seen = window.glance(self.node, at=at.number)
        forked = self._fork(at, seen)
        if forked is not None:
            return self._window(at, seen, shared=forked)
        late = next((each for each in at.contracts if each.lacks(at.number)), None)
        if late is not None:
            return self._backfill(at, seen, late)
        if seen.here is not None and self.top(seen) > at.number:
            return self._window(at, seen)
        return self._finality(at, seen)

    def top(self, seen: Glance) -> int:
        """Return the newest block that is deep enough to be shown."""
        return seen.head.number - self.node.network.confirmations + 1

    def _begin(self, at: Position) -> Outcome:
        before = max(self.node.network.first_block - 1, 0)
        found = headers.fetch(self.node, [before])
        if before not in found:
            return "idle"  # the chain is not that long yet
        now = self.services.clock()
        with self.services.database.transaction() as session:
            cursor.hold(session, self.lease, at, now=now)
            cursor.keep(session, chain_id=self.chain_id, headers=[found[before]])
            cursor.move(session, self.lease, to=found[before], head=before, contracts=[], now=now)
        return "advanced"

    def _fork(self, at: Position, seen: Glance) -> tuple[int, str] | None:
        if seen.here is not None and seen.here.hash == at.hash:
            return None
        with self.services.database.reading() as session:
            kept = cursor.headers_of(session, chain_id=self.chain_id)
        return forks.shared(self.node, kept, head=seen.head.number)

    def _window(self, at: Position, seen: Glance, shared: tuple[int, str] | None = None) -> Outcome:
        number, hash_ = shared or (at.number, at.hash)
        if self.top(seen) <= number:
            return "idle"
        found = self._fetch(at.contracts, number, hash_, seen)
        return self._write(at, seen, found, None if shared is None else number)

    def _fetch(
        self, contracts: Sequence[Contract], number: int, hash_: str, seen: Glance
    ) -> Window:
        """Read what follows a block."""
        return window.read(
            self.node,
            first=number + 1,
            top=self.top(seen),
            parent=hash_,
            seen=seen,
            addresses=[each.address for each in contracts if not each.lacks(number)],
            pace=self.pace,
        )

    def _write(
        self, at: Position, seen: Glance, found: Window, shared: int | None = None
    ) -> Outcome:
        behind = found.first - 1
        contracts = [each for each in at.contracts if not each.lacks(behind)]
        if len(contracts) == len(at.contracts) and found.last.number < self.top(seen):
            last = found.last
            after = tuple(replace(each, read_to=last.number) for each in at.contracts)
            self._ahead.start(
                (last.number, last.hash, after),
                lambda: (seen, self._fetch(after, last.number, last.hash, seen)),
            )
        with self.services.database.transaction() as session:
            done = apply.window(
                session,
                self.lease,
                at,
                found,
                contracts=contracts,
                head=seen.head.number,
                final=seen.final,
                shared=shared,
                now=self.services.clock(),
            )
        self._say(done, forked=shared is not None)
        return "advanced"

    def _backfill(self, at: Position, seen: Glance, late: Contract) -> Outcome:
        found = window.read(
            self.node,
            first=late.next_block,
            top=min(at.number, seen.head.number),
            parent=None,
            seen=seen,
            addresses=[late.address],
            pace=self.pace,
        )
        with self.services.database.transaction() as session:
            done = apply.backfill(
                session, self.lease, at, found, contract=late, now=self.services.clock()
            )
        self._say(done, forked=False)
        return "advanced"

    def _finality(self, at: Position, seen: Glance) -> Outcome:
        if min(seen.final, at.number) <= at.finalized:
            return "idle"
        now = self.services.clock()
        with self.services.database.transaction() as session:
            cursor.hold(session, self.lease, at, now=now)
            final = min(seen.final, at.number)
            finality.advance(session, self.lease, at, final=final, now=now)
        return "idle"

    def _say(self, done: Applied, *, forked: bool) -> None:
        if forked:
            log.warning("reorganised", chain_id=self.chain_id, taken_back=done.taken_back)
        for difference in done.differences:
            log.warning("difference", chain_id=self.chain_id, said=difference)
        self.tell(done)

    def _trouble(self, error: DomainError) -> None:
        with self.services.database.transaction() as session:
            cursor.tell(session, self.lease, error.detail, now=self.services.clock())


def reader(services: Services, chain_id: int) -> Reader:
    """Return what reads a chain that is served here.

    Raises:
        ChainUnknown: It is not.
    """
    return Reader(services, chain_id, services.node(chain_id, seconds=WORKER_SECONDS))


def run(services: Services, chain_id: int, stop: threading.Event) -> None:
    """Read one chain until `stop` is set. Whatever goes wrong is tried again, ever more slowly."""
    mine = reader(services, chain_id)
    failures = 0
    while not stop.is_set():
        pause = 0.0
        try:
            outcome = mine.step()
            failures = 0
            pause = {"busy": BUSY_SECONDS, "idle": POLL_SECONDS}.get(outcome, 0.0)
        except Exception as error:
            failures += 1
            pause = min(2.0 ** (failures - 1), LONGEST_PAUSE_SECONDS)
            said = error.detail if isinstance(error, DomainError) else ""
            kind = type(error).__name__
            log.warning("not read", chain_id=chain_id, kind=kind, said=said, again_in=pause)
        stop.wait(pause)
    try:
        mine.release()
    except DBAPIError as error:
        log.warning("lease not given back", chain_id=chain_id, kind=type(error).__name__)


def start(services: Services, stop: threading.Event) -> list[threading.Thread]:
    """Start one thread for each chain; they end soon after `stop` is set."""
    threads = [
        threading.Thread(target=run, args=(services, chain_id, stop), name=f"chain-{chain_id}")
        for chain_id in services.networks
    ]
    for thread in threads:
        thread.start()
    return threads
