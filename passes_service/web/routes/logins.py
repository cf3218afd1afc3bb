"""Logins: ask for a magic link, redeem it, see and end one's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlmodel import Session

from passes_service.accounts import logins, organizers
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import (
    FieldRefused,
    LinkRefused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RateLimited,
)
from passes_service.db.models import LoginSession
from passes_service.web import cookies, problems
from passes_service.web.deps import (
    HOLDER_COOKIE,
    STAFF_COOKIE,
    CurrentHolder,
    CurrentStaff,
    HolderCall,
    Now,
    Reading,
    StaffCall,
    TheServices,
)
from passes_service.web.idempotency import Call, Reply, ok

router = APIRouter(tags=["Logins"])

Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=300)]


class LinkAsked(BaseModel):
    """Who wants to sign in, and where."""

    model_config = ConfigDict(extra="forbid")

    organizer: Slug
    email: Email
    kind: Literal["staff", "holder"] = "holder"
    next_path: Annotated[str, StringConstraints(max_length=300)] | None = None


class LinkSent(BaseModel):
    """The same answer for every address."""

    message: str = "If this address can sign in here, a link is on its way to it."
    expires_in_minutes: int


class LinkRedeemed(BaseModel):
    """The token of a magic link."""

    model_config = ConfigDict(extra="forbid")

    token: Token


class LoginOpened(BaseModel):
    """A fresh login; the cookie carries it."""

    kind: Literal["staff", "holder"]
    next_path: str
    expires_at: datetime


class LoginRead(BaseModel):
    """One of the caller's own logins."""

    id: UUID
    label: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class Ended(BaseModel):
    """How many logins were ended."""

    ended: int


@router.post(
    "/api/v1/logins/magic-link",
    status_code=202,
    responses=problems.declare(FieldRefused, NotFound, RateLimited),
)
def ask_for_link(body: LinkAsked, request: Request, services: TheServices, now: Now) -> LinkSent:
    """Have a single-use login link mailed. Whether the address is known stays unsaid."""
    minutes = services.settings.login_ttl_minutes
    with services.database.transaction() as session:
        logins.request_link(
            session,
            organizer_id=organizers.by_slug(session, body.organizer).id,
            email=body.email,
            kind=body.kind,
            next_path=body.next_path,
            client=cookies.client_of(request),
            ttl=timedelta(minutes=minutes),
            now=now,
        )
    return LinkSent(expires_in_minutes=minutes)


@router.post(
    "/api/v1/logins/redeem", response_model=LoginOpened, responses=problems.declare(LinkRefused)
)
def redeem(
    body: LinkRedeemed, request: Request, response: Response, services: TheServices, now: Now
) -> LoginOpened:
    """Turn a magic link into a login cookie, once."""
    with services.database.transaction() as session:
        signed_in = logins.redeem(
            session,
            body.token,
            keys=services.keyring.session_keys(now),
            random=services.random_bytes,
            label=cookies.label_of(request),
            ttl=timedelta(days=services.settings.session_ttl_days),
            now=now,
        )
    return opened(response, signed_in, services)


def opened(response: Response, signed_in: logins.SignedIn, services: TheServices) -> LoginOpened:
    """Give the browser its cookie and say what it is for."""
    cookies.sign_in(response, signed_in, services)
    response.headers["Cache-Control"] = "no-store"
    return LoginOpened(
        kind=signed_in.kind,
        next_path=signed_in.next_path,
        expires_at=signed_in.login.expires_at,
    )


def _listed(session: Session, request: Request, caller: Caller, now: datetime) -> list[LoginRead]:
    token = request.cookies.get(cookies.NAMES[caller.kind])
    return [_read(login, token) for login in logins.of_caller(session, caller=caller, now=now)]


def _read(login: LoginSession, token: str | None) -> LoginRead:
    return LoginRead(
        current=logins.is_current(login, token), **login.model_dump(exclude={"organizer_id"})
    )


def _person(caller: Caller) -> Caller:
    if caller.kind != "staff":
        raise NotAllowed("An API key has no logins; revoke the key itself.")
    return caller


def _end_one(call: Call, login_id: UUID) -> Response:
    def work(session: Session) -> Reply:
        logins.revoke(session, caller=call.caller, login_id=login_id, now=call.now)
        return ok(Ended(ended=1))

    return call.run(work)


def _end_others(call: Call, cookie: str) -> Response:
    token = call.request.cookies.get(cookie, "")

    def work(session: Session) -> Reply:
        ended = logins.revoke_others(session, caller=call.caller, token=token, now=call.now)
        return ok(Ended(ended=ended))

    return call.run(work)


_REFUSALS = problems.declare(NotSignedIn, NotAllowed, NotFound)


@router.get("/api/v1/logins", responses=_REFUSALS)
def staff_logins(
    request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> list[LoginRead]:
    """List the browsers in which this member of staff is signed in."""
    return _listed(session, request, _person(caller), now)


@router.delete("/api/v1/logins/{login_id}", response_model=Ended, responses=_REFUSALS)
def end_staff_login(login_id: UUID, call: StaffCall) -> Response:
    """End one of one's own logins; that browser is out at once."""
    _person(call.caller)
    return _end_one(call, login_id)


@router.delete("/api/v1/logins", response_model=Ended, responses=_REFUSALS)
def end_other_staff_logins(call: StaffCall) -> Response:
    """End all of one's own logins but this one."""
    _person(call.caller)
    return _end_others(call, STAFF_COOKIE)


@router.get("/api/v1/me/logins", responses=_REFUSALS)
def holder_logins(
    request: Request, caller: CurrentHolder, session: Reading, now: Now
) -> list[LoginRead]:
    """List the browsers in which this holder is signed in."""
    return _listed(session, request, caller, now)


@router.delete("/api/v1/me/logins/{login_id}", response_model=Ended, responses=_REFUSALS)
def end_holder_login(login_id: UUID, call: HolderCall) -> Response:
    """End one of one's own logins; that browser is out at once."""
    return _end_one(call, login_id)


@router.delete("/api/v1/me/logins", response_model=Ended, responses=_REFUSALS)
def end_other_holder_logins(call: HolderCall) -> Response:
    """End all of one's own logins but this one."""
    return _end_others(call, HOLDER_COOKIE)
