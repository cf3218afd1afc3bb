"""Questions that wait are answered together: a thread takes all of them and commits once.

So many answers cost one write to the disk, and the busier it is, the larger the groups are. Nobody
waits for a group to fill.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")

MOST_WAITING: Final = 1_000
QUIET_SECONDS: Final = 5.0


class Waiting(Generic[Question, Answer]):
    """One question and who waits for it, on whichever event loop."""

    __slots__ = ("answer", "asked", "future", "loop")

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Answer | None] = self.loop.create_future()
        self.answer: Answer | None = None


class Gathering(Generic[Question, Answer]):
    """Answers on a thread of its own, for one process.

    Args:
        name: Of the thread.
        answer: Sets the `answer` of each that it can answer; the others hear None. It does not
            raise.
        at_once: How many at most are answered together.
        quiet: Called now and then when nothing has come for some seconds, and at the end.
    """

    def __init__(
        self,
        name: str,
        answer: Callable[[Sequence[Waiting[Question, Answer]]], None],
        *,
        at_once: int,
        quiet: Callable[[], None],
    ) -> None:
        self._name = name
        self._answer = answer
        self._at_once = at_once
        self._quiet = quiet
        self._waiting: SimpleQueue[Waiting[Question, Answer] | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    async def ask(self, asked: Question) -> Answer | None:
        """Return the answer; None if there is none, or if too many wait."""
        if self._waiting.qsize() > MOST_WAITING:
            return None
        waiting: Waiting[Question, Answer] = Waiting(asked)
        self._waiting.put(waiting)
        if self._thread is None or not self._thread.is_alive():
            self._start()
        return await waiting.future

    def close(self) -> None:
        """End the thread, once it has answered what waited; the next question starts it again."""
        with self._starting:
            thread = self._thread
            if thread is not None:
                self._waiting.put(None)
                thread.join()
                self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        going, told = True, True
        while going:
            try:
                first = self._waiting.get(timeout=None if told else QUIET_SECONDS)
            except Empty:
                self._quiet()
                told = True
                continue
            some, going = self._fill(first)
            if some:
                self._answer(some)
                _hand_over(some)
                told = False
        self._quiet()

    def _fill(
        self, first: Waiting[Question, Answer] | None
    ) -> tuple[list[Waiting[Question, Answer]], bool]:
        """Take what waits; tell whether to go on afterwards."""
        some: list[Waiting[Question, Answer]] = []
        each = first
        while each is not None:
            some.append(each)
            if len(some) == self._at_once:
                return some, True
            try:
                each = self._waiting.get_nowait()
            except Empty:
                return some, True
        return some, False


def _hand_over(some: Sequence[Waiting[Any, Any]]) -> None:
    """Wake each event loop once for all of its answers."""
    loops: dict[asyncio.AbstractEventLoop, list[Waiting[Any, Any]]] = {}
    for each in some:
        loops.setdefault(each.loop, []).append(each)
    for loop, these in loops.items():
        with suppress(RuntimeError):  # a loop that was closed waits for nothing
            loop.call_soon_threadsafe(_resolve, these)


def _resolve(some: Sequence[Waiting[Any, Any]]) -> None:
    for each in some:
        if not each.future.done():
            each.future.set_result(each.answer)
