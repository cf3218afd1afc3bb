"""How large a body may be that is no file.

Reading megabytes of JSON made slow on purpose (half a million unknown fields, lists of lists)
keeps everyone else waiting for seconds, and needs no login. So only imports may be that large.
"""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passes_service.web import problems
from passes_service.web.middleware import BodyTooLarge

MOST = 256 * 1024
_FILES = ("/imports", "/import", "/import/preview")  # for these the Guard's limit alone holds


class SmallBodies:
    """Stands behind the Guard, which has read the body: it comes as one message."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].endswith(_FILES):
            await self.app(scope, receive, send)
            return
        first: Message | None = await receive()
        if len((first or {}).get("body", b"")) > MOST:
            error = BodyTooLarge(f"A body may hold {MOST:,} bytes here.", limit_bytes=MOST)
            await problems.render(Request(scope), error)(scope, receive, send)
            return

        async def again() -> Message:
            nonlocal first
            message, first = first, None
            return await receive() if message is None else message

        await self.app(scope, again, send)
