"""Shares of others' Drops: what a partner was offered, and their yes to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.callers import Caller
from passes_service.db.models import StaffMember
from passes_service.drops import reading, shares
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, submit, whole
from passes_service.web.pages.frames import frame
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
_PATH = "/org/drops/shares"


@router.get(_PATH)
def every(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """Show what others have offered, and what has come of it."""
    caller.require("catalog:read")
    return _page(request, caller, session, None, now=now)


@router.post(_PATH + "/{lead_id}/{drop_id}/accept")
def accept(
    lead_id: UUID, drop_id: UUID, call: StaffCall, share_bp: Annotated[str, Form()] = ""
) -> Response:
    """Accept a share as it was shown."""

    def work(session: Session) -> Reply:
        shares.accept(
            session,
            lead_id=lead_id,
            drop_id=drop_id,
            caller=call.caller,
            share_bp=whole(share_bp, field="share_bp", low=1, high=10_000),
            now=call.now,
        )
        return see_other(_PATH)

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _page(call.request, call.caller, session, trouble, now=call.now)

    return submit(call, work, again)


def _page(
    request: Request,
    caller: Caller,
    session: Session,
    trouble: Trouble | None,
    *,
    now: datetime,
) -> Response:
    rows = []
    for share, drop in shares.offered_to(session, partner_id=caller.organizer_id):
        found = shares.settlement(session, drop)
        rows.append(
            {
                "share": share,
                "drop": drop,
                "lead": organizers.get(session, organizer_id=drop.organizer_id),
                "state": reading.of(session, drop).state(now),
                "taken": found.parts[caller.organizer_id] if share.accepted_at else {},
                "sold": found.sold,
            }
        )
    return page(
        request,
        "org/drop_shares.html",
        status=trouble.status if trouble else 200,
        rows=rows,
        may_sign=_may_sign(session, caller),
        trouble=trouble,
        **frame(session, caller, now=now),
    )


def _may_sign(session: Session, caller: Caller) -> bool:
    row: Any = session.get(StaffMember, (caller.organizer_id, caller.id))
    return row is not None and row.role in shares.SIGNERS
