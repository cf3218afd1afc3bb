"""The next window of a chain is fetched while the present one is written.

Waiting for a node and waiting for a database take turns badly; side by side they hide each other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Ahead(Generic[Found]):
    """At most one thing that is being fetched, known by where it begins."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._next: tuple[Hashable, Future[Found]] | None = None

    def start(self, key: Hashable, work: Callable[[], Found]) -> None:
        """Begin to fetch what comes after the present thing."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="chain-ahead")
        self._next = (key, self._pool.submit(work))

    def has(self, key: Hashable) -> bool:
        """Tell whether what begins there was fetched, or is being fetched."""
        return self._next is not None and self._next[0] == key

    def take(self) -> Found:
        """Return what was fetched, or raise what that raised."""
        assert self._next is not None  # noqa: S101 - the caller asked `has`
        _, future = self._next
        self._next = None
        return future.result()

    def close(self) -> None:
        """Wait for what is under way, and forget it."""
        self._next = None
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
