"""Things kept within a bounded number of bytes, the least recently used dropped first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A thread-safe cache with room for so many bytes, as `size` counts them."""

    def __init__(self, room: int, size: Callable[[V], int]) -> None:
        self._room = room
        self._size_of = size
        self._size = 0
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def put(self, key: K, value: V) -> None:
        """Keep `value`, in place of an earlier one."""
        with self._lock:
            self._drop(key)
            self._kept[key] = value
            self._size += self._size_of(value)
            while self._size > self._room:
                self._drop(next(iter(self._kept)))

    def get(self, key: K) -> V | None:
        """Return what is kept under `key`, and keep it longest from now on."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def get_all(self, keys: Sequence[K]) -> list[V | None]:
        """Return what is kept under each key, as `get` does, for the price of one."""
        with self._lock:
            found = [self._kept.get(key) for key in keys]
            for key, one in zip(keys, found, strict=True):
                if one is not None:
                    self._kept.move_to_end(key)
            return found

    def _drop(self, key: K) -> None:
        old = self._kept.pop(key, None)
        self._size -= 0 if old is None else self._size_of(old)
