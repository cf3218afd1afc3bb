"""The door of a session, for its organizer: who came, when, where, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response

from passes_service.checkin import report
from passes_service.checkin.outcome import ScanCode
from passes_service.checkin.report import DoorReport
from passes_service.web.deps import CurrentStaff, Now, Reading
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
WIDTH, HEIGHT, FOOT = 640, 160, 2
REFUSALS = {
    ScanCode.DUPLICATE: "had come in already",
    ScanCode.REVOKED: "no longer a pass: refunded, withdrawn or given away",
    ScanCode.UNKNOWN: "not a pass of ours",
    ScanCode.WRONG_SESSION: "a pass for other sessions",
    ScanCode.TOO_EARLY: "before the doors opened",
    ScanCode.TOO_LATE: "after the end",
    ScanCode.STALE: "an old code of a pass that was renewed or changed hands",
    ScanCode.BAD_SIGNATURE: "a code that nobody here signed",
    ScanCode.EXPIRED: "a code past its time",
    ScanCode.MALFORMED: "not a door code at all",
    ScanCode.FULL: "the room was full",
    ScanCode.NOT_INSIDE: "at the exit, without having come in",
}


@dataclass(frozen=True)
class Bar:
    """One step of the plot, in its own units; `y` counts from the top."""

    x: float
    width: float
    admitted_y: float
    admitted_height: float
    refused_y: float
    refused_height: float


@router.get("/org/sessions/{session_id}/door")
def door(
    session_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Show the report of a session's door."""
    caller.require("passes:read")
    found = report.of_session(session, **scope_of(caller), session_id=session_id)
    return page(
        request,
        "org/door.html",
        report=found,
        row=found.session,
        bars=bars(found),
        refusal_words=REFUSALS,
        most=max((one.admitted + one.refused for one in found.over_time), default=0),
        size=(WIDTH, HEIGHT + FOOT, HEIGHT),
        **frame(session, caller, now=now),
    )


def bars(found: DoorReport) -> list[Bar]:
    """Return the plot: one bar per step, refusals on top of admissions."""
    most = max((one.admitted + one.refused for one in found.over_time), default=0)
    if most == 0:
        return []
    width = WIDTH / len(found.over_time)
    unit = HEIGHT / most
    made = []
    for number, one in enumerate(found.over_time):
        admitted, refused = one.admitted * unit, one.refused * unit
        made.append(
            Bar(
                x=round(number * width, 2),
                width=round(max(1.0, width - 2), 2),
                admitted_y=round(HEIGHT - admitted, 2),
                admitted_height=round(admitted, 2),
                refused_y=round(HEIGHT - admitted - refused, 2),
                refused_height=round(refused, 2),
            )
        )
    return made
