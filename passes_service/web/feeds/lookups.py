"""Questions of many polls answered by one read: a thread takes all that wait and asks once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final
from uuid import UUID

from passes_service.db.engine import Database
from passes_service.feeds import lookup
from passes_service.feeds.copies import Stored
from passes_service.feeds.lookup import Address, Found

AT_ONCE: Final = 256
MOST_WAITING: Final = 10_000


class _Waiting:
    """One question and who waits for it, on whichever event loop."""

    __slots__ = ("address", "answer", "future", "loop", "read")

    def __init__(self, address: Address | None, read: Callable[[Any], Any] | None) -> None:
        self.address, self.read = address, read
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.answer: Any = None

    def resolve(self) -> None:
        """Hand the answer over; on the event loop. Nobody may be waiting any more."""
        if self.future.done():
            return
        if isinstance(self.answer, Exception):
            self.future.set_exception(self.answer)
        else:
            self.future.set_result(self.answer)


class Lookups:
    """Reads for feeds on a thread of its own.

    A read that takes longer than `patience` seconds is given up by who asked for it.
    """

    def __init__(self, database: Database, *, patience: float = 2.0) -> None:
        self._database = database
        self._patience = patience
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    async def find(self, address: Address) -> Found | None:
        """Return the link behind an address.

        Raises:
            Exception: Whatever the database says; TimeoutError if it says nothing.
        """
        found: Found | None = await self._ask(_Waiting(address, None))
        return found

    async def body(self, organizer_id: UUID, link_id: UUID) -> Stored | None:
        """Return a stored copy, whatever its age. Raises as `find`."""
        read = _body_of(organizer_id, link_id)
        found: Stored | None = await self._ask(_Waiting(None, read))
        return found

    async def _ask(self, waiting: _Waiting) -> Any:
        if self._waiting.qsize() > MOST_WAITING:
            raise OverflowError("more polls wait for the database than it will ever answer in time")
        self._waiting.put(waiting)
        if self._thread is None or not self._thread.is_alive():
            self._start()
        late = waiting.loop.call_later(self._patience, _give_up, waiting.future)
        try:
            return await waiting.future
        finally:
            late.cancel()

    def close(self) -> None:
        """End the thread, once it has answered what was asked before; the next question starts it.

        Whoever closes the database afterwards finds nothing of it in use here.
        """
        with self._starting:
            thread = self._thread
            if thread is not None:
                self._waiting.put(None)
                thread.join()
                self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="feed reads", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None or not self._serve(first):
                return

    def _serve(self, first: _Waiting) -> bool:
        """Answer on one connection while questions wait; it goes back before the last answers.

        Return False when the end was asked for.
        """
        some, going = self._fill([first])
        tried = False
        while True:
            try:
                some, going = self._turn(some, going)
            except Exception as error:
                if not tried:  # a connection that broke meanwhile; the next one is a new one
                    tried = True
                    continue
                for each in some:
                    each.answer = error
            _hand_over(some)
            return going

    def _turn(self, some: list[_Waiting], going: bool) -> tuple[list[_Waiting], bool]:
        """Answer all that waits, but the last ones, whose answers are handed over by the caller."""
        with self._database.reader.connect() as connection:
            try:
                while True:
                    self._read(connection.connection.driver_connection, some)
                    if not going or self._waiting.empty():
                        return some, going
                    _hand_over(some)
                    some[:], going = self._fill([])
            except Exception:
                connection.invalidate()  # the driver was asked directly: the pool cannot know
                raise

    def _read(self, connection: Any, some: list[_Waiting]) -> None:
        named = [(each, each.address) for each in some if each.address is not None]
        if named:
            found = lookup.find(connection, [address for _, address in named])
            for (each, _), answer in zip(named, found, strict=True):
                each.answer = answer
        for each in some:
            if each.read is not None:
                each.answer = each.read(connection)

    def _fill(self, some: list[_Waiting]) -> tuple[list[_Waiting], bool]:
        """Add what waits; tell whether to go on afterwards."""
        while len(some) < AT_ONCE:
            try:
                each = self._waiting.get_nowait()
            except Empty:
                break
            if each is None:
                return some, False
            if not each.future.done():  # nobody waits for the others any more
                some.append(each)
        return some, True


def _body_of(organizer_id: UUID, link_id: UUID) -> Callable[[Any], Any]:
    return lambda connection: lookup.body(connection, organizer_id, link_id)


def _give_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(TimeoutError("the database did not answer"))


def _hand_over(some: list[_Waiting]) -> None:
    """Wake each event loop once for all of its answers."""
    loops: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for each in some:
        loops.setdefault(each.loop, []).append(each)
    for loop, these in loops.items():
        with suppress(RuntimeError):  # a loop that was closed waits for nothing
            loop.call_soon_threadsafe(_resolve, these)


def _resolve(some: list[_Waiting]) -> None:
    for each in some:
        each.resolve()
