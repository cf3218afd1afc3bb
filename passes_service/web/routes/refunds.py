"""Refunds, as the organizer's side sees and settles them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.db.models import Refund
from passes_service.passes import directory, queries
from passes_service.passes.errors import PassMoved
from passes_service.passes.queries import Held
from passes_service.refunds import service
from passes_service.refunds.errors import QuoteChanged, RefundRefused, RefundSettledAlready
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(
    prefix="/api/v1",
    tags=["Refunds"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class RefundNew(shapes.Body):
    """Ask for what the Terms pay now; `expected_minor` guards against a change meanwhile."""

    way: service.Way = "refund"
    expected_minor: int | None = Field(default=None, ge=0)


class Settlement(shapes.Body):
    """The storefront's word that it has paid."""

    reference: shapes.Text = Field(min_length=1, max_length=120)


class RefundRead(BaseModel):
    """Money owed or paid back: for which pass, to whom, by which rule.

    `payer_id` is the holder who paid, also after a transfer: the money goes there.
    """

    id: UUID
    pass_id: str
    payer_id: UUID
    kind: str
    amount: shapes.MoneyRead
    code: str
    reason: str
    provider: str
    provider_ref: str
    state: str
    created_at: datetime
    settled_at: datetime | None

    @staticmethod
    def of(row: Refund, held: Held) -> RefundRead:
        """Return the shape of a refund."""
        return RefundRead(
            id=row.id,
            pass_id=str(held.row.pass_id),
            payer_id=held.row.payer_id,
            kind=row.kind,
            amount=shapes.MoneyRead.of(row.amount_minor, row.currency),
            code=row.code,
            reason=row.reason,
            provider=row.provider,
            provider_ref=row.provider_ref,
            state=row.state,
            created_at=row.created_at,
            settled_at=row.settled_at,
        )


@router.get("/refunds")
def every(caller: CurrentStaff, session: Reading) -> list[RefundRead]:
    """List refunds, newest first."""
    caller.require("refunds:read")
    rows = service.every(session, organizer_id=caller.organizer_id)
    passes = directory.by_rows(
        session, organizer_id=caller.organizer_id, ids=[row.pass_row_id for row in rows]
    )
    return [RefundRead.of(row, passes[row.pass_row_id]) for row in rows]


@router.post(
    "/passes/{pass_id}/refunds",
    status_code=201,
    response_model=RefundRead,
    responses=problems.declare(RefundRefused, QuoteChanged, PassMoved),
)
def request(pass_id: str, body: RefundNew, call: StaffCall) -> Response:
    """Give a pass up on its holder's behalf for what its Terms pay now."""
    call.caller.require("refunds:write")
    number = shapes.pass_number(pass_id)

    def work(session: Session) -> Reply:
        held = queries.by_pass_id(session, organizer_id=call.caller.organizer_id, pass_id=number)
        row = service.request(
            session,
            held,
            way=body.way,
            expected=body.expected_minor,
            actor=call.caller.actor,
            now=call.now,
        )
        return created(RefundRead.of(row, held))

    return call.run(work)


@router.post(
    "/refunds/{refund_id}/settle",
    response_model=RefundRead,
    responses=problems.declare(RefundSettledAlready),
)
def settle(refund_id: UUID, body: Settlement, call: StaffCall) -> Response:
    """Confirm that the storefront has paid an external refund."""
    call.caller.require("refunds:write")

    def work(session: Session) -> Reply:
        organizer_id = call.caller.organizer_id
        row = service.settle(
            session,
            organizer_id=organizer_id,
            refund_id=refund_id,
            reference=body.reference,
            now=call.now,
        )
        passes = directory.by_rows(session, organizer_id=organizer_id, ids=[row.pass_row_id])
        return ok(RefundRead.of(row, passes[row.pass_row_id]))

    return call.run(work)
