"""One session: change it, move it, cancel it, knowing who is told and what is owed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.catalog import calendars, sessions
from passes_service.catalog.sessions import Details
from passes_service.core.errors import DomainError
from passes_service.passes import impact
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page
from passes_service.web.pages.session_form import (
    ZONES,
    SessionForm,
    details_from,
    typed_from,
    typed_of,
)

router = APIRouter(include_in_schema=False)


@router.get("/org/sessions/{session_id}")
def edit(
    session_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Show a session as a form."""
    caller.require("catalog:read")
    return _form(request, caller, session, session_id, None, None, now=now)


def _form(
    request: Request,
    caller: Caller,
    session: Session,
    session_id: UUID,
    trouble: Trouble | None,
    typed: dict[str, Any] | None,
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    row = sessions.get(session, **scope, session_id=session_id)
    return page(
        request,
        "org/session.html",
        status=trouble.status if trouble else 200,
        row=row,
        calendar=calendars.get(session, **scope, calendar_id=row.calendar_id),
        over=row.status == "cancelled" or row.ends_at <= now,
        may_return=row.status == "cancelled"
        and row.ends_at > now
        and "catalog:write" in caller.scopes,
        zones=ZONES,
        trouble=trouble,
        typed=typed or typed_from(row),
        **frame(session, caller, now=now),
    )


@router.post("/org/sessions/{session_id}/reinstate")
def reinstate(session_id: UUID, call: StaffCall, services: TheServices) -> Response:
    """Bring a cancelled session back; what its cancellation owes stays owed."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = sessions.reinstate(
            session, **scope_of(call.caller), session_id=session_id, now=call.now
        )
        return see_other(f"/org/sessions/{row.id}")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _form(
                call.request, call.caller, session, session_id, trouble, None, now=call.now
            )

    return submit(call, work, again)


@router.post("/org/sessions/{session_id}")
def change(
    session_id: UUID, call: StaffCall, services: TheServices, form: Annotated[SessionForm, Form()]
) -> Response:
    """Change a session; one that moves is shown with its consequences first."""
    call.caller.require("catalog:write")
    scope = scope_of(call.caller)

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _form(
                call.request,
                call.caller,
                session,
                session_id,
                trouble,
                typed_of(form),
                now=call.now,
            )

    try:
        details = sessions.checked(details_from(form))
    except DomainError as error:
        return again(Trouble.of(error))
    with services.database.reading() as session:
        row = sessions.get(session, **scope, session_id=session_id)
        moves = (row.starts_at, row.ends_at) != (details.starts_at, details.ends_at)
        if moves and not form.confirm and row.status != "cancelled" and row.ends_at > call.now:
            return _confirm_move(
                call.request, call.caller, session, row.id, details, form, call.now
            )

    def work(session: Session) -> Reply:
        sessions.change(session, **scope, session_id=session_id, details=details, now=call.now)
        return see_other(f"/org/calendars/{row.calendar_id}")

    return submit(call, work, again)


def _confirm_move(
    request: Request,
    caller: Caller,
    session: Session,
    session_id: UUID,
    details: Details,
    form: SessionForm,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    row = sessions.get(session, **scope, session_id=session_id)
    return page(
        request,
        "org/session_change.html",
        kind="move",
        row=row,
        after=details,
        impact=impact.of_session(
            session,
            **scope,
            session_id=session_id,
            kind="move",
            starts_at=details.starts_at,
            ends_at=details.ends_at,
            now=now,
        ),
        typed=typed_of(form),
        trouble=None,
        **frame(session, caller, now=now),
    )


@router.get("/org/sessions/{session_id}/cancel")
def ask(
    session_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Say what cancelling means, before it is done."""
    caller.require("catalog:write")
    return _ask(request, caller, session, session_id, None, now=now)


def _ask(
    request: Request,
    caller: Caller,
    session: Session,
    session_id: UUID,
    trouble: Trouble | None,
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    return page(
        request,
        "org/session_change.html",
        status=trouble.status if trouble else 200,
        kind="cancel",
        row=sessions.get(session, **scope, session_id=session_id),
        after=None,
        impact=impact.of_session(session, **scope, session_id=session_id, kind="cancel", now=now),
        typed={},
        trouble=trouble,
        **frame(session, caller, now=now),
    )


@router.post("/org/sessions/{session_id}/cancel")
def cancel(session_id: UUID, call: StaffCall, services: TheServices) -> Response:
    """Cancel a session for good."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = sessions.cancel(
            session,
            organizer_id=call.caller.organizer_id,
            session_id=session_id,
            now=call.now,
        )
        return see_other(f"/org/calendars/{row.calendar_id}")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _ask(call.request, call.caller, session, session_id, trouble, now=call.now)

    return submit(call, work, again)
