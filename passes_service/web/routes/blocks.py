"""Passes set aside for a gate that may have no network."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.checkin.errors import BlockRefused
from passes_service.checkin.offline import blocks
from passes_service.db.models import ReservedPass
from passes_service.passes.errors import SoldOut
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created

router = APIRouter(
    prefix="/api/v1/gates/{gate_id}/blocks",
    tags=["Door"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)
MANAGE = "door:manage"


class BlockNew(shapes.Body):
    """How many passes of a Series the gate may hand out for a session."""

    series_id: UUID
    session_id: UUID
    count: Annotated[int, Field(ge=1, le=blocks.MOST)]


class ReservedRead(shapes.Read):
    """One number: reserved, handed (out), returned, or reissued to somebody else. No code."""

    block_id: UUID
    series_id: UUID
    session_id: UUID
    serial: int
    state: str
    hand_out_until: datetime
    expires_at: datetime


class BlockRead(shapes.Read):
    """The numbers of a gate."""

    passes: list[ReservedRead]

    @staticmethod
    def of(rows: list[ReservedPass]) -> BlockRead:
        """Return the shape of reserved numbers."""
        return BlockRead(passes=[ReservedRead.model_validate(row) for row in rows])


@router.post(
    "", status_code=201, response_model=BlockRead, responses=problems.declare(BlockRefused, SoldOut)
)
def reserve(gate_id: UUID, body: BlockNew, call: StaffCall) -> Response:
    """Set passes aside. The gate fetches their codes sealed; what it keeps comes back."""
    call.caller.require(MANAGE)

    def work(session: Session) -> Reply:
        rows = blocks.reserve(
            session,
            organizer_id=call.caller.organizer_id,
            gate_id=gate_id,
            series_id=body.series_id,
            session_id=body.session_id,
            count=body.count,
            keys=call.services.keyring,
            now=call.now,
        )
        return created(BlockRead.of(list(rows)))

    return call.run(work)


@router.get("")
def every(gate_id: UUID, caller: CurrentStaff, session: Reading) -> BlockRead:
    """List every number that was ever set aside for a gate, and what became of it."""
    caller.require(MANAGE)
    rows = blocks.of_gate(session, organizer_id=caller.organizer_id, gate_id=gate_id)
    return BlockRead.of(list(rows))
