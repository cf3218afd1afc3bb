"""What handlers ask for: services, time, a look at the data, who is calling, a keyed call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Header, Request
from sqlmodel import Session

from passes_service.accounts import authenticate
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotSignedIn
from passes_service.bootstrap import Services
from passes_service.web.idempotency import Call, open_call

STAFF_COOKIE = "passes_staff"
HOLDER_COOKIE = "passes_holder"


def services_of(request: Request) -> Services:
    """Return what `create_app` was given."""
    found: Services = request.app.state.services
    return found


# These two wait for nothing. As plain functions FastAPI would send each to a thread and back.
async def _services(request: Request) -> Services:
    return services_of(request)


TheServices = Annotated[Services, Depends(_services)]


async def current_time(services: TheServices) -> datetime:
    """Return this request's instant: one per request, UTC."""
    return services.clock()


Now = Annotated[datetime, Depends(current_time)]


def reading(services: TheServices) -> Iterator[Session]:
    """Open one read-only look at the data for this request."""
    with services.database.reading() as session:
        yield session


Reading = Annotated[Session, Depends(reading, scope="function")]


def bearer(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer ...`, if there is one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _by_cookie(request: Request, kind: Literal["staff", "holder"]) -> Caller:
    services = services_of(request)
    now = services.clock()
    token = request.cookies.get(STAFF_COOKIE if kind == "staff" else HOLDER_COOKIE)
    if token is None:
        raise NotSignedIn("There is no login in this browser.")
    with services.database.reading() as session:
        caller, login = authenticate.by_login(session, token, kind=kind, now=now)
    if now - login.last_seen_at > authenticate.SEEN_EVERY:
        with services.database.transaction() as session:
            authenticate.touch(session, login, now=now)
    return caller


def staff_or_key(request: Request) -> Caller:
    """Return the organizer's side: an API key, or a signed-in member of staff."""
    token = bearer(request)
    if token is None:
        return _by_cookie(request, "staff")
    services = services_of(request)
    now = services.clock()
    with services.database.reading() as session:
        caller, key = authenticate.by_api_key(session, token)
    if key.last_used_at is None or now - key.last_used_at > authenticate.SEEN_EVERY:
        with services.database.transaction() as session:
            authenticate.touch_key(session, key, now=now)
    return caller


def holder_only(request: Request) -> Caller:
    """Return the signed-in holder."""
    return _by_cookie(request, "holder")


def gate_or_staff(request: Request) -> Caller:
    """Return a gate by its own key, else staff or an API key."""
    token = bearer(request)
    if token is not None and token.startswith("ps_gate_"):
        with services_of(request).database.reading() as session:
            return authenticate.by_gate_key(session, token)
    return staff_or_key(request)


CurrentStaff = Annotated[Caller, Depends(staff_or_key)]
CurrentHolder = Annotated[Caller, Depends(holder_only)]
CurrentGate = Annotated[Caller, Depends(gate_or_staff)]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Fresh random text for each new call; the same again to repeat it safely.",
    ),
]


async def _key_of(request: Request, header: str | None) -> str | None:
    """Return the key from the header, or from the hidden field of our own forms."""
    kind = request.headers.get("content-type", "")
    if header is None and kind.startswith("application/x-www-form-urlencoded"):
        field = (await request.form()).get("_key")
        return field if isinstance(field, str) else None
    return header


async def staff_call(
    request: Request, caller: CurrentStaff, services: TheServices, key: IdempotencyKey = None
) -> Call:
    """Bind a change by staff or an API key to its Idempotency-Key."""
    found = await _key_of(request, key)
    return open_call(services, request, caller, found, services.clock())


async def holder_call(
    request: Request, caller: CurrentHolder, services: TheServices, key: IdempotencyKey = None
) -> Call:
    """Bind a change by a holder to its Idempotency-Key."""
    found = await _key_of(request, key)
    return open_call(services, request, caller, found, services.clock())


StaffCall = Annotated[Call, Depends(staff_call)]
HolderCall = Annotated[Call, Depends(holder_call)]
