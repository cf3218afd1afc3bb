"""Passes, as the organizer's side sees and changes them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.passes import proofs, queries, service
from passes_service.passes.errors import PassInactive, PassMoved
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Reply, ok

router = APIRouter(
    prefix="/api/v1/passes",
    tags=["Passes"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class PassPage(BaseModel):
    """A page of passes; `next` goes into `before` for the following page."""

    items: list[shapes.PassRead]
    next: UUID | None


class VoidNew(shapes.Body):
    """Why a pass is withdrawn; its holder reads this."""

    reason: shapes.Text = Field(min_length=3, max_length=300)


@router.get("")
def search(
    caller: CurrentStaff,
    session: Reading,
    text: Annotated[str, Query(max_length=200, description="number, name or e-mail")] = "",
    series_id: UUID | None = None,
    before: UUID | None = None,
    limit: shapes.Page = 100,
) -> PassPage:
    """Find passes, newest first."""
    caller.require("passes:read")
    found = queries.search(
        session,
        organizer_id=caller.organizer_id,
        text=text,
        series_id=series_id,
        before=before,
        limit=limit,
    )
    last = found[-1].row.id if len(found) == limit else None
    return PassPage(items=[shapes.PassRead.of(held) for held in found], next=last)


@router.get("/{pass_id}")
def read(pass_id: str, caller: CurrentStaff, session: Reading) -> shapes.PassRead:
    """Read one pass by its decimal number."""
    caller.require("passes:read")
    return shapes.PassRead.of(_held(session, caller.organizer_id, pass_id))


@router.get("/{pass_id}/history")
def history(pass_id: str, caller: CurrentStaff, session: Reading) -> list[shapes.HistoryRead]:
    """Read what happened to a pass, oldest first."""
    caller.require("passes:read")
    held = _held(session, caller.organizer_id, pass_id)
    lines = queries.history(session, organizer_id=caller.organizer_id, pass_row_id=held.row.id)
    return [shapes.HistoryRead.model_validate(line) for line in lines]


@router.get("/{pass_id}/voucher", responses=problems.declare(PassInactive))
def voucher(
    pass_id: str, caller: CurrentStaff, session: Reading, services: TheServices, now: Now
) -> dict[str, Any]:
    """Export the signed PassVoucher (EIP-712), verifiable by any Ethereum tool."""
    caller.require("passes:read")
    held = _held(session, caller.organizer_id, pass_id)
    return proofs.sign_voucher(held, keys=services.keyring, now=now)


@router.post(
    "/{pass_id}/reissue",
    response_model=shapes.PassRead,
    responses=problems.declare(PassInactive, PassMoved),
)
def reissue(pass_id: str, call: StaffCall) -> Response:
    """Raise the epoch: codes and vouchers shown before are dead, the holder stays."""
    call.caller.require("passes:write")

    def work(session: Session) -> Reply:
        held = _held(session, call.caller.organizer_id, pass_id)
        row = service.reissue(session, held.row, actor=call.caller.actor, now=call.now)
        return ok(shapes.PassRead.of(queries.Held(row, held.series)))

    return call.run(work)


@router.post(
    "/{pass_id}/void",
    response_model=shapes.PassRead,
    responses=problems.declare(PassInactive, PassMoved),
)
def void(pass_id: str, body: VoidNew, call: StaffCall) -> Response:
    """Withdraw a pass (disputed payment, issued in error); it leaves feed and door at once."""
    call.caller.require("passes:write")

    def work(session: Session) -> Reply:
        held = _held(session, call.caller.organizer_id, pass_id)
        row = service.void(
            session, held.row, reason=body.reason, actor=call.caller.actor, now=call.now
        )
        return ok(shapes.PassRead.of(queries.Held(row, held.series)))

    return call.run(work)


def _held(session: Session, organizer_id: UUID, text: str) -> queries.Held:
    number = shapes.pass_number(text)
    return queries.by_pass_id(session, organizer_id=organizer_id, pass_id=number)
