"""The feed over ASGI: clean feeds from stored bytes, outdated ones rendered once, no errors.

An address that we gave out never sees an error: apps switch a calendar off after one. While the
database is away, or rendering fails, the last bytes go out.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passes_service.bootstrap import Services
from passes_service.feeds import copies, delivery
from passes_service.feeds.copies import Stored
from passes_service.feeds.delivery import Asked, Headers, Validators
from passes_service.feeds.links import REVOKED_FOR
from passes_service.feeds.lookup import NOBODY, Address, Found
from passes_service.feeds.memory import Kept
from passes_service.web.feeds import unknown
from passes_service.web.feeds.lookups import Lookups
from passes_service.web.feeds.seen import Seen
from passes_service.web.middleware import security_headers

log = structlog.get_logger("feeds")

PREFIX: Final = "/feeds/"
ROOM: Final = 32 * 1024 * 1024
_HEADERS: Final = {
    b"if-none-match": "if_none_match",
    b"if-modified-since": "if_modified_since",
    b"accept-encoding": "accept_encoding",
}
_Answer = tuple[int, Headers, bytes]


class FeedApp:
    """Answers `/feeds/<secret>.ics` and hands everything else on. No login: the address is it.

    It stands before all other middleware. Its requests are counted and not logged one by one:
    with the secret cut out, such lines would all be the same.
    """

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._services = services
        self._seen = Seen(services.database)
        self._lookups = Lookups(services.database, patience=services.patience, idle=self._idle)
        self._counts: Counter[int] = Counter()
        self._always = [
            (name.encode(), value.encode())
            for name, value in security_headers(services.settings.origin).items()
        ]
        self._kept: Kept[bytes, Stored] = Kept(ROOM, lambda stored: len(stored.body) + 300)
        self._rendering: dict[UUID, asyncio.Task[Stored | None]] = {}
        self._guesses = unknown.Guesses()
        self._revoked = copies.revoked(origin=services.settings.origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._closing(send))
            return
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        status, headers, body = await self._safely(scope)
        self._counts[status] += 1
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        start = {"type": "http.response.start", "status": status, "headers": raw + self._always}
        await send(start)
        await send({"type": "http.response.body", "body": b"" if _is_head(scope) else body})

    def _closing(self, send: Send) -> Send:
        """Let go of the database before the server hears that all is closed."""

        async def last(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                await run_in_threadpool(self._lookups.close)
            await send(message)

        return last

    async def _safely(self, scope: Scope) -> _Answer:
        if scope["method"] not in ("GET", "HEAD"):
            return unknown.not_allowed()
        asked, agent = _asked(scope)
        token = scope["path"].removeprefix(PREFIX).removesuffix(".ics")
        peer = scope["client"][0] if scope.get("client") else "?"
        return await self._answer(token, asked, agent, peer)

    def _idle(self) -> None:
        """Write down what was gathered; on the thread of the look-ups, when there are none."""
        counts, self._counts = self._counts, Counter()
        if counts:
            log.info("feeds asked for", **{str(status): n for status, n in sorted(counts.items())})
        self._seen.write()

    async def _answer(self, token: str, asked: Asked, agent: str, peer: str) -> _Answer:
        now = self._services.clock()
        address = Address.of(token)
        try:
            found = await self._lookups.find(address)
        except Exception as error:
            log.error("feed not read", kind=type(error).__name__)
            last = self._kept.get(address.digest)
            return unknown.unavailable() if last is None else _whole(last, asked)
        if found is None or address.organizer_id == NOBODY or _forgotten(found, now):
            busy = self._guesses.too_many(peer, now)
            return unknown.slow_down() if busy else unknown.no_such_feed()
        if found.revoked_at is not None:
            self._kept.put(address.digest, self._revoked)
            return _whole(self._revoked, asked)
        self._seen.note(found, agent, now)
        known = found.validators
        if known is not None and found.clean(now) and delivery.unchanged(known, asked):
            return 304, delivery.headers(known, asked), b""
        return await self._current(address, found, asked, now)

    async def _current(
        self, address: Address, found: Found, asked: Asked, now: datetime
    ) -> _Answer:
        """Answer with the bytes: from memory, from the database, or newly rendered."""
        last = self._kept.get(address.digest)
        try:
            stored = await self._bytes(found, last, now)
        except Exception as error:
            log.error("feed not rendered", link_id=str(found.link_id), kind=type(error).__name__)
            stored = last or await self._stored(found)
        if stored is None:
            return unknown.unavailable()
        if stored is not last:
            self._kept.put(address.digest, stored)
        return _whole(stored, asked)

    async def _bytes(self, found: Found, last: Stored | None, now: datetime) -> Stored | None:
        known = found.validators
        if known is None or not found.clean(now):
            return await self._rendered(found, now)
        if last is not None and last.etag == known.etag:
            return last
        # Whatever was stored since the look-up is newer, and as good.
        return await self._stored(found)

    async def _stored(self, found: Found) -> Stored | None:
        """Return the stored copy, whatever its age; None if there is none or nobody can tell."""
        try:
            kept = await self._lookups.body(found.organizer_id, found.link_id)
        except Exception as error:
            log.error("feed not read", kind=type(error).__name__)
            return None
        return kept if kept is not None and kept.etag else None

    async def _rendered(self, found: Found, now: datetime) -> Stored | None:
        """Render, once for everybody in this process who waits for the same feed."""
        task = self._rendering.get(found.link_id)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.create_task(run_in_threadpool(self._refresh, found, now))
            self._rendering[found.link_id] = task
            task.add_done_callback(self._forget(found.link_id, task))
        return await asyncio.shield(task)

    def _forget(
        self, link_id: UUID, task: asyncio.Task[Stored | None]
    ) -> Callable[[asyncio.Task[Stored | None]], None]:
        def done(_: asyncio.Task[Stored | None]) -> None:
            if self._rendering.get(link_id) is task:
                del self._rendering[link_id]

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


def _is_head(scope: Scope) -> bool:
    return bool(scope["method"] == "HEAD")


def _asked(scope: Scope) -> tuple[Asked, str]:
    fields: dict[str, str] = {}
    agent = ""
    for name, value in scope["headers"]:
        field = _HEADERS.get(name)
        if field is not None:
            text = value.decode("latin-1")
            fields[field] = f"{fields[field]}, {text}" if field in fields else text
        elif name == b"user-agent":
            agent = value.decode("latin-1")
    return Asked(**fields), agent


def _forgotten(found: Found, now: datetime) -> bool:
    return found.revoked_at is not None and now - found.revoked_at > REVOKED_FOR


def _whole(stored: Stored, asked: Asked) -> _Answer:
    known = Validators(stored.etag, stored.changed_at)
    headers = delivery.headers(known, asked)
    if delivery.unchanged(known, asked):
        return 304, headers, b""
    body, more = delivery.body(stored, asked)
    return 200, headers | more, body
