"""The last bytes that went out, for the minutes in which the database cannot be asked."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from passes_service.core import tokens
from passes_service.feeds.service import Served

ROOM = 32 * 1024 * 1024


class LastServed:
    """What each address of this process was given last, the least recently asked dropped first.

    Addresses are known by their digest, as in the database.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._size = 0
        self._kept: OrderedDict[bytes, Served] = OrderedDict()
        self._lock = Lock()

    def remember(self, token: str, served: Served) -> None:
        """Keep what went out for `token`."""
        key = tokens.digest(token)
        with self._lock:
            self._drop(key)
            self._kept[key] = Served(served.body, served.etag)
            self._size += len(served.body)
            while self._size > self._room:
                self._drop(next(iter(self._kept)))

    def recall(self, token: str) -> Served | None:
        """Return what went out for `token` last, if it is still here."""
        parsed = tokens.parse(token)
        if parsed is None:
            return None
        with self._lock:
            return self._kept.get(parsed.digest)

    def _drop(self, key: bytes) -> None:
        old = self._kept.pop(key, None)
        self._size -= len(old.body) if old else 0
