"""One gate: passes set aside for it, and what became of each number."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from passes_service.checkin import doors, gates
from passes_service.checkin.offline import block_list, blocks
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, identity, submit, whole
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.org_gates import MANAGE, PATH, line_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


class BlockForm(BaseModel):
    """What to set aside: `what` is a Series and a session, as the list offers them."""

    model_config = ConfigDict(extra="ignore")

    what: str = Field(default="", max_length=100)
    count: str = Field(default="", max_length=20)


@router.get(PATH + "/{gate_id}")
def one(
    gate_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Show a gate with its blocks and a form for another one."""
    framed = frame(session, caller, now=now)
    return _gate(request, session, gate_id, framed, {}, None)


def _gate(
    request: Request,
    session: Session,
    gate_id: UUID,
    framed: dict[str, Any],
    typed: dict[str, Any],
    trouble: Trouble | None,
) -> Response:
    caller = framed["caller"]
    caller.require(MANAGE)
    row = block_list.gate_of(session, **scope_of(caller), gate_id=gate_id)
    titles = doors.titles(session, **scope_of(caller), gates=[gates.ref(row)])
    last = gates.last_scans(session, **scope_of(caller))
    return page(
        request,
        "org/gate.html",
        status=trouble.status if trouble else 200,
        line=line_of(row, titles, last),
        blocks=block_list.blocks_of(session, row),
        choices=block_list.choices(session, row, now=framed["now"]),
        most=blocks.MOST,
        typed=typed,
        trouble=trouble,
        **framed,
    )


@router.post(PATH + "/{gate_id}/blocks")
def reserve(gate_id: UUID, form: Annotated[BlockForm, Form()], call: StaffCall) -> Response:
    """Set passes aside for a gate."""
    call.caller.require(MANAGE)

    def work(session: Session) -> Reply:
        series_id, _, session_id = form.what.partition(":")
        blocks.reserve(
            session,
            **scope_of(call.caller),
            gate_id=gate_id,
            series_id=identity(series_id, field="what"),
            session_id=identity(session_id, field="what"),
            count=whole(form.count, field="count", low=1, high=blocks.MOST),
            keys=call.services.keyring,
            now=call.now,
        )
        return see_other(f"{PATH}/{gate_id}#blocks")

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            framed = frame(session, call.caller, now=call.now)
            return _gate(call.request, session, gate_id, framed, form.model_dump(), trouble)

    return submit(call, work, again)
