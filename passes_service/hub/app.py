"""The hub over HTTPS: the scanner page, the service behind it, and what gates ask of each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

from passes_service.core.errors import DomainError
from passes_service.hub.errors import HubGateUnknown, HubOffline
from passes_service.hub.ledger import MOST_AT_ONCE, Claim, HubGate, Ledger
from passes_service.hub.upstream import MOST_BYTES, Upstream
from passes_service.web import problems
from passes_service.web.deps import bearer
from passes_service.web.middleware import Guard
from passes_service.web.pages import door_shell
from passes_service.web.pages.rendering import page

log = structlog.get_logger("hub")

HEADER = "EventPass-Hub"
FORWARD_SECONDS = 15.0


class ClaimAsked(BaseModel):
    """A gate is about to let somebody in; `at` in milliseconds of the service's clock."""

    model_config = ConfigDict(extra="forbid")

    session: Annotated[str, Field(max_length=40)]
    pass_id: Annotated[str, Field(alias="pass", pattern=r"^[0-9]{1,40}$")]
    scope: Annotated[str, Field(min_length=1, max_length=48)]
    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    at: Annotated[int, Field(ge=0, lt=2**53)]


class EntrySent(BaseModel):
    """One entry of a gate's log, as for the service."""

    model_config = ConfigDict(extra="forbid")

    entry: Annotated[str, Field(max_length=4000)]
    signature: Annotated[str, Field(max_length=100)]


class EntriesSent(BaseModel):
    """A piece of a gate's log."""

    model_config = ConfigDict(extra="forbid")

    entries: Annotated[list[EntrySent], Field(max_length=MOST_AT_ONCE)]


def create_hub(*, name: str, origin: str, ledger: Ledger, upstream: Upstream) -> FastAPI:
    """Build the hub's application.

    Args:
        name: What gates call it; it goes out with every answer of the service and of the hub.
        origin: Where phones reach it, `https://...`.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        forwarding = asyncio.create_task(_forward(ledger, upstream))
        try:
            yield
        finally:
            forwarding.cancel()
            with suppress(asyncio.CancelledError):
                await forwarding
            await upstream.close()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=life)
    app.include_router(door_shell.router)
    app.mount("/static", StaticFiles(packages=[("passes_service.web", "static")]), "static")
    _pages(app)
    _between_gates(app, ledger, name)
    _service(app, upstream, name)
    _refusals(app, name)
    app.add_middleware(Guard, max_body_bytes=MOST_BYTES, origin=origin, broken=_broken)
    return app


def _pages(app: FastAPI) -> None:
    @app.get("/door")
    def door(request: Request) -> Response:
        return page(request, "door.html")

    @app.get("/")
    def start() -> Response:
        return Response(status_code=303, headers={"Location": "/door"})


def _between_gates(app: FastAPI, ledger: Ledger, name: str) -> None:
    def gate_of(request: Request) -> HubGate:
        found = ledger.gate(bearer(request) or "")
        if found is None:
            raise HubGateUnknown("This gate has not been seen signed in here.")
        return found

    headers = {HEADER: quote(name)}

    @app.post("/hub/v1/claims")
    def claim(body: ClaimAsked, request: Request, response: Response) -> dict[str, object]:
        """Give the place of an entry to the first gate that asks for it."""
        response.headers.update(headers)
        asked = Claim(
            pass_id=body.pass_id,
            scope=body.scope,
            number=body.number,
            nonce=body.nonce,
            at=body.at,
        )
        taken = ledger.claim(gate_of(request), asked)
        if taken.granted:
            return {"granted": True}
        return {"granted": False, "gate": taken.gate, "at": taken.at}

    @app.post("/hub/v1/entries")
    def push(body: EntriesSent, request: Request, response: Response) -> dict[str, int]:
        """Keep a piece of a gate's log, for the other gates and for the service."""
        response.headers.update(headers)
        sent = [(one.entry, one.signature) for one in body.entries]
        return {"stored": ledger.add(gate_of(request), sent)}

    @app.get("/hub/v1/entries")
    def entries(
        request: Request, response: Response, after: Annotated[int, Query(ge=0, lt=2**63)] = 0
    ) -> dict[str, object]:
        """Return what all gates did after a cursor."""
        response.headers.update(headers)
        cursor, found = ledger.after(gate_of(request).organizer, after)
        return {
            "cursor": cursor,
            "entries": [{"gate_name": gate, "entry": text} for gate, text in found],
        }


def _service(app: FastAPI, upstream: Upstream, name: str) -> None:
    async def hand_on(request: Request) -> Response:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        headers = [(key.decode(), value.decode("latin-1")) for key, value in request.headers.raw]
        found = await upstream.ask(request.method, target, headers, await request.body())
        if found is None:
            raise HubOffline("The hub answers, but the service behind it does not.")
        answer = Response(found.body, found.status)
        answer.raw_headers += [
            (key.lower().encode(), value.encode("latin-1")) for key, value in found.headers
        ]
        answer.headers[HEADER] = quote(name)
        return answer

    app.add_api_route("/api/v1/{rest:path}", hand_on, methods=["GET", "POST"])
    app.add_api_route("/door/enrol/{token}", hand_on, methods=["GET"])


def _refusals(app: FastAPI, name: str) -> None:
    @app.exception_handler(DomainError)
    async def refused(request: Request, error: DomainError) -> Response:
        answer = problems.render(request, error)
        answer.headers[HEADER] = quote(name)
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return problems.render(request, problems.invalid(error))


def _broken(request: Request, error: Exception) -> Response:
    log.error("unhandled", kind=type(error).__name__, exc_info=error)
    return problems.render(request, problems.InternalError("The hub could not answer."))


async def _forward(ledger: Ledger, upstream: Upstream) -> None:
    """Bring logs to the service whenever it can be reached: a phone may not live to do it."""
    while True:
        try:
            for gate in ledger.gates():
                while await upstream.forward(gate):
                    pass
        except Exception as error:  # tried again; the entries are kept
            log.error("not forwarded", kind=type(error).__name__)
        await asyncio.sleep(FORWARD_SECONDS)
