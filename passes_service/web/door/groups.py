"""Scans that wait are decided together: a thread takes all of them and commits once.

So many scans cost one write to the disk, and the busier the door is, the larger the groups are.
Nobody waits for a group to fill.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final
from uuid import UUID

import structlog

from passes_service.bootstrap import Services
from passes_service.checkin import many
from passes_service.checkin.many import Asked, Keys
from passes_service.checkin.outcome import Outcome

log = structlog.get_logger("door")

AT_ONCE: Final = 16
"""Of 32 gates half are decided while the others' answers go out: quicker than all in step."""
MOST_WAITING: Final = 1_000
TELL_SECONDS: Final = 5.0


class _Waiting:
    """One scan and who waits for it, on whichever event loop."""

    __slots__ = ("asked", "future", "loop", "outcome")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Outcome | None] = self.loop.create_future()
        self.outcome: Outcome | None = None


class Groups:
    """Decisions on a thread of its own, for one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._told: Counter[str] = Counter()

    async def decide(self, asked: Asked) -> Outcome | None:
        """Return the decision, written and committed; None if the scan has to go the ordinary way.

        That is so for everything that is no plain decision, and whenever a group failed: nothing
        of it was kept then, or its nonces say what was.
        """
        if self._waiting.qsize() > MOST_WAITING:
            return None
        waiting = _Waiting(asked)
        self._waiting.put(waiting)
        if self._thread is None or not self._thread.is_alive():
            self._start()
        return await waiting.future

    def close(self) -> None:
        """End the thread, once it has decided what waited; the next scan starts it again."""
        with self._starting:
            thread = self._thread
            if thread is not None:
                self._waiting.put(None)
                thread.join()
                self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="door", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        going = True
        while going:
            try:
                first = self._waiting.get(timeout=TELL_SECONDS if self._told else None)
            except Empty:
                self._tell()
                continue
            some, going = self._fill(first)
            if some:
                self._decide(some)
                _hand_over(some)
        self._tell()

    def _fill(self, first: _Waiting | None) -> tuple[list[_Waiting], bool]:
        """Take what waits; tell whether to go on afterwards."""
        some: list[_Waiting] = []
        each = first
        while each is not None:
            some.append(each)
            if len(some) == AT_ONCE:
                return some, True
            try:
                each = self._waiting.get_nowait()
            except Empty:
                return some, True
        return some, False

    def _decide(self, some: Sequence[_Waiting]) -> None:
        owners: dict[UUID, list[_Waiting]] = {}
        for each in some:
            owners.setdefault(each.asked.organizer_id, []).append(each)
        for these in owners.values():
            try:
                self._settle(these)
            except Exception as error:  # a deadlock, a connection that broke, one of them is odd
                log.warning("group not settled", kind=type(error).__name__, scans=len(these))

    def _settle(self, these: Sequence[_Waiting]) -> None:
        services = self._services
        now, ring = services.clock(), services.keyring
        keys = Keys(public_keys=ring.gate_public_keys(now), step_keys=ring.step_keys(now))
        asked = [each.asked for each in these]
        before = many.readings(asked, keys, now)
        with services.database.transaction() as session:
            found = many.settle_all(session, asked, before, keys=keys, now=now)
        for each, outcome in zip(these, found, strict=True):
            each.outcome = outcome
            if outcome is not None:
                self._told[outcome.code.value] += 1

    def _tell(self) -> None:
        """Log counts and not a line for each scan: every scan is a row of its own."""
        told, self._told = self._told, Counter()
        if told:
            log.info("scans", **told)


def _hand_over(some: Sequence[_Waiting]) -> None:
    """Wake each event loop once for all of its answers."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for each in some:
        loops.setdefault(each.loop, []).append(each)
    for loop, these in loops.items():
        with suppress(RuntimeError):  # a loop that was closed waits for nothing
            loop.call_soon_threadsafe(_resolve, these)


def _resolve(some: Sequence[_Waiting]) -> None:
    for each in some:
        if not each.future.done():
            each.future.set_result(each.outcome)
