"""What comes by mail: one session as an invitation, letters about changes, and no more of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import consent, fields, holders, organizers
from passes_service.accounts.callers import Caller
from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.invitations import service
from passes_service.keyring import KeyUse
from passes_service.web.deps import HolderCall, Reading, TheServices
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
_HOME = "/me#mail"
Goal = Annotated[str, Form()]


def values(session: Session, caller: Caller) -> dict[str, Any]:
    """Return what `me/mail.html` shows: my choice, and my invitations with their sessions."""
    scope = {"organizer_id": caller.organizer_id, "holder_id": caller.id}
    rows = service.of_holder(session, **scope)
    titles = {
        row.session_id: sessions.get(
            session, organizer_id=row.organizer_id, session_id=row.session_id
        )
        for row in rows
    }
    return {
        "change_mail": holders.get(session, **scope).change_mail,
        "invited": [(row, titles[row.session_id]) for row in rows],
    }


@router.post("/me/sessions/{session_id}/invitation")
def ask(
    session_id: UUID,
    call: HolderCall,
    with_feed: Annotated[Literal["yes", "no"], Form()] = "no",
    next: Goal = _HOME,  # noqa: A002 - the field's name
) -> Response:
    """Have a session mailed as an invitation, and go back to where the button was."""

    def work(session: Session) -> Reply:
        goal = fields.local_path(next, field="next")
        service.ask(session, **_mine(call, session_id), with_feed=with_feed == "yes", now=call.now)
        return see_other(goal)

    return submit(call, work, _again(call, session_id, next))


@router.post("/me/sessions/{session_id}/invitation/remove")
def withdraw(
    session_id: UUID,
    call: HolderCall,
    next: Goal = _HOME,  # noqa: A002 - the field's name
) -> Response:
    """Give an invitation back, and go back to where the button was."""

    def work(session: Session) -> Reply:
        goal = fields.local_path(next, field="next")
        service.withdraw(session, **_mine(call, session_id), now=call.now)
        return see_other(goal)

    return call.run(work)


@router.post("/me/mail")
def choose(call: HolderCall, change_mail: Annotated[Literal["yes", "no"], Form()]) -> Response:
    """Say whether letters about changed sessions may come."""

    def work(session: Session) -> Reply:
        consent.choose(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            wanted=change_mail == "yes",
        )
        return see_other(_HOME)

    return call.run(work)


@router.get("/u/{token}")
def show_stop(token: str, request: Request, session: Reading, services: TheServices) -> Response:
    """Show what the address in a letter does, with a button: what only looks changes nothing."""
    holder = consent.whose(session, token, keys=_keys(services))
    organizer = organizers.get(session, organizer_id=holder.organizer_id)
    return page(request, "stop_mail.html", organizer=organizer, done=False)


@router.post("/u/{token}")
def stop(token: str, request: Request, services: TheServices) -> Response:
    """Stop letters about changes (RFC 8058): mail programs press it too, without any login.

    Doing it twice is the same, so it takes no key; the body is not looked at.
    """
    with services.database.transaction() as session:
        holder = consent.whose(session, token, keys=_keys(services))
        scope = {"organizer_id": holder.organizer_id, "holder_id": holder.id}
        consent.choose(session, **scope, wanted=False)
        organizer = organizers.get(session, organizer_id=holder.organizer_id)
    return page(request, "stop_mail.html", organizer=organizer, done=True)


def _keys(services: Services) -> list[bytes]:
    return [key.secret for key in services.keyring.stored(KeyUse.SESSION)]


def _mine(call: Call, session_id: UUID) -> dict[str, Any]:
    return {
        "organizer_id": call.caller.organizer_id,
        "holder_id": call.caller.id,
        "session_id": session_id,
        "mail_from": call.services.settings.mail_from,
        "origin": call.services.settings.origin,
    }


def _again(call: Call, session_id: UUID, goal: str) -> Callable[[Trouble], Response]:
    def show(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            shown = frame(session, call.caller, now=call.now)
        return page(
            call.request,
            "me/invitation_refused.html",
            status=trouble.status,
            trouble=trouble,
            session_id=session_id,
            goal=goal,
            **shown,
        )

    return show
