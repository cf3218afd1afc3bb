"""Holders, found or made by staff."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlmodel import Session

from passes_service.accounts import holders
from passes_service.accounts.errors import (
    FieldRefused,
    NotAllowed,
    NotFound,
    NotSignedIn,
)
from passes_service.db.models import Holder
from passes_service.web import problems
from passes_service.web.deps import (
    CurrentStaff,
    Reading,
    StaffCall,
)
from passes_service.web.idempotency import Reply, ok
from passes_service.web.routes.logins import Email

router = APIRouter(tags=["Holders"])
Name = Annotated[str, StringConstraints(max_length=120)]


class HolderAsked(BaseModel):
    """A guest by e-mail."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    name: Name = ""


class AddressRead(BaseModel):
    """An e-mail address or a wallet of a holder."""

    id: UUID
    value: str
    verified_at: datetime | None


class HolderRead(BaseModel):
    """A holder with all addresses."""

    id: UUID
    name: str
    locale: str
    emails: list[AddressRead]
    wallets: list[AddressRead]


def read(session: Session, holder: Holder) -> HolderRead:
    """Return a holder with all addresses."""
    where = {"organizer_id": holder.organizer_id, "holder_id": holder.id}
    return HolderRead(
        id=holder.id,
        name=holder.name,
        locale=holder.locale,
        emails=[
            AddressRead(id=row.id, value=row.email, verified_at=row.verified_at)
            for row in holders.emails(session, **where)
        ],
        wallets=[
            AddressRead(id=row.id, value=row.address, verified_at=row.verified_at)
            for row in holders.wallets(session, **where)
        ],
    )


@router.post(
    "/api/v1/holders",
    response_model=HolderRead,
    responses=problems.declare(NotSignedIn, NotAllowed, FieldRefused),
)
def find_or_make(body: HolderAsked, call: StaffCall) -> Response:
    """Return the holder with an address, made if there is none; the address is not yet proved."""
    call.caller.require("passes:write")

    def work(session: Session) -> Reply:
        holder = holders.for_email(
            session,
            organizer_id=call.caller.organizer_id,
            email=body.email,
            name=body.name,
            now=call.now,
        )
        return ok(read(session, holder))

    return call.run(work)


@router.get(
    "/api/v1/holders",
    response_model=HolderRead,
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound, FieldRefused),
)
def find(
    caller: CurrentStaff,
    session: Reading,
    email: Email | None = None,
    wallet: str | None = None,
) -> HolderRead:
    """Find a holder by e-mail address or wallet."""
    caller.require("passes:read")
    found = None
    if email is not None:
        found = holders.by_email(session, organizer_id=caller.organizer_id, email=email)
    elif wallet is not None:
        found = holders.by_wallet(session, organizer_id=caller.organizer_id, address=wallet)
    else:
        raise FieldRefused("Name an e-mail address or a wallet.", field="email")
    if found is None:
        raise NotFound("There is no such holder here.")
    return read(session, found)


@router.get(
    "/api/v1/holders/{holder_id}",
    response_model=HolderRead,
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)
def one(holder_id: UUID, caller: CurrentStaff, session: Reading) -> HolderRead:
    """Return a holder; one that was joined with another account leads to that one."""
    caller.require("passes:read")
    return read(
        session, holders.get(session, organizer_id=caller.organizer_id, holder_id=holder_id)
    )
