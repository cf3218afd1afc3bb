"""What a door did, in figures and as a table."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.checkin import report
from passes_service.checkin.outcome import ScanCode
from passes_service.checkin.report import DoorReport
from passes_service.checkin.table import table
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading

router = APIRouter(
    prefix="/api/v1/sessions/{session_id}",
    tags=["Door"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class GateFigures(shapes.Read):
    """What one gate did; `alone` is how many of its scans it decided without a network."""

    name: str
    admitted: int
    refused: int
    alone: int
    first: datetime
    last: datetime


class StepFigures(shapes.Read):
    """Admissions and refusals in a stretch of time of `step_seconds`."""

    starts_at: datetime
    admitted: int
    refused: int


class SideRead(shapes.Read):
    """One entry; `alone` if its gate had no network then."""

    gate: str
    at: datetime
    alone: bool


class ConflictRead(shapes.Read):
    """An entry that does not count, and the one that does where another entry is the reason."""

    code: ScanCode
    series: str
    serial: int | None
    entry: SideRead
    stands: SideRead | None


class DoorReportRead(shapes.Read):
    """A session's door in figures; `no_shows` are usable passes that were not used.

    Entries of a log that forked, or that came from a revoked gate, are kept and let nobody in.
    """

    expected: int
    came: int
    no_shows: int
    entries: int
    left: int
    annulled: int
    forced: int
    typed: int
    alone: int
    refused: int
    refusals: dict[ScanCode, int]
    gates: list[GateFigures]
    step_seconds: int
    over_time: list[StepFigures]
    conflicts: list[ConflictRead]
    forked: int
    quarantined: int

    @staticmethod
    def of(found: DoorReport) -> DoorReportRead:
        """Return the shape of a report."""
        return DoorReportRead(
            **{name: getattr(found, name) for name in _PLAIN},
            refusals=dict(found.refusals),
            gates=[GateFigures.model_validate(one) for one in found.gates],
            step_seconds=int(found.step.total_seconds()),
            over_time=[StepFigures.model_validate(one) for one in found.over_time],
            conflicts=[ConflictRead.model_validate(one) for one in found.conflicts],
            forked=found.odd.forked,
            quarantined=found.odd.quarantined,
        )


_PLAIN = (
    *("expected", "came", "no_shows", "entries", "left"),
    *("annulled", "forced", "typed", "alone", "refused"),
)


@router.get("/door-report")
def door_report(session_id: UUID, caller: CurrentStaff, session: Reading) -> DoorReportRead:
    """Tell what happened at the door so far: who came, when, at which gate, what was refused."""
    caller.require("passes:read")
    found = report.of_session(session, organizer_id=caller.organizer_id, session_id=session_id)
    return DoorReportRead.of(found)


@router.get(
    "/scans.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "one row per scan"}},
)
def scans(session_id: UUID, caller: CurrentStaff, session: Reading) -> Response:
    """Return every scan of a session as a table. No names are in it, only passes."""
    caller.require("passes:read")
    found = report.of_session(session, organizer_id=caller.organizer_id, session_id=session_id)
    return Response(
        table(found.lines),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="scans-{session_id}.csv"',
            "Cache-Control": "no-store",
        },
    )
