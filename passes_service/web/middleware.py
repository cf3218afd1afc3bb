"""What every request passes: size limit, origin check, headers, a log line without secrets."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passes_service.core.errors import DomainError, Kind
from passes_service.web import problems

log = structlog.get_logger("access")

# Anything that looks like a token of ours: long runs of base64url in a path segment.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40,}")
CSP = (
    "default-src 'self'; img-src 'self' data:; script-src 'self' 'wasm-unsafe-eval'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_SAFE = ("GET", "HEAD", "OPTIONS")
# Reading megabytes of JSON made slow on purpose keeps everyone else waiting for seconds and needs
# no login: only whole files may be larger.
MOST = 256 * 1024
_FILES = ("/imports", "/import", "/import/preview")
PATIENCE_SECONDS = 30.0
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    # Not "no-referrer": browsers then send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}


def security_headers(origin: str) -> dict[str, str]:
    """Return what goes out with every answer of a site at `origin`."""
    if origin.startswith("https:"):
        return HEADERS | {"strict-transport-security": "max-age=31536000"}
    return dict(HEADERS)


def redact(path: str) -> str:
    """Return a path fit for a log: secret tokens become `[secret]`."""
    return _TOKEN.sub("[secret]", path)


def is_secret(scope: Scope) -> bool:
    """Tell whether the address of a request opens something: such a request is never traced."""
    query = scope.get("query_string", b"").decode("latin-1")
    return _TOKEN.search(scope["path"]) is not None or _TOKEN.search(query) is not None


class BodyTooLarge(DomainError):
    """The body passed the limit while it was being read."""

    code, title, kind = "body-too-large", "The body is too large", Kind.TOO_LARGE
    next_step = "Send less at once; split an import into several files."


class BodyTooSlow(DomainError):
    """The body did not arrive in time."""

    code, title, kind = "body-too-slow", "The body did not arrive", Kind.UNAVAILABLE
    next_step = "Send the whole request again over a better connection, with the same key."


class ForeignOrigin(DomainError):
    """A browser sent a change here from a page that is not ours."""

    code, title, kind = "foreign-origin", "The request came from another site", Kind.FORBIDDEN
    next_step = "Open this service at its own address and repeat the action there."


class Guard:
    """Buffers bodies up to a limit, adds security headers, writes one access line.

    It also answers for what broke further in, so that such answers have headers and a line too.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        origin: str,
        broken: Callable[[Request, Exception], Response],
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.app = app
        self.broken = broken
        self.patience = patience
        self.limit = max_body_bytes
        self.origin = origin
        headers = security_headers(origin)
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        # What the API answers is somebody's; whatever may be kept says so itself.
        self.api_headers = [*self.headers, (b"cache-control", b"no-store")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0
        headers = self.api_headers if scope["path"].startswith("/api/") else self.headers

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in headers if header[0] not in present),
                ]
            await send(message)

        scope.setdefault("state", {})
        try:
            try:
                self._check_origin(scope)
                body = await self._read(scope, receive)
            except DomainError as error:
                refusal = problems.render(Request(scope), error)
                await refusal(scope, receive, guarded)
                return
            scope["state"]["body_digest"] = hashlib.sha256(body).digest()
            await self.app(scope, _replay(body, receive), guarded)
        except Exception as error:
            if status:
                raise  # the answer has begun: only the connection can be ended
            await self.broken(Request(scope), error)(scope, receive, guarded)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=redact(scope["path"]),
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )

    def _check_origin(self, scope: Scope) -> None:
        """Refuse changes that ride on a cookie from a foreign page (CSRF).

        Browsers send Origin with every unsafe request; what sends neither Origin nor a
        cookie is no browser session and brings its own credential. Other schemes than Bearer
        are a proxy's affair: browsers add them by themselves, also for foreign pages.
        """
        headers = dict(scope["headers"])
        bearer = headers.get(b"authorization", b"").lower().startswith(b"bearer ")
        if scope["method"] in _SAFE or bearer:
            return
        origin = headers.get(b"origin")
        if origin is not None:
            same = origin.decode("latin-1") == self.origin
        else:
            same = headers.get(b"sec-fetch-site") == b"same-origin" or b"cookie" not in headers
        if not same:
            raise ForeignOrigin(f"Changes are taken only from pages at {self.origin}.")

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] in _SAFE:
            return b""
        limit = self.limit if scope["path"].endswith(_FILES) else min(MOST, self.limit)
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        try:
            async with asyncio.timeout(self.patience):
                return await _whole(receive, limit)
        except TimeoutError as error:
            raise BodyTooSlow("The body did not arrive in time.", status=408) from error


async def _whole(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message: Any = await receive()
        if message["type"] != "http.request":
            break
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(limit)
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"A body may hold {limit:,} bytes here.", limit_bytes=limit)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
