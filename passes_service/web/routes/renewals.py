"""At the door: a new code for who lost the phone that shows theirs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.checkin import gates, renewing
from passes_service.checkin.errors import GateNotForSession, RenewNotNow
from passes_service.passes import queries
from passes_service.passes.errors import PassInactive, PassMoved, RenewedTooOften
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentGate, IdempotencyKey, Now, TheServices
from passes_service.web.idempotency import Call, Reply, created, open_call

router = APIRouter(
    prefix="/api/v1/gate",
    tags=["Door"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound, GateNotForSession),
)


class RenewalNew(shapes.Body):
    """Where the person stands, and what the host wants to say about it."""

    session_id: UUID
    reason: shapes.Text = Field(default="", max_length=200)


class RenewalDone(BaseModel):
    """What is kept of a renewal for its repetition: neither the code nor a name."""

    pass_id: str
    epoch: int


class RenewalRead(RenewalDone):
    """A new static code, good until the session ends. Compare the name before you renew."""

    pass_label: str
    series_title: str
    holder_name: str
    code: str
    expires_at: datetime


@router.post(
    "/passes/{pass_id}/rebind",
    status_code=201,
    response_model=RenewalRead,
    responses=problems.declare(RenewNotNow, PassInactive, RenewedTooOften, PassMoved),
)
def renew(
    pass_id: str,
    body: RenewalNew,
    request: Request,
    caller: CurrentGate,
    services: TheServices,
    now: Now,
    key: IdempotencyKey = None,
) -> Response:
    """Renew the code of a pass at the door; whatever a phone or paper showed is dead then.

    From two hours before the doors of the session until it ends; before that the holder does it.
    Three times a day for one pass. The history of the pass names the gate.
    """
    number = shapes.pass_number(pass_id)
    call = open_call(services, request, caller, key, now)

    def work(session: Session) -> Reply:
        held = renewing.renew(
            session,
            organizer_id=caller.organizer_id,
            gate=gates.of_caller(session, caller),
            session_id=body.session_id,
            pass_id=number,
            reason=body.reason.strip(),
            actor=caller.actor,
            now=now,
        )
        return created(RenewalDone(pass_id=str(number), epoch=held.row.epoch))

    answer = call.run(work)
    if answer.status_code != 201:
        return answer  # a refusal, replayed
    return _with_code(answer, call, number, body.session_id)


def _with_code(answer: Response, call: Call, number: int, session_id: UUID) -> Response:
    """Add the code to the answer, which is made anew each time and kept nowhere."""
    done = RenewalDone.model_validate_json(bytes(answer.body))
    with call.services.database.reading() as session:
        held = queries.by_pass_id(session, organizer_id=call.caller.organizer_id, pass_id=number)
        if held.row.epoch != done.epoch:
            raise PassMoved("The code was renewed or changed again since.", pass_id=str(number))
        found = renewing.shown(
            session,
            held,
            gate=gates.of_caller(session, call.caller),
            session_id=session_id,
            keys=call.services.keyring,
            now=call.now,
        )
    read = RenewalRead(
        **done.model_dump(),
        pass_label=found.held.label,
        series_title=found.held.series.title,
        holder_name=found.holder_name,
        code=found.code.text,
        expires_at=found.code.expires_at,
    )
    answer.body = read.model_dump_json().encode()
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer
