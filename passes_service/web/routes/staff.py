"""Staff: who works here, in which role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlmodel import Session

from passes_service.accounts import staff
from passes_service.accounts.errors import (
    AlreadyStaff,
    FieldRefused,
    LastOwner,
    NotAllowed,
    NotFound,
    NotSignedIn,
)
from passes_service.db.models import StaffMember
from passes_service.web import problems
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(prefix="/api/v1/staff", tags=["Staff"])
Role = Literal["owner", "manager", "door", "finance", "viewer"]


class Invitation(BaseModel):
    """Someone to add to the team."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    role: Role


class RoleChange(BaseModel):
    """A member's new role."""

    model_config = ConfigDict(extra="forbid")

    role: Role


class MemberRead(BaseModel):
    """A present member of staff."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime


@router.post(
    "",
    status_code=201,
    response_model=MemberRead,
    responses=problems.declare(NotSignedIn, NotAllowed, FieldRefused, AlreadyStaff),
)
def invite(body: Invitation, call: StaffCall) -> Response:
    """Add someone to the team; a link to sign in is mailed to them."""

    def work(session: Session) -> Reply:
        member = staff.invite(session, caller=call.caller, now=call.now, **body.model_dump())
        return created(MemberRead.model_validate(member), f"/api/v1/staff/{member.id}")

    return call.run(work)


@router.get(
    "", response_model=list[MemberRead], responses=problems.declare(NotSignedIn, NotAllowed)
)
def listed(caller: CurrentStaff, session: Reading) -> Sequence[StaffMember]:
    """List the team."""
    return staff.every(session, caller=caller)


@router.patch(
    "/{member_id}",
    response_model=MemberRead,
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound, LastOwner),
)
def change(member_id: UUID, body: RoleChange, call: StaffCall) -> Response:
    """Give a member another role; it counts from their next request on."""

    def work(session: Session) -> Reply:
        member = staff.change_role(session, caller=call.caller, member_id=member_id, role=body.role)
        return ok(MemberRead.model_validate(member))

    return call.run(work)


@router.delete(
    "/{member_id}",
    status_code=204,
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound, LastOwner),
)
def remove(member_id: UUID, call: StaffCall) -> Response:
    """Take a member off the team; their browsers are out at once."""

    def work(session: Session) -> Reply:
        staff.remove(session, caller=call.caller, member_id=member_id, now=call.now)
        return Reply(204, media_type="")

    return call.run(work)
