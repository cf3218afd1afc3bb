"""Holds over ASGI, ahead of everything else; whatever is no plain hold goes the ordinary way."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Final
from uuid import UUID

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passes_service.bootstrap import Services
from passes_service.core import tokens
from passes_service.core.tokens import OpaqueToken
from passes_service.web import ahead, buyers
from passes_service.web.buyers import VISITOR_COOKIE
from passes_service.web.deps import HOLDER_COOKIE
from passes_service.web.holds.groups import Answer, Asked, Groups
from passes_service.web.idempotency import KeyMissing
from passes_service.web.middleware import PATIENCE_SECONDS, security_headers
from passes_service.web.routes.holds import HoldNew

_PATH: Final = re.compile(
    "/api/v1/drops/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/holds"
)
_WANTED: Final = (b"content-type", b"idempotency-key", b"origin", b"cookie")


@dataclass(frozen=True, slots=True)
class _Head:
    """What the head of a plain hold says."""

    drop_id: UUID
    key: str
    login: OpaqueToken | None
    visitor: str


class HoldApp:
    """Answers plain holds of visitors and holders, and hands everything else on as it came.

    The ordinary route does the same by the same procedure and words every other refusal: of
    logins, API keys, origins, bodies.
    """

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._origin = services.settings.origin.encode()
        self._groups = Groups(services)
        always = security_headers(services.settings.origin) | {"cache-control": "no-store"}
        self._always = [(name.encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, ahead.closing(send, self._groups.close))
            return
        head = _head(scope, self._origin)
        if head is None:
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                message = await receive()
        except TimeoutError:
            await self._app(scope, ahead.nothing, send)
            return
        asked = _asked(head, message, scope["path"])
        answer = None if asked is None else await self._groups.decide(asked)
        if answer is None:
            await self._app(scope, ahead.again(message, receive), send)
            return
        await self._send(answer, send)

    async def _send(self, answer: Answer, send: Send) -> None:
        headers = [
            *self._always,
            (b"content-type", answer.media_type),
            (b"content-length", str(len(answer.body)).encode()),
        ]
        if answer.retry_after is not None:
            headers.append((b"retry-after", str(answer.retry_after).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})


def _head(scope: Scope, origin: bytes) -> _Head | None:
    """Return what the head says; None for whatever is no plain hold from our pages or a program."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path = _PATH.fullmatch(scope["path"])
    if path is None:
        return None
    said: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name == b"authorization" or (name in _WANTED and name in said):
            return None
        said[name] = value
    sent_from, cookie = said.get(b"origin"), said.get(b"cookie", b"")
    if sent_from != origin and (sent_from is not None or cookie):
        return None  # not ours, or cannot be told: for the guard
    if said.get(b"content-type") != b"application/json":
        return None
    found = _cookies(cookie)
    if found is None:
        return None
    sent = found.get(HOLDER_COOKIE)
    login = None if sent is None else tokens.parse(sent)
    if sent is not None and login is None:
        return None
    key = said.get(b"idempotency-key", b"").decode("latin-1")
    return _Head(UUID(path[1]), key, login, found.get(VISITOR_COOKIE, ""))


def _cookies(header: bytes) -> dict[str, str] | None:
    if not header:
        return {}
    try:
        jar = SimpleCookie(header.decode("latin-1"))
    except CookieError:
        return None
    return {name: each.value for name, each in jar.items()}


def _asked(head: _Head, message: Message, path: str) -> Asked | None:
    """Return what a body asks if it came whole and makes sense."""
    if message["type"] != "http.request" or message.get("more_body", False):
        return None
    try:
        body = HoldNew.model_validate_json(message.get("body", b""))
    except ValidationError:
        return None
    here = None if head.login is None else head.login.organizer_id
    if here is not None and body.organizer_id not in (None, here):
        return None
    organizer_id = here or body.organizer_id
    if organizer_id is None:
        return None
    buyer = buyers.visiting(organizer_id, head.visitor, head.key)
    try:
        hold = buyers.asked(
            buyer,
            drop_id=head.drop_id,
            offer_id=body.offer_id,
            quantity=body.quantity,
            queue_token=body.queue_token,
            key=head.key,
        )
    except KeyMissing:
        return None
    return Asked(hold, head.login, path)
