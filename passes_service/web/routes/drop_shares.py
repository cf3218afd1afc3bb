"""Shares of combined Drops: offered by the lead, accepted by the partner's own people."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.db.models import Drop, DropShare, Organizer
from passes_service.drops import reading, shares
from passes_service.drops.errors import DropStateUnfit, ShareUnfit
from passes_service.web import drop_shapes, problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.drop_plans import ShareNew
from passes_service.web.drop_shapes import DropRead
from passes_service.web.idempotency import Reply, ok

router = APIRouter(tags=["Drops"], responses=problems.declare(NotSignedIn, NotAllowed, NotFound))
_REFUSALS = problems.declare(ShareUnfit, DropStateUnfit)


class Acceptance(shapes.Body):
    """The share as the partner read it."""

    share_bp: int = Field(ge=1, le=10_000)


class OfferedShare(BaseModel):
    """A share of somebody else's Drop, as the partner sees it."""

    lead_id: UUID
    lead: str
    drop_id: UUID
    title: str
    address: str
    opens_at: datetime
    closes_at: datetime
    share_bp: int
    accepted_at: datetime | None

    @staticmethod
    def of(row: DropShare, drop: Drop, lead: Organizer) -> OfferedShare:
        """Return the shape of an offered share."""
        return OfferedShare(
            lead_id=lead.id,
            lead=lead.name,
            drop_id=drop.id,
            title=drop.title,
            address=f"/o/{lead.slug}/drops/{drop.slug}",
            opens_at=drop.opens_at,
            closes_at=drop.closes_at,
            share_bp=row.share_bp,
            accepted_at=row.accepted_at,
        )


@router.post("/api/v1/drops/{drop_id}/shares", response_model=DropRead, responses=_REFUSALS)
def offer(drop_id: UUID, body: ShareNew, call: StaffCall) -> Response:
    """Offer another organizer a share, or change it; the Drop opens once they have accepted."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        drop = _drop(session, call, drop_id)
        partner = organizers.by_slug(session, body.partner)
        shares.offer(session, drop, partner_id=partner.id, share_bp=body.share_bp, now=call.now)
        return _answer(session, drop, call)

    return call.run(work)


@router.delete(
    "/api/v1/drops/{drop_id}/shares/{partner}", response_model=DropRead, responses=_REFUSALS
)
def withdraw(drop_id: UUID, partner: str, call: StaffCall) -> Response:
    """Take a share back, as long as nobody can have bought under it."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        drop = _drop(session, call, drop_id)
        found = organizers.by_slug(session, partner)
        shares.withdraw(session, drop, partner_id=found.id, now=call.now)
        return _answer(session, drop, call)

    return call.run(work)


@router.get("/api/v1/drop-shares")
def offered(caller: CurrentStaff, session: Reading) -> list[OfferedShare]:
    """List the shares of others' Drops that your organizer was offered."""
    caller.require("catalog:read")
    return [
        OfferedShare.of(row, drop, organizers.get(session, organizer_id=drop.organizer_id))
        for row, drop in shares.offered_to(session, partner_id=caller.organizer_id)
    ]


@router.post(
    "/api/v1/drop-shares/{lead_id}/{drop_id}/accept",
    response_model=OfferedShare,
    responses=_REFUSALS,
)
def accept(lead_id: UUID, drop_id: UUID, body: Acceptance, call: StaffCall) -> Response:
    """Accept a share; only an owner or manager can, signed in. An API key cannot sign."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = shares.accept(
            session,
            lead_id=lead_id,
            drop_id=drop_id,
            caller=call.caller,
            share_bp=body.share_bp,
            now=call.now,
        )
        scope: dict[str, Any] = {"organizer_id": lead_id}
        drop = reading.get(session, **scope, drop_id=drop_id)
        return ok(OfferedShare.of(row, drop, organizers.get(session, **scope)))

    return call.run(work)


def _drop(session: Session, call: StaffCall, drop_id: UUID) -> Drop:
    return reading.get(session, organizer_id=call.caller.organizer_id, drop_id=drop_id)


def _answer(session: Session, drop: Drop, call: StaffCall) -> Reply:
    session.flush()
    return ok(drop_shapes.own(session, reading.of(session, drop), now=call.now))
