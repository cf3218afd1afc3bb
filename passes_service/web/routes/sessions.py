"""Sessions of a calendar."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BeforeValidator, Field, field_validator

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.catalog import calendars, sessions, wording
from passes_service.catalog.errors import SessionInvalid, SessionOver
from passes_service.core.localtime import TimeZoneUnknown
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import created, ok

router = APIRouter(
    prefix="/api/v1",
    tags=["Sessions"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class TextsOf(shapes.Body):
    """A session in one language; an empty text is not translated, the session's own is shown."""

    title: shapes.Text = Field(default="", max_length=wording.TRANSLATED["title"])
    description: shapes.Text = Field(default="", max_length=wording.TRANSLATED["description"])
    location: shapes.Text = Field(default="", max_length=wording.TRANSLATED["location"])


def _stored(value: object) -> object:
    """Read what a column holds as JSON."""
    return json.loads(value) if isinstance(value, str) else value


Category = Annotated[shapes.Text, Field(min_length=1, max_length=wording.LONGEST_CATEGORY)]
Categories = Annotated[list[Category], Field(max_length=wording.MOST_CATEGORIES)]
Language = Annotated[str, Field(max_length=wording.LONGEST_LANGUAGE, examples=["de", "pt-BR"])]
Texts = Annotated[dict[Language, TextsOf], Field(max_length=wording.MOST_LANGUAGES)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class SessionNew(shapes.Body):
    """A session to be. Instants carry an offset; `time_zone` says where it takes place."""

    title: shapes.Title
    starts_at: shapes.Instant
    ends_at: shapes.Instant
    time_zone: str = Field(max_length=64)
    description: shapes.Text = Field(default="", max_length=10_000)
    location: shapes.Text = Field(default="", max_length=500)
    join_link: shapes.Text = Field(default="", max_length=500, pattern=r"^(https://\S+)?$")
    all_day: bool = False
    capacity: int | None = Field(default=None, ge=1, le=1_000_000)
    categories: Categories = Field(default_factory=list)
    latitude: Latitude | None = Field(default=None, description="with longitude, or neither")
    longitude: Longitude | None = None
    texts: Texts = Field(default_factory=dict)


class SessionChange(shapes.Body):
    """What may change of a session; what is left out stays. `texts` takes the place of all."""

    title: shapes.Title | None = None
    starts_at: shapes.Instant | None = None
    ends_at: shapes.Instant | None = None
    time_zone: str | None = Field(default=None, max_length=64)
    description: shapes.Text | None = Field(default=None, max_length=10_000)
    location: shapes.Text | None = Field(default=None, max_length=500)
    join_link: shapes.Text | None = Field(default=None, max_length=500, pattern=r"^(https://\S+)?$")
    all_day: bool | None = None
    capacity: int | None = Field(default=None, ge=1, le=1_000_000)
    categories: Categories | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    texts: Texts | None = None

    @field_validator(
        "title",
        "starts_at",
        "ends_at",
        "time_zone",
        "description",
        "location",
        "join_link",
        "all_day",
        "categories",
        "texts",
        mode="before",
    )
    @classmethod
    def _is_there(cls, value: object) -> object:
        """Refuse null where there has to be a value; leaving a field out keeps it."""
        if value is None:
            raise ValueError("leave it out to keep it; null is no value")
        return value


class SessionRead(shapes.Read):
    """A session, for staff (holders see the join link on their own page only)."""

    id: UUID
    calendar_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    description: str
    location: str
    join_link: str
    all_day: bool
    capacity: int | None
    categories: Annotated[list[str], BeforeValidator(_stored)]
    latitude: float | None
    longitude: float | None
    texts: Annotated[dict[str, TextsOf], BeforeValidator(_stored)]
    status: str
    sequence: int


@router.post(
    "/calendars/{calendar_id}/sessions",
    status_code=201,
    response_model=SessionRead,
    responses=problems.declare(SessionInvalid, TimeZoneUnknown),
)
def create(calendar_id: UUID, body: SessionNew, call: StaffCall) -> Response:
    """Add a session to a calendar."""
    call.caller.require("catalog:write")
    return call.run(
        lambda session: created(
            SessionRead.model_validate(
                sessions.create(
                    session,
                    organizer_id=call.caller.organizer_id,
                    calendar_id=calendar_id,
                    details=sessions.Details(**body.model_dump()),
                    now=call.now,
                )
            )
        )
    )


@router.get("/calendars/{calendar_id}/sessions")
def every(calendar_id: UUID, caller: CurrentStaff, session: Reading) -> list[SessionRead]:
    """List the sessions of a calendar in order of time."""
    caller.require("catalog:read")
    calendars.get(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    rows = sessions.of_calendar(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    return [SessionRead.model_validate(row) for row in rows]


@router.get("/sessions/{session_id}")
def read(session_id: UUID, caller: CurrentStaff, session: Reading) -> SessionRead:
    """Read one session."""
    caller.require("catalog:read")
    row = sessions.get(session, organizer_id=caller.organizer_id, session_id=session_id)
    return SessionRead.model_validate(row)


@router.patch(
    "/sessions/{session_id}",
    response_model=SessionRead,
    responses=problems.declare(SessionInvalid, SessionOver, TimeZoneUnknown),
)
def change(session_id: UUID, body: SessionChange, call: StaffCall) -> Response:
    """Change or move a session; holders are told of a move and may have a window to give up."""
    call.caller.require("catalog:write")
    organizer_id = call.caller.organizer_id
    typed = body.model_dump(exclude_unset=True)
    return call.run(
        lambda session: ok(
            SessionRead.model_validate(
                sessions.amend(
                    session,
                    organizer_id=organizer_id,
                    session_id=session_id,
                    fields=typed,
                    now=call.now,
                )
            )
        )
    )


@router.post(
    "/sessions/{session_id}/cancel",
    response_model=SessionRead,
    responses=problems.declare(SessionOver),
)
def cancel(session_id: UUID, call: StaffCall) -> Response:
    """Cancel a session; what the Terms guarantee is owed from now on, and its sale closes."""
    call.caller.require("catalog:write")
    return call.run(
        lambda session: ok(
            SessionRead.model_validate(
                sessions.cancel(
                    session,
                    organizer_id=call.caller.organizer_id,
                    session_id=session_id,
                    now=call.now,
                )
            )
        )
    )


@router.post(
    "/sessions/{session_id}/reinstate",
    response_model=SessionRead,
    responses=problems.declare(SessionOver),
)
def reinstate(session_id: UUID, call: StaffCall) -> Response:
    """Bring a cancelled session back; what its cancellation owes stays owed."""
    call.caller.require("catalog:write")
    return call.run(
        lambda session: ok(
            SessionRead.model_validate(
                sessions.reinstate(
                    session,
                    organizer_id=call.caller.organizer_id,
                    session_id=session_id,
                    now=call.now,
                )
            )
        )
    )
