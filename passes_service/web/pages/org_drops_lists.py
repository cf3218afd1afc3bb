"""Lists of people that the phases of Drops read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.drops import audiences
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
SHOWN = 50
_LISTS = "/org/drops/lists"
_TYPED = dict[str, str]


@router.get(_LISTS)
def lists(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """Show the lists of people."""
    caller.require("catalog:read")
    return _lists(request, caller, session, None, {}, now=now)


def _lists(
    request: Request,
    caller: Caller,
    session: Session,
    trouble: Trouble | None,
    typed: _TYPED,
    *,
    now: datetime,
) -> Response:
    people = "passes:read" in caller.scopes
    rows = [
        (row, size, audiences.members(session, row, limit=SHOWN) if people else ())
        for row, size in audiences.every(session, **scope_of(caller))
    ]
    return page(
        request,
        "org/drop_lists.html",
        status=trouble.status if trouble else 200,
        rows=rows,
        trouble=trouble,
        typed=typed,
        **frame(session, caller, now=now),
    )


@router.post(_LISTS)
def create(
    call: StaffCall,
    name: Annotated[str, Form()] = "",
    addresses: Annotated[str, Form()] = "",
) -> Response:
    """Create a list with the people who were typed, one per line."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = audiences.create(
            session,
            **scope_of(call.caller),
            name=name,
            addresses=_lines(addresses),
            now=call.now,
        )
        return see_other(f"{_LISTS}#l-{row.id}")

    return submit(call, work, _again(call, {"name": name, "addresses": addresses}))


@router.post(_LISTS + "/{audience_id}")
def change(
    audience_id: UUID,
    call: StaffCall,
    act: Annotated[str, Form()] = "put_on",
    addresses: Annotated[str, Form()] = "",
) -> Response:
    """Put the people who were typed on a list, or take them off."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = audiences.get(session, **scope_of(call.caller), audience_id=audience_id)
        if act == "take_off":
            audiences.take_off(session, row, _lines(addresses))
        else:
            audiences.put_on(session, row, _lines(addresses))
        return see_other(f"{_LISTS}#l-{audience_id}")

    return submit(call, work, _again(call, {}))


@router.post(_LISTS + "/{audience_id}/remove")
def remove(audience_id: UUID, call: StaffCall) -> Response:
    """Delete a list."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        audiences.remove(session, **scope_of(call.caller), audience_id=audience_id)
        return see_other(_LISTS)

    return submit(call, work, _again(call, {}))


def _lines(typed: str) -> list[str]:
    return [line for line in typed.replace(",", "\n").splitlines() if line.strip()]


def _again(call: Call, typed: _TYPED) -> Callable[[Trouble], Response]:
    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _lists(call.request, call.caller, session, trouble, typed, now=call.now)

    return again
