"""Editions: Series under one published cap and one numbering."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.db.models import Edition
from passes_service.drops import editions
from passes_service.drops.errors import DropInvalid, EditionUnfit
from passes_service.drops.texts import MOST_PLACES
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(
    prefix="/api/v1/editions",
    tags=["Drops"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class EditionNew(shapes.Body):
    """An Edition to be: at most `cap` passes, over all of its Series."""

    calendar_id: UUID
    title: shapes.Title = Field(max_length=160)
    cap: int = Field(ge=1, le=MOST_PLACES)


class Attached(shapes.Body):
    """The Series that becomes the next step."""

    series_id: UUID


class StepRead(BaseModel):
    """A Series of an Edition with the numbers that its passes have."""

    series_id: UUID
    title: str
    first_number: int
    last_number: int


class EditionRead(BaseModel):
    """An Edition with its steps; it can be sold once their caps add up to `cap`."""

    id: UUID
    calendar_id: UUID
    title: str
    cap: int
    complete: bool
    steps: list[StepRead]


@router.post(
    "",
    status_code=201,
    response_model=EditionRead,
    responses=problems.declare(DropInvalid, FieldRefused),
)
def create(body: EditionNew, call: StaffCall) -> Response:
    """Publish how many passes an Edition will ever have."""
    call.caller.require("catalog:write")
    return call.run(
        lambda session: created(
            _read(
                session,
                editions.create(
                    session,
                    organizer_id=call.caller.organizer_id,
                    **body.model_dump(),
                    now=call.now,
                ),
            )
        )
    )


@router.get("")
def every(caller: CurrentStaff, session: Reading) -> list[EditionRead]:
    """List the organizer's Editions, newest first."""
    caller.require("catalog:read")
    rows = editions.every(session, organizer_id=caller.organizer_id)
    return [_read(session, row) for row in rows]


@router.get("/{edition_id}")
def read(edition_id: UUID, caller: CurrentStaff, session: Reading) -> EditionRead:
    """Read one Edition."""
    caller.require("catalog:read")
    row = editions.get(session, organizer_id=caller.organizer_id, edition_id=edition_id)
    return _read(session, row)


@router.post(
    "/{edition_id}/series", response_model=EditionRead, responses=problems.declare(EditionUnfit)
)
def attach(edition_id: UUID, body: Attached, call: StaffCall) -> Response:
    """Make a Series the next step; its numbers follow those before, and then never change."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        scope = {"organizer_id": call.caller.organizer_id, "edition_id": edition_id}
        editions.attach(session, **scope, series_id=body.series_id)
        return ok(_read(session, editions.get(session, **scope)))

    return call.run(work)


def _read(session: Session, row: Edition) -> EditionRead:
    steps = editions.series_of(session, row)
    return EditionRead(
        id=row.id,
        calendar_id=row.calendar_id,
        title=row.title,
        cap=row.cap,
        complete=sum(step.cap for step in steps) == row.cap,
        steps=[
            StepRead(
                series_id=step.id,
                title=step.title,
                first_number=step.edition_offset + 1,
                last_number=step.edition_offset + step.cap,
            )
            for step in steps
        ],
    )
