"""Clean feeds from stored bytes, outdated ones rendered once, and no errors.

An address that we gave out never sees an error: apps switch a calendar off after one. While the
database is away, or rendering fails or takes too long, the last bytes go out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

import structlog

from passes_service.bootstrap import Services
from passes_service.feeds import copies, delivery
from passes_service.feeds.copies import Stored
from passes_service.feeds.delivery import Asked, Validators
from passes_service.feeds.links import REVOKED_FOR
from passes_service.feeds.lookup import NOBODY, Address, Found
from passes_service.feeds.memory import Kept
from passes_service.web.feeds import unknown
from passes_service.web.feeds.lookups import Lookups
from passes_service.web.feeds.seen import Seen
from passes_service.web.feeds.unknown import Answer

log = structlog.get_logger("feeds")

ROOM: Final = 32 * 1024 * 1024
RENDERERS: Final = 4
_Rendering = asyncio.Future[Stored | None]


class Serving:
    """Everything behind the address, for one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.seen = Seen(services.database)
        self._lookups = Lookups(services.database, patience=services.patience)
        # Their own: the threads of all other requests must not wait for a slow database here.
        self._renderers = ThreadPoolExecutor(RENDERERS, "feed rendering")
        self._rendering: dict[object, _Rendering] = {}
        self._kept: Kept[bytes, Stored] = Kept(ROOM, lambda stored: len(stored.body) + 300)
        self._revoked = copies.revoked(origin=services.settings.origin)

    def close(self) -> None:
        """Write what is still to be noted, and leave the database alone from then on."""
        self._lookups.close()
        self._renderers.shutdown()
        self.seen.close()

    async def answer(
        self, token: str, asked: Asked, agent: str, now: datetime, *, again: bool = False
    ) -> Answer | None:
        """Return the answer to a poll; None for an address that we never gave out."""
        address = Address.of(token)
        try:
            found = await self._lookups.find(address)
        except Exception as error:
            log.error("feed not read", kind=type(error).__name__)
            last = self._kept.get(address.digest)
            return unknown.unavailable() if last is None else _whole(last, asked)
        if found is None or address.organizer_id == NOBODY or _forgotten(found, now):
            return None
        if found.revoked_at is not None:
            self._kept.put(address.digest, self._revoked)
            return _whole(self._revoked, asked)
        self.seen.note(found, agent, now)
        known = found.validators
        if known is not None and found.clean(now) and delivery.unchanged(known, asked):
            return 304, delivery.headers(known, asked), b""
        stored = await self._current(address, found, now)
        if stored is not None:
            return _whole(stored, asked)
        if again:
            return unknown.unavailable()
        return await self.answer(token, asked, agent, now, again=True)  # revoked meanwhile?

    async def _current(self, address: Address, found: Found, now: datetime) -> Stored | None:
        """Return the bytes: from memory, from the database, or newly rendered; else older ones."""
        last, known = self._kept.get(address.digest), found.validators
        same = last is not None and known is not None and last.etag == known.etag
        try:
            if not found.clean(now):
                stored = await self._rendered(found, now)
            else:
                stored = last if same else await self._stored(found)
        except Exception as error:
            log.error("feed not rendered", link_id=str(found.link_id), kind=type(error).__name__)
            stored = last if same or known is None else await self._stored(found) or last
        if stored is not None and stored is not last:
            self._kept.put(address.digest, stored)
        return stored

    async def _stored(self, found: Found) -> Stored | None:
        """Return the stored copy, whatever its age; None if there is none or nobody can tell."""
        try:
            kept = await self._lookups.body(found.organizer_id, found.link_id)
        except Exception as error:
            log.error("feed not read", kind=type(error).__name__)
            return None
        return kept if kept is not None and kept.etag else None

    async def _rendered(self, found: Found, now: datetime) -> Stored | None:
        """Render, once for everybody in this process who found the feed in the same state.

        Raises:
            TimeoutError: It takes too long, and there is something older to serve.
        """
        loop = asyncio.get_running_loop()
        # Who asks after another change must not get what was read before it.
        state = (loop, found.link_id, found.feed_version, found.rendered_from)
        rendering = self._rendering.get(state)
        if rendering is None:
            rendering = loop.run_in_executor(self._renderers, self._refresh, found, now)
            self._rendering[state] = rendering
            rendering.add_done_callback(self._forget(state))
        patience = None if found.validators is None else self._services.patience
        return await asyncio.wait_for(asyncio.shield(rendering), patience)

    def _forget(self, state: object) -> Callable[[Any], None]:
        def done(rendering: _Rendering) -> None:
            self._rendering.pop(state, None)
            if not rendering.cancelled():
                rendering.exception()  # whoever still waits has it; else nobody needs to hear

        return done

    def _refresh(self, found: Found, now: datetime) -> Stored | None:
        with self._services.database.transaction() as session:
            return copies.refresh(
                session,
                organizer_id=found.organizer_id,
                link_id=found.link_id,
                origin=self._services.settings.origin,
                now=now,
            )


def _forgotten(found: Found, now: datetime) -> bool:
    return found.revoked_at is not None and now - found.revoked_at > REVOKED_FOR


def _whole(stored: Stored, asked: Asked) -> Answer:
    known = Validators(stored.etag, stored.changed_at)
    headers = delivery.headers(known, asked)
    if delivery.unchanged(known, asked):
        return 304, headers, b""
    body, more = delivery.body(stored, asked)
    return 200, headers | more, body
