"""Calendars: make them, see their sessions, add a session by the clock on the wall."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import fields
from passes_service.accounts.callers import Caller
from passes_service.catalog import calendars, sessions, terms
from passes_service.catalog import series as catalog_series
from passes_service.core import localtime
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, block, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page
from passes_service.web.pages.session_form import ZONES, SessionForm, details_from, typed_of

router = APIRouter(include_in_schema=False)


@router.get("/org/calendars")
def every(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """List the calendars."""
    caller.require("catalog:read")
    return _list(request, caller, session, None, {}, now=now)


def _list(
    request: Request,
    caller: Caller,
    session: Session,
    trouble: Trouble | None,
    typed: dict[str, str],
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    shown = [
        (row, sessions.of_calendar(session, **scope, calendar_id=row.id))
        for row in calendars.every(session, **scope)
    ]
    return page(
        request,
        "org/calendars.html",
        status=trouble.status if trouble else 200,
        shown=shown,
        zones=ZONES,
        trouble=trouble,
        typed=typed,
        **frame(session, caller, now=now),
    )


@router.post("/org/calendars")
def create(
    call: StaffCall,
    services: TheServices,
    name: Annotated[str, Form()] = "",
    time_zone: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
) -> Response:
    """Make a calendar."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = calendars.create(
            session,
            organizer_id=call.caller.organizer_id,
            name=fields.line(name, field="name", longest=160),
            time_zone=localtime.zone(time_zone.strip()).key,
            description=block(description, field="description", longest=4000),
            now=call.now,
        )
        return see_other(f"/org/calendars/{row.id}")

    def again(trouble: Trouble) -> Response:
        typed = {"name": name, "time_zone": time_zone, "description": description}
        with services.database.reading() as session:
            return _list(call.request, call.caller, session, trouble, typed, now=call.now)

    return submit(call, work, again)


@router.get("/org/calendars/{calendar_id}")
def one(
    calendar_id: UUID,
    request: Request,
    caller: CurrentStaff,
    session: Reading,
    now: Now,
    imported: str = "",
) -> Response:
    """Show a calendar's sessions, Terms and Series."""
    caller.require("catalog:read")
    return _show(request, caller, session, calendar_id, None, {}, now=now, imported=imported)


def _show(
    request: Request,
    caller: Caller,
    session: Session,
    calendar_id: UUID,
    trouble: Trouble | None,
    typed: dict[str, Any],
    *,
    now: datetime,
    imported: str = "",
) -> Response:
    scope = scope_of(caller)
    calendar = calendars.get(session, **scope, calendar_id=calendar_id)
    rows = sessions.of_calendar(session, **scope, calendar_id=calendar_id)
    counts = imported.split("-")
    return page(
        request,
        "org/calendar.html",
        status=trouble.status if trouble else 200,
        calendar=calendar,
        coming=[row for row in rows if row.ends_at > now],
        past=[row for row in rows if row.ends_at <= now],
        documents=terms.of_calendar(session, **scope, calendar_id=calendar_id),
        series=catalog_series.every(session, **scope, calendar_id=calendar_id),
        imported=counts if len(counts) == 3 and all(n.isdigit() for n in counts) else None,
        zones=ZONES,
        trouble=trouble,
        typed={"time_zone": calendar.time_zone} | typed,
        **frame(session, caller, now=now),
    )


@router.post("/org/calendars/{calendar_id}/sessions")
def add(
    calendar_id: UUID, call: StaffCall, services: TheServices, form: Annotated[SessionForm, Form()]
) -> Response:
    """Add a session at a local time."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        sessions.create(
            session,
            organizer_id=call.caller.organizer_id,
            calendar_id=calendar_id,
            details=details_from(form),
            now=call.now,
        )
        return see_other(f"/org/calendars/{calendar_id}")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _show(
                call.request,
                call.caller,
                session,
                calendar_id,
                trouble,
                typed_of(form),
                now=call.now,
            )

    return submit(call, work, again)
