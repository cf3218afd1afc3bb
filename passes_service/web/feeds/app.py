"""The feed over ASGI: what a request asks, and how an answer goes out."""

from __future__ import annotations

from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passes_service.bootstrap import Services
from passes_service.feeds.delivery import Asked
from passes_service.web.feeds import unknown
from passes_service.web.feeds.serving import Serving
from passes_service.web.feeds.unknown import Answer
from passes_service.web.middleware import security_headers

log = structlog.get_logger("feeds")

PREFIX: Final = "/feeds/"
_HEADERS: Final = {
    b"if-none-match": "if_none_match",
    b"if-modified-since": "if_modified_since",
    b"accept-encoding": "accept_encoding",
}


class FeedApp:
    """Answers `/feeds/<secret>.ics` and hands everything else on. No login: the address is it.

    It stands before all other middleware. Its requests are counted and not logged one by one:
    with the secret cut out, such lines would all be the same.
    """

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._services = services
        self._serving = Serving(services)
        self._seen = self._serving.seen
        self._guesses = unknown.Guesses()
        self._always = [
            (name.encode(), value.encode())
            for name, value in security_headers(services.settings.origin).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._closing(send))
            return
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        status, headers, body = await self._safely(scope)
        self._seen.count(status)
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        start = {"type": "http.response.start", "status": status, "headers": raw + self._always}
        await send(start)
        await send({"type": "http.response.body", "body": b"" if _is_head(scope) else body})

    def _closing(self, send: Send) -> Send:
        """Let go of the database before the server hears that all is closed."""

        async def last(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                await run_in_threadpool(self._serving.close)
            await send(message)

        return last

    async def _safely(self, scope: Scope) -> Answer:
        if scope["method"] not in ("GET", "HEAD"):
            return unknown.not_allowed()
        asked, agent = _asked(scope)
        token = scope["path"].removeprefix(PREFIX).removesuffix(".ics")
        now = self._services.clock()
        try:
            found = await self._serving.answer(token, asked, agent, now)
        except Exception as error:  # our own fault, but the app would switch the calendar off
            log.error("feed not served", kind=type(error).__name__)
            return unknown.unavailable()
        if found is not None:
            return found
        peer = scope["client"][0] if scope.get("client") else "?"
        busy = self._guesses.too_many(peer, now)
        return unknown.slow_down() if busy else unknown.no_such_feed()


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
