"""What a holder sees and does: passes, their history and codes, refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlmodel import Session

from passes_service.accounts.errors import NotFound, NotSignedIn
from passes_service.catalog import terms
from passes_service.passes import devices, proofs, queries
from passes_service.passes.errors import CodeOnDevice, PassInactive, PassMoved
from passes_service.refunds import service as refunds
from passes_service.refunds.errors import QuoteChanged, RefundRefused
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading, TheServices
from passes_service.web.idempotency import Reply, created
from passes_service.web.routes.refunds import RefundNew, RefundRead

router = APIRouter(
    prefix="/api/v1/me", tags=["My passes"], responses=problems.declare(NotSignedIn, NotFound)
)


class OutlookRead(BaseModel):
    """What giving the pass up pays from an instant on, if nothing new is published."""

    amount: shapes.MoneyRead
    since: datetime | None
    until: datetime | None
    reason: str


class QuoteRead(BaseModel):
    """What comes back now and later."""

    now: shapes.DecisionRead
    outlook: list[OutlookRead]


class CodeRead(BaseModel):
    """The text behind the door's QR code."""

    text: str
    expires_at: datetime


@router.get("/passes")
def every(caller: CurrentHolder, session: Reading) -> list[shapes.PassRead]:
    """List my passes, newest first."""
    found = queries.held_by(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return [shapes.PassRead.of(held) for held in found]


@router.get("/passes/{pass_id}")
def read(pass_id: str, caller: CurrentHolder, session: Reading) -> shapes.PassRead:
    """Read one of my passes."""
    return shapes.PassRead.of(_mine(session, caller.organizer_id, caller.id, pass_id))


@router.get("/passes/{pass_id}/history")
def history(pass_id: str, caller: CurrentHolder, session: Reading) -> list[shapes.HistoryRead]:
    """Read what happened to my pass, oldest first."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    lines = queries.history(session, organizer_id=caller.organizer_id, pass_row_id=held.row.id)
    return [shapes.HistoryRead.model_validate(line) for line in lines]


@router.get("/passes/{pass_id}/voucher", responses=problems.declare(PassInactive))
def voucher(
    pass_id: str, caller: CurrentHolder, session: Reading, services: TheServices, now: Now
) -> dict[str, Any]:
    """Export my signed PassVoucher (EIP-712)."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    return proofs.sign_voucher(held, keys=services.keyring, now=now)


@router.get("/passes/{pass_id}/code", responses=problems.declare(PassInactive, CodeOnDevice))
def code(
    pass_id: str, caller: CurrentHolder, session: Reading, services: TheServices, now: Now
) -> CodeRead:
    """Read the text of my door code, which can be printed; not while a device shows the code."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    devices.require_printable(session, held.row)
    document = terms.get(
        session, organizer_id=caller.organizer_id, terms_hash=held.series.terms_hash
    )
    signed = proofs.sign_code(held, document, keys=services.keyring, now=now)
    return CodeRead(text=signed.text, expires_at=signed.expires_at)


@router.get("/passes/{pass_id}/refund-quote")
def quote(
    pass_id: str,
    caller: CurrentHolder,
    session: Reading,
    now: Now,
    way: refunds.Way = "refund",
) -> QuoteRead:
    """Ask what comes back if I give my pass up now, and later."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    found = refunds.quote(session, held, way=way, now=now)
    return QuoteRead(
        now=shapes.DecisionRead.of(found.decision, found.currency),
        outlook=[
            OutlookRead(
                amount=shapes.MoneyRead.of(step.amount, found.currency),
                since=step.since,
                until=step.until,
                reason=step.reason,
            )
            for step in found.outlook
        ],
    )


@router.post(
    "/passes/{pass_id}/refunds",
    status_code=201,
    response_model=RefundRead,
    responses=problems.declare(RefundRefused, QuoteChanged, PassMoved),
)
def refund(pass_id: str, body: RefundNew, call: HolderCall) -> Response:
    """Give my pass up, or draw what is due for cancelled Portions."""

    def work(session: Session) -> Reply:
        held = _mine(session, call.caller.organizer_id, call.caller.id, pass_id)
        row = refunds.request(
            session,
            held,
            way=body.way,
            expected=body.expected_minor,
            actor=call.caller.actor,
            now=call.now,
        )
        return created(RefundRead.of(row, held))

    return call.run(work)


def _mine(session: Session, organizer_id: UUID, holder_id: UUID, text: str) -> queries.Held:
    number = shapes.pass_number(text)
    return queries.of_holder(
        session, organizer_id=organizer_id, holder_id=holder_id, pass_id=number
    )
