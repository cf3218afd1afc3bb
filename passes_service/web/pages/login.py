"""Signing in and out in a browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from passes_service.accounts import fields, linking, links, logins, organizers
from passes_service.accounts.errors import FieldRefused, LinkRefused, NotFound, NotSignedIn
from passes_service.core.errors import DomainError
from passes_service.db.models import Organizer
from passes_service.web import cookies
from passes_service.web.deps import (
    HOLDER_COOKIE,
    STAFF_COOKIE,
    HolderCall,
    Now,
    Reading,
    TheServices,
    holder_only,
    services_of,
)
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.rendering import page
from passes_service.web.routes.wallets import site_of

router = APIRouter(include_in_schema=False)
_STAFF_PATHS = ("/org", "/door")


class LoginForm(BaseModel):
    """What the login form sends."""

    model_config = ConfigDict(extra="forbid")

    organizer: str = Field(max_length=60)
    email: str = Field(max_length=300)
    kind: Literal["staff", "holder"] = "holder"
    next: str = Field(default="", max_length=300)


class ConfirmForm(BaseModel):
    """A person's yes to adding an address."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(alias="_key", max_length=200)
    token: str = Field(max_length=200)
    merge: Literal["yes", "no"] = "no"


def _local(path: str) -> str:
    """Return where to go after the login; what is no path on this site counts as not said."""
    try:
        return fields.local_path(path) if path else ""
    except FieldRefused:
        return ""


def _form(
    request: Request, organizer: Organizer | None, sent: LoginForm, trouble: Trouble | None = None
) -> Response:
    return page(
        request,
        "login.html",
        status=200 if trouble is None else trouble.status,
        organizer=organizer,
        sent=sent,
        trouble=trouble,
        chains=site_of(services_of(request)).wallet_chains,
    )


def _blank(slug: str, goal: str) -> LoginForm:
    kind: Literal["staff", "holder"] = "staff" if goal.startswith(_STAFF_PATHS) else "holder"
    return LoginForm(organizer=slug, email="", kind=kind, next=goal)


@router.get("/login")
def ask_where(request: Request, session: Reading, next: str = "") -> Response:  # noqa: A002 - ?next=
    """Ask which organizer, unless there is only one."""
    goal = _local(next)
    organizer = organizers.only(session)
    if organizer is None:
        return _form(request, None, _blank("", goal))
    query = f"?{urlencode({'next': goal})}" if goal else ""
    return RedirectResponse(f"/o/{organizer.slug}/login{query}", 303)


@router.get("/o/{slug}/login")
def ask_who(
    slug: str,
    request: Request,
    session: Reading,
    next: str = "",  # noqa: A002 - the name in the address
) -> Response:
    """Ask for the e-mail address, or offer the wallet."""
    organizer = organizers.by_slug(session, slug)
    return _form(request, organizer, _blank(organizer.slug, _local(next)))


@router.post("/login")
def send_link(
    sent: Annotated[LoginForm, Form()], request: Request, services: TheServices, now: Now
) -> Response:
    """Have a link mailed; the next page is the same for every address."""
    organizer = None
    try:
        with services.database.reading() as session:
            organizer = organizers.by_slug(session, sent.organizer)
        with services.database.transaction() as session:
            logins.request_link(
                session,
                organizer_id=organizer.id,
                email=sent.email,
                kind=sent.kind,
                next_path=_local(sent.next) or None,
                client=cookies.client_of(request),
                ttl=timedelta(minutes=services.settings.login_ttl_minutes),
                now=now,
            )
    except DomainError as error:
        return _form(request, organizer, sent, Trouble.of(error))
    return RedirectResponse(f"/login/sent?organizer={organizer.slug}", 303)


@router.get("/login/sent")
def sent(
    request: Request, session: Reading, services: TheServices, organizer: str = ""
) -> Response:
    """Say that a link is on its way, if it is."""
    try:
        found = organizers.by_slug(session, organizer)
    except NotFound:
        found = None
    minutes = services.settings.login_ttl_minutes
    return page(request, "login_sent.html", organizer=found, minutes=minutes)


@router.get("/l/{token}")
def show_link(
    token: str, request: Request, session: Reading, services: TheServices, now: Now
) -> Response:
    """Show what a mailed link does, with a button: mail scanners that follow links use up none."""
    keys = services.keyring.session_keys(now)
    link = links.read(session, token, keys=keys, now=now)
    organizer = organizers.get(session, organizer_id=link.organizer_id)
    if link.purpose != links.HOLDER_EMAIL:
        return page(request, "link.html", organizer=organizer, link=link)
    try:
        caller = holder_only(request)
    except NotSignedIn as error:
        raise LinkRefused("Sign in to the account in which you asked for this link.") from error
    proposal = linking.propose(session, caller=caller, token=token, keys=keys, now=now)
    return page(
        request,
        "link_email.html",
        organizer=organizer,
        proposal=proposal,
        token=token,
        trouble=None,
    )


@router.post("/l/{token}")
def use_link(token: str, request: Request, services: TheServices, now: Now) -> Response:
    """Sign in and go on; the link is used up."""
    with services.database.transaction() as session:
        signed_in = logins.redeem(
            session,
            token,
            keys=services.keyring.session_keys(now),
            random=services.random_bytes,
            label=cookies.label_of(request),
            ttl=timedelta(days=services.settings.session_ttl_days),
            now=now,
        )
    goal = _local(signed_in.next_path) or logins.HOME[signed_in.kind]
    response = RedirectResponse(goal, 303, {"Cache-Control": "no-store"})
    cookies.sign_in(response, signed_in, services)
    return response


@router.post("/account/emails/confirm")
def confirm_email(sent: Annotated[ConfirmForm, Form()], call: HolderCall) -> Response:
    """Add the address of a mailed link to the account that is signed in."""
    services, now = call.services, call.now
    keys = services.keyring.session_keys(now)

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            proposal = linking.propose(
                session, caller=call.caller, token=sent.token, keys=keys, now=now
            )
            organizer = organizers.get(session, organizer_id=call.caller.organizer_id)
        return page(
            call.request,
            "link_email.html",
            status=trouble.status,
            organizer=organizer,
            proposal=proposal,
            token=sent.token,
            trouble=trouble,
        )

    def work(session: Session) -> Reply:
        linking.confirm_email(
            session,
            caller=call.caller,
            token=sent.token,
            keys=keys,
            merge=sent.merge == "yes",
            now=now,
        )
        return see_other("/me")

    return submit(call, work, again)


@router.post("/logout")
def sign_out(request: Request, services: TheServices, now: Now) -> Response:
    """End this browser's logins. Doing it twice is the same, so it takes no key."""
    with services.database.transaction() as session:
        for name in (STAFF_COOKIE, HOLDER_COOKIE):
            if token := request.cookies.get(name):
                logins.sign_out(session, token, now=now)
    response = RedirectResponse("/", 303)
    cookies.sign_out(response, services)
    return response
