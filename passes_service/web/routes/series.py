"""Series, and issuing from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.catalog import calendars, escrow, series
from passes_service.catalog.errors import (
    ContractMissing,
    CurrencyNotServed,
    CurrencyUnfit,
    EscrowNotHere,
    EscrowOnly,
    PriceTooLarge,
    RefusedOnChain,
    SaleOnChain,
    SeriesClosed,
    SeriesInDrop,
    TermsSold,
    TermsUnfit,
)
from passes_service.chain.errors import ChainUnknown, NodeUnavailable
from passes_service.core.money import Money, MoneyInvalid
from passes_service.db.models import Series
from passes_service.passes import service
from passes_service.passes.errors import PaidTooMuch, SaleClosed, SoldOut
from passes_service.passes.queries import Held
from passes_service.web import chain_calls, problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(
    prefix="/api/v1/series",
    tags=["Series"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class SeriesNew(shapes.Body):
    """A Series to be: cap, title and type are those of the Terms.

    Terms with escrow need the chain to sell on; `ticketed` demands an order with a held place.
    """

    terms_hash: str = Field(pattern=r"^0x[0-9a-f]{64}$")
    price_minor: int = Field(ge=0, le=10**30, description="list price in minor units")
    currency: str = Field(min_length=3, max_length=4)
    chain_id: int | None = None
    ticketed: bool = False


class SeriesRead(BaseModel):
    """One kind of pass, and how many are left."""

    id: UUID
    calendar_id: UUID
    series_no: str
    title: str
    pass_type: str
    terms_hash: str
    price: shapes.MoneyRead
    funding: str
    cap: int
    issued: int
    left: int
    closed_at: datetime | None

    @staticmethod
    def of(row: Series) -> SeriesRead:
        """Return the shape of a Series."""
        return SeriesRead(
            id=row.id,
            calendar_id=row.calendar_id,
            series_no=str(row.series_no),
            title=row.title,
            pass_type=row.pass_type,
            terms_hash=row.terms_hash,
            price=shapes.MoneyRead.of(row.price_minor, row.currency),
            funding=row.funding,
            cap=row.cap,
            issued=row.issued,
            left=0 if row.closed_at else row.left,
            closed_at=row.closed_at,
        )


class PassNew(shapes.Body):
    """Whom to issue to, and what they paid."""

    holder_id: UUID
    paid_minor: int | None = Field(
        default=None, ge=0, le=10**30, description="after discounts; default: the list price"
    )
    provider: str | None = Field(
        default=None, pattern="^(free|external)$", description="who took the money"
    )


@router.post(
    "",
    status_code=201,
    response_model=SeriesRead,
    responses=problems.declare(
        EscrowNotHere,
        EscrowOnly,
        CurrencyUnfit,
        MoneyInvalid,
        TermsUnfit,
        TermsSold,
        ChainUnknown,
        ContractMissing,
        CurrencyNotServed,
        PriceTooLarge,
        RefusedOnChain,
        NodeUnavailable,
    ),
)
def open_series(body: SeriesNew, call: StaffCall) -> Response:
    """Open a Series under published Terms.

    One with escrow is asked of the contract first, and then waits for the organizer's wallet to
    create it on chain.
    """
    call.caller.require("catalog:write")
    scope: dict[str, Any] = {
        "organizer_id": call.caller.organizer_id,
        "terms_hash": body.terms_hash,
        "price": Money(body.price_minor, body.currency),
    }
    if body.chain_id is None:
        return call.run(
            lambda session: created(
                SeriesRead.of(series.open_series(session, **scope, now=call.now))
            )
        )
    finished = call.finished()
    if finished is not None:
        return finished
    network = chain_calls.check_series(
        call.services, **scope, chain_id=body.chain_id, ticketed=body.ticketed
    )
    return call.run(
        lambda session: created(
            SeriesRead.of(
                escrow.open_series(
                    session, **scope, network=network, ticketed=body.ticketed, now=call.now
                ).series
            )
        )
    )


@router.get("")
def every(
    caller: CurrentStaff, session: Reading, calendar_id: UUID | None = None
) -> list[SeriesRead]:
    """List Series, newest first."""
    caller.require("catalog:read")
    if calendar_id is not None:
        calendars.get(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    rows = series.every(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    return [SeriesRead.of(row) for row in rows]


@router.get("/{series_id}")
def read(series_id: UUID, caller: CurrentStaff, session: Reading) -> SeriesRead:
    """Read one Series."""
    caller.require("catalog:read")
    return SeriesRead.of(series.get(session, organizer_id=caller.organizer_id, series_id=series_id))


@router.post(
    "/{series_id}/close",
    response_model=SeriesRead,
    responses=problems.declare(SaleOnChain, SeriesInDrop),
)
def close(series_id: UUID, call: StaffCall) -> Response:
    """Stop issuing from a Series; issued passes keep every promise."""
    call.caller.require("catalog:write")
    return call.run(
        lambda session: ok(
            SeriesRead.of(
                series.close(
                    session,
                    organizer_id=call.caller.organizer_id,
                    series_id=series_id,
                    now=call.now,
                )
            )
        )
    )


@router.post(
    "/{series_id}/passes",
    status_code=201,
    response_model=shapes.PassRead,
    responses=problems.declare(SoldOut, SeriesClosed, SaleClosed, PaidTooMuch),
)
def issue(series_id: UUID, body: PassNew, call: StaffCall) -> Response:
    """Issue the next pass of a Series to a holder; never above the cap."""
    call.caller.require("passes:write")

    def work(session: Session) -> Reply:
        organizer_id = call.caller.organizer_id
        row = service.issue(
            session,
            organizer_id=organizer_id,
            series_id=series_id,
            holder_id=body.holder_id,
            paid_minor=body.paid_minor,
            provider=body.provider,
            actor=call.caller.actor,
            now=call.now,
        )
        sold = series.get(session, organizer_id=organizer_id, series_id=series_id)
        return created(
            shapes.PassRead.of(Held(row, sold)), location=f"/api/v1/passes/{row.pass_id}"
        )

    return call.run(work)
