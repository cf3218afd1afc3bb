"""Editions: Series under one published cap, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.catalog import calendars
from passes_service.catalog import series as catalog_series
from passes_service.drops import editions
from passes_service.drops.texts import MOST_PLACES
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages.forms import Trouble, identity, submit, whole
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
_EDITIONS = "/org/drops/editions"
_TYPED = dict[str, str]


@router.get(_EDITIONS)
def every(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """Show the Editions with their steps."""
    caller.require("catalog:read")
    return _editions(request, caller, session, None, {}, now=now)


def _editions(
    request: Request,
    caller: Caller,
    session: Session,
    trouble: Trouble | None,
    typed: _TYPED,
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    free = [
        one
        for one in reversed(catalog_series.every(session, **scope))
        if one.edition_id is None and not one.issued and not one.set_aside and not one.closed_at
    ]
    rows = []
    for row in editions.every(session, **scope):
        steps = editions.series_of(session, row)
        room = row.cap - sum(step.cap for step in steps)
        here = [one for one in free if one.calendar_id == row.calendar_id]
        rows.append((row, steps, room, [one for one in here if one.cap <= room]))
    return page(
        request,
        "org/drop_editions.html",
        status=trouble.status if trouble else 200,
        rows=rows,
        calendars=[(str(one.id), one.name) for one in calendars.every(session, **scope)],
        trouble=trouble,
        typed=typed,
        **frame(session, caller, now=now),
    )


@router.post(_EDITIONS)
def create(
    call: StaffCall,
    calendar_id: Annotated[str, Form()] = "",
    title: Annotated[str, Form()] = "",
    cap: Annotated[str, Form()] = "",
) -> Response:
    """Publish an Edition."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = editions.create(
            session,
            **scope_of(call.caller),
            calendar_id=identity(calendar_id, field="calendar_id"),
            title=title,
            cap=whole(cap, field="cap", low=1, high=MOST_PLACES),
            now=call.now,
        )
        return see_other(f"{_EDITIONS}#e-{row.id}")

    typed = {"calendar_id": calendar_id, "title": title, "cap": cap}
    return submit(call, work, _again(call, typed))


@router.post(_EDITIONS + "/{edition_id}")
def attach(edition_id: UUID, call: StaffCall, series_id: Annotated[str, Form()] = "") -> Response:
    """Make a Series the next step."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        editions.attach(
            session,
            **scope_of(call.caller),
            edition_id=edition_id,
            series_id=identity(series_id, field="series_id"),
        )
        return see_other(f"{_EDITIONS}#e-{edition_id}")

    return submit(call, work, _again(call, {}))


def _again(call: Call, typed: _TYPED) -> Callable[[Trouble], Response]:
    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _editions(call.request, call.caller, session, trouble, typed, now=call.now)

    return again
