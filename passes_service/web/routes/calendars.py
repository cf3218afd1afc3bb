"""Calendars and the files that fill them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.catalog import calendars, importing
from passes_service.catalog.ics_import import Skipped
from passes_service.catalog.ics_import.errors import (
    ImportBroken,
    ImportTooLarge,
    ImportZoneNeeded,
    ImportZoneUnknown,
)
from passes_service.core.localtime import TimeZoneUnknown
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import created, ok

router = APIRouter(
    prefix="/api/v1/calendars",
    tags=["Calendars"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


PUBLIC = "sessions can be read and subscribed to by everybody, at `/o/{slug}/calendars/{id}.ics`"
Color = Annotated[str, Field(max_length=30, examples=["seagreen"], description="a name of CSS3")]
ImageUrl = Annotated[str, Field(max_length=300, pattern=r"^(https://[!-~]+)?$")]

NAMED = 200


class CalendarNew(shapes.Body):
    """A season to be."""

    name: shapes.Text = Field(min_length=1, max_length=160)
    time_zone: str = Field(max_length=64, examples=["Europe/Berlin"])
    description: shapes.Text = Field(default="", max_length=5000)
    color: Color = ""
    image_url: ImageUrl = ""
    public: bool = Field(default=False, description=PUBLIC)


class CalendarChange(shapes.Body):
    """What may change of a calendar."""

    name: shapes.Text | None = Field(default=None, min_length=1, max_length=160)
    description: shapes.Text | None = Field(default=None, max_length=5000)
    color: Color | None = None
    image_url: ImageUrl | None = None
    public: bool | None = Field(default=None, description=PUBLIC)


class CalendarRead(shapes.Read):
    """A season."""

    id: UUID
    name: str
    time_zone: str
    description: str
    color: str
    image_url: str
    public: bool
    created_at: datetime


class SkippedRead(shapes.Read):
    """An entry of the file that brought nothing, and why."""

    reason_code: str
    reason: str
    uid: str
    line: int | None


class NoteRead(shapes.Read):
    """What was decided where the file leaves room or contradicts itself; nothing was lost."""

    code: str
    text: str
    uid: str
    line: int | None


class ImportRead(shapes.Read):
    """What an import did, or with `dry_run` would do. At most 200 skipped entries are named."""

    created: int
    changed: int
    cancelled: int
    unchanged: int
    skipped: list[SkippedRead]
    skipped_in_all: int
    notes: list[NoteRead]
    dry_run: bool = False


@router.post(
    "",
    status_code=201,
    response_model=CalendarRead,
    responses=problems.declare(TimeZoneUnknown, FieldRefused),
)
def create(body: CalendarNew, call: StaffCall) -> Response:
    """Create a calendar."""
    call.caller.require("catalog:write")
    return call.run(
        lambda session: created(
            CalendarRead.model_validate(
                calendars.create(
                    session,
                    organizer_id=call.caller.organizer_id,
                    **body.model_dump(),
                    now=call.now,
                )
            )
        )
    )


@router.get("")
def every(caller: CurrentStaff, session: Reading) -> list[CalendarRead]:
    """List the organizer's calendars, newest first."""
    caller.require("catalog:read")
    rows = calendars.every(session, organizer_id=caller.organizer_id)
    return [CalendarRead.model_validate(row) for row in rows]


@router.get("/{calendar_id}")
def read(calendar_id: UUID, caller: CurrentStaff, session: Reading) -> CalendarRead:
    """Read one calendar."""
    caller.require("catalog:read")
    row = calendars.get(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    return CalendarRead.model_validate(row)


@router.patch(
    "/{calendar_id}", response_model=CalendarRead, responses=problems.declare(FieldRefused)
)
def change(calendar_id: UUID, body: CalendarChange, call: StaffCall) -> Response:
    """Change what a calendar is called, looks like, and whether it is public; feeds follow."""
    call.caller.require("catalog:write")
    return call.run(
        lambda session: ok(
            CalendarRead.model_validate(
                calendars.change(
                    session,
                    organizer_id=call.caller.organizer_id,
                    calendar_id=calendar_id,
                    **body.model_dump(),
                )
            )
        )
    )


async def _file(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/{calendar_id}/imports",
    response_model=ImportRead,
    responses=problems.declare(ImportBroken, ImportTooLarge, ImportZoneNeeded, ImportZoneUnknown),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/calendar": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def import_file(
    calendar_id: UUID,
    call: StaffCall,
    file: Annotated[bytes, Depends(_file)],
    zone: Annotated[str | None, Query(description="IANA zone of times that name none")] = None,
    dry_run: Annotated[bool, Query(description="only say what would happen")] = False,
) -> Response:
    """Import an .ics file (the body): all of it or nothing; the same file again changes nothing."""
    call.caller.require("catalog:write")
    common = {"organizer_id": call.caller.organizer_id, "calendar_id": calendar_id}
    if dry_run:
        with call.services.database.reading() as session:
            plan = importing.plan(session, **common, body=file, floating_zone=zone, now=call.now)
        found = plan.changes
        report = importing.Report(
            len(found.created),
            len(found.changed),
            len(found.cancelled),
            len(found.unchanged),
            found.skipped,
            plan.found.notes,
        )
        return ok(_import_read(report, dry_run=True)).response()
    return call.run(
        lambda session: ok(
            _import_read(
                importing.apply(session, **common, body=file, floating_zone=zone, now=call.now)
            )
        )
    )


def _import_read(report: importing.Report, *, dry_run: bool = False) -> ImportRead:
    return ImportRead(
        created=report.created,
        changed=report.changed,
        cancelled=report.cancelled,
        unchanged=report.unchanged,
        skipped=[_skipped(one) for one in report.skipped[:NAMED]],
        skipped_in_all=len(report.skipped),
        notes=[NoteRead.model_validate(one) for one in report.notes[:NAMED]],
        dry_run=dry_run,
    )


def _skipped(one: Skipped) -> SkippedRead:
    return SkippedRead.model_validate(one)
