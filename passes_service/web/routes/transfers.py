"""Transfers: a holder offers, another accepts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotFound, NotSignedIn
from passes_service.accounts.recipients import recipient_of
from passes_service.db.models import TransferOffer
from passes_service.passes import directory, queries
from passes_service.passes.errors import PassMoved
from passes_service.passes.queries import Held
from passes_service.transfers import service
from passes_service.transfers.errors import AlreadyOffered, OfferEnded, TransferRefused
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading
from passes_service.web.idempotency import Call, Reply, created, ok

router = APIRouter(
    prefix="/api/v1/me", tags=["Transfers"], responses=problems.declare(NotSignedIn, NotFound)
)


class OfferNew(shapes.Body):
    """To whom: an e-mail address, or a wallet address (0x...)."""

    recipient: shapes.Text = Field(min_length=3, max_length=254)
    note: shapes.Text = Field(default="", max_length=300)


class OfferRead(BaseModel):
    """A pass held out to someone: which one, under which Terms, until when."""

    id: UUID
    pass_id: str
    title: str
    number: str
    terms_hash: str
    recipient: str
    state: str
    note: str
    expires_at: datetime

    @staticmethod
    def of(row: TransferOffer, held: Held) -> OfferRead:
        """Return the shape of an offer."""
        return OfferRead(
            id=row.id,
            pass_id=str(held.row.pass_id),
            title=held.series.title,
            number=held.label,
            terms_hash=held.series.terms_hash,
            recipient=row.recipient,
            state=row.state,
            note=row.note,
            expires_at=row.expires_at,
        )


@router.post(
    "/passes/{pass_id}/offers",
    status_code=201,
    response_model=OfferRead,
    responses=problems.declare(TransferRefused, AlreadyOffered),
)
def offer(pass_id: str, body: OfferNew, call: HolderCall) -> Response:
    """Hold my pass out to someone; it stays mine until they accept."""
    number = shapes.pass_number(pass_id)
    recipient = recipient_of(body.recipient)
    return _answer(
        call,
        lambda session: service.offer(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            pass_id=number,
            recipient=recipient,
            text=body.note,
            now=call.now,
        ),
        201,
    )


@router.get("/offers")
def every(
    caller: CurrentHolder, session: Reading, now: Now, way: Literal["in", "out"] = "in"
) -> list[OfferRead]:
    """List open offers to me, or from me."""
    rows = service.offers_of(
        session, organizer_id=caller.organizer_id, holder_id=caller.id, way=way, now=now
    )
    passes = directory.by_rows(
        session, organizer_id=caller.organizer_id, ids=[row.pass_row_id for row in rows]
    )
    return [OfferRead.of(row, passes[row.pass_row_id]) for row in rows]


@router.post(
    "/offers/{offer_id}/accept",
    response_model=shapes.PassRead,
    responses=problems.declare(OfferEnded, TransferRefused, PassMoved),
)
def accept(offer_id: UUID, call: HolderCall) -> Response:
    """Take the pass; the old holder's code dies at once. Refunds still go to who paid."""

    def work(session: Session) -> Reply:
        row = service.accept(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            offer_id=offer_id,
            now=call.now,
        )
        held = queries.by_pass_id(session, organizer_id=row.organizer_id, pass_id=row.pass_id)
        return ok(shapes.PassRead.of(held))

    return call.run(work)


@router.post(
    "/offers/{offer_id}/decline",
    response_model=OfferRead,
    responses=problems.declare(OfferEnded),
)
def decline(offer_id: UUID, call: HolderCall) -> Response:
    """Say no; the pass stays where it is."""
    return _answer(
        call,
        lambda session: service.decline(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            offer_id=offer_id,
            now=call.now,
        ),
        200,
    )


@router.post(
    "/offers/{offer_id}/withdraw",
    response_model=OfferRead,
    responses=problems.declare(OfferEnded),
)
def withdraw(offer_id: UUID, call: HolderCall) -> Response:
    """Take my offer back."""
    return _answer(
        call,
        lambda session: service.withdraw(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            offer_id=offer_id,
            now=call.now,
        ),
        200,
    )


def _answer(call: Call, act: Callable[[Session], TransferOffer], status: int) -> Response:
    def work(session: Session) -> Reply:
        row = act(session)
        passes = directory.by_rows(session, organizer_id=row.organizer_id, ids=[row.pass_row_id])
        return created(OfferRead.of(row, passes[row.pass_row_id]), status=status)

    return call.run(work)
