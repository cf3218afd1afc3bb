"""Transfers and refunds as the organizer sees them; refunds paid elsewhere are settled here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import fields
from passes_service.accounts.callers import Caller
from passes_service.passes import directory
from passes_service.refunds import service as refunds
from passes_service.transfers import queries as offers
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/org/transfers")
def transfers(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """List who offered which pass to whom, and what became of it."""
    caller.require("passes:read")
    scope = scope_of(caller)
    rows = offers.every(session, **scope)
    people = {row.from_holder_id for row in rows} | {
        row.to_holder_id for row in rows if row.to_holder_id is not None
    }
    return page(
        request,
        "org/transfers.html",
        rows=rows,
        passes=directory.by_rows(session, **scope, ids=[row.pass_row_id for row in rows]),
        people=directory.names(session, **scope, ids=people),
        **frame(session, caller, now=now),
    )


@router.get("/org/refunds")
def owed(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """List what is owed and what was paid back."""
    caller.require("refunds:read")
    return _owed(request, caller, session, None, "", now=now)


def _owed(
    request: Request,
    caller: Caller,
    session: Session,
    trouble: Trouble | None,
    refund_id: str,
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    rows = refunds.every(session, **scope)
    passes = directory.by_rows(session, **scope, ids=[row.pass_row_id for row in rows])
    return page(
        request,
        "org/refunds.html",
        status=trouble.status if trouble else 200,
        waiting=[row for row in rows if row.state == "requested"],
        done=[row for row in rows if row.state != "requested"],
        passes=passes,
        people=directory.names(
            session, **scope, ids=[held.row.payer_id for held in passes.values()]
        ),
        trouble=trouble,
        about=refund_id,
        **frame(session, caller, now=now),
    )


@router.post("/org/refunds/{refund_id}/settle")
def settle(
    refund_id: UUID, call: StaffCall, services: TheServices, reference: Annotated[str, Form()] = ""
) -> Response:
    """Record that the money went, with the reference of the payment."""
    call.caller.require("refunds:write")

    def work(session: Session) -> Reply:
        refunds.settle(
            session,
            organizer_id=call.caller.organizer_id,
            refund_id=refund_id,
            reference=fields.line(reference, field="reference", longest=120),
            now=call.now,
        )
        return see_other("/org/refunds")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _owed(call.request, call.caller, session, trouble, str(refund_id), now=call.now)

    return submit(call, work, again)
