"""Scans over ASGI, ahead of everything else; whatever is no plain scan goes the ordinary way."""

from __future__ import annotations

import asyncio
from typing import Final

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passes_service.accounts.authenticate import GATE_KEY_PREFIX
from passes_service.bootstrap import Services
from passes_service.checkin.many import Asked
from passes_service.checkin.outcome import Outcome
from passes_service.core import tokens
from passes_service.core.tokens import OpaqueToken
from passes_service.web import ahead
from passes_service.web.door.groups import Groups
from passes_service.web.middleware import PATIENCE_SECONDS, security_headers
from passes_service.web.routes.checkins import OutcomeRead, ScanAsked

PATH: Final = "/api/v1/check-ins"
_JSON: Final = b"application/json"


class DoorApp:
    """Answers plain scans of enrolled gates and hands everything else on, as it came.

    The ordinary route does the same by the same procedure and words every refusal: of logins,
    bodies, sessions, nonces. Here are answers with a decision only. They are counted in the log and
    not written there one by one: the database has a row for each.
    """

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._key = services.keyring.gate
        self._groups = Groups(services)
        always = security_headers(services.settings.origin) | {
            "cache-control": "no-store",
            "content-type": "application/json",
        }
        self._always = [(name.encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, ahead.closing(send, self._groups.close))
            return
        gate = _gate(scope)
        if gate is None:
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                message = await receive()
        except TimeoutError:
            await self._app(scope, ahead.nothing, send)
            return
        asked = _asked(gate, message)
        outcome = None if asked is None else await self._groups.decide(asked)
        if outcome is None:
            await self._app(scope, ahead.again(message, receive), send)
            return
        await self._answer(outcome, send)

    async def _answer(self, outcome: Outcome, send: Send) -> None:
        body = OutcomeRead.of(outcome, self._key).model_dump_json().encode()
        length = (b"content-length", str(len(body)).encode())
        headers = [*self._always, length]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _gate(scope: Scope) -> OpaqueToken | None:
    """Return whose token a scan brings; None for whatever is no scan of an enrolled gate."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
        return None
    credentials, kinds = [], []
    for name, value in scope["headers"]:
        if name == b"authorization":
            credentials.append(value)
        elif name == b"content-type":
            kinds.append(value)
    if len(credentials) != 1 or kinds != [_JSON]:
        return None
    scheme, _, token = credentials[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return tokens.parse(token.strip(), prefix=GATE_KEY_PREFIX)


def _asked(gate: OpaqueToken, message: Message) -> Asked | None:
    """Return what a body asks if it came whole and asks for a plain scan."""
    if message["type"] != "http.request" or message.get("more_body", False):
        return None
    try:
        body = ScanAsked.model_validate_json(message.get("body", b""))
    except ValidationError:
        return None
    if body.simulate or body.force_reason:
        return None
    return Asked(gate.organizer_id, gate.digest, body.session_id, body.text, body.nonce)
