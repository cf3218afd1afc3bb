"""Lists of people that the phases of Drops read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.db.models import Audience
from passes_service.drops import audiences
from passes_service.drops.errors import AudienceInUse
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(
    prefix="/api/v1/audiences",
    tags=["Drops"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)
Addresses = Annotated[
    list[Annotated[str, Field(max_length=300)]],
    Field(
        max_length=audiences.MOST_AT_ONCE,
        description="e-mail addresses and wallets; all of them are put on, or none",
        examples=[["fan@example.org", "0x52908400098527886E0F7030069857D2E4169EE7"]],
    ),
]


class AudienceNew(shapes.Body):
    """A list to be, with people on it if some are named."""

    name: shapes.Title = Field(max_length=120)
    addresses: Addresses = Field(default_factory=list)


class AudienceChange(shapes.Body):
    """Who is put on a list, and who is taken off (after that)."""

    put_on: Addresses = Field(default_factory=list)
    take_off: Addresses = Field(default_factory=list)


class AudienceRead(BaseModel):
    """A list of people, by how many are on it."""

    id: UUID
    name: str
    size: int
    created_at: datetime

    @staticmethod
    def of(row: Audience, size: int) -> AudienceRead:
        """Return the shape of a list."""
        return AudienceRead(id=row.id, name=row.name, size=size, created_at=row.created_at)


@router.post(
    "", status_code=201, response_model=AudienceRead, responses=problems.declare(FieldRefused)
)
def create(body: AudienceNew, call: StaffCall) -> Response:
    """Create a list: a phase of kind cohort or allow_list lets in who is on it."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = audiences.create(
            session,
            organizer_id=call.caller.organizer_id,
            name=body.name,
            addresses=body.addresses,
            now=call.now,
        )
        return created(AudienceRead.of(row, audiences.size(session, row)))

    return call.run(work)


@router.get("")
def every(caller: CurrentStaff, session: Reading) -> list[AudienceRead]:
    """List the organizer's lists, newest first."""
    caller.require("catalog:read")
    rows = audiences.every(session, organizer_id=caller.organizer_id)
    return [AudienceRead.of(*row) for row in rows]


@router.get("/{audience_id}/members")
def members(
    audience_id: UUID,
    caller: CurrentStaff,
    session: Reading,
    after: Annotated[str, Query(max_length=254, description="the last address you have")] = "",
    limit: shapes.Page = 100,
) -> list[str]:
    """Read who is on a list, in order of spelling. Needs the right to read passes: it is people."""
    caller.require("passes:read")
    row = audiences.get(session, organizer_id=caller.organizer_id, audience_id=audience_id)
    return list(audiences.members(session, row, after=after, limit=limit))


@router.patch(
    "/{audience_id}", response_model=AudienceRead, responses=problems.declare(FieldRefused)
)
def change(audience_id: UUID, body: AudienceChange, call: StaffCall) -> Response:
    """Put people on a list or take them off; open phases follow at once."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = audiences.get(session, organizer_id=call.caller.organizer_id, audience_id=audience_id)
        audiences.put_on(session, row, body.put_on)
        audiences.take_off(session, row, body.take_off)
        return ok(AudienceRead.of(row, audiences.size(session, row)))

    return call.run(work)


@router.delete("/{audience_id}", status_code=204, responses=problems.declare(AudienceInUse))
def remove(audience_id: UUID, call: StaffCall) -> Response:
    """Delete a list with all who are on it, unless a Drop that is not over reads it."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        audiences.remove(session, organizer_id=call.caller.organizer_id, audience_id=audience_id)
        return Reply(204, media_type="")

    return call.run(work)
