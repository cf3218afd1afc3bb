"""Gates, for whoever manages the door: made, shown as a link once, revoked at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.checkin import doors, gates
from passes_service.core import enrolment
from passes_service.core.qr_image import qr_svg
from passes_service.db.models import Gate
from passes_service.web import sealing
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, identity, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
PATH = "/org/gates"
MANAGE = "door:manage"
_MOST_NAMED = 3


class GateForm(BaseModel):
    """A gate to be made; no session ticked means every session."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(default="", max_length=300)
    sessions: list[str] = Field(default_factory=list, max_length=200)
    names: str = ""


@dataclass(frozen=True)
class Line:
    """One gate as the list shows it."""

    row: Gate
    scope: str
    fingerprint: str
    last_scan: datetime | None

    @property
    def state(self) -> str:
        """Return what it is now, by the name that chips know."""
        if self.row.revoked_at is not None:
            return "gate-revoked"
        if self.row.enrolled_at is not None:
            return "gate-enrolled"
        return "gate-used" if self.last_scan is not None else "gate-waiting"


@router.get(PATH)
def every(
    request: Request, caller: CurrentStaff, session: Reading, now: Now, at: str = ""
) -> Response:
    """List the gates, with a form for another one; `at` ticks a session."""
    return _gates(request, session, caller, now, {"sessions": [at]}, None)


def _gates(
    request: Request,
    session: Session,
    caller: Caller,
    now: datetime,
    typed: dict[str, Any],
    trouble: Trouble | None,
) -> Response:
    caller.require(MANAGE)
    rows = gates.every(session, **scope_of(caller))
    coming = doors.coming(session, **scope_of(caller), now=now)
    last = gates.last_scans(session, **scope_of(caller))
    titles = doors.titles(session, **scope_of(caller), gates=[gates.ref(row) for row in rows])
    lines = [line_of(row, titles, last) for row in rows]
    return page(
        request,
        "org/gates.html",
        status=trouble.status if trouble else 200,
        lines=[line for line in lines if line.row.revoked_at is None],
        revoked=[line for line in lines if line.row.revoked_at is not None],
        coming=coming,
        typed=typed,
        trouble=trouble,
        longest=gates.LONGEST_NAME,
        **frame(session, caller, now=now),
    )


def line_of(row: Gate, titles: dict[UUID, str], last: dict[UUID, datetime]) -> Line:
    """Return a gate as pages show it, from titles of sessions and times of last scans."""
    key = enrolment.fingerprint(row.public_key) if row.public_key else ""
    return Line(row, _scope(row, titles), key, last.get(row.id))


def _scope(row: Gate, titles: dict[UUID, str]) -> str:
    """Say for which sessions a gate scans: by name if they are few."""
    named = [titles.get(UUID(one), "a session") for one in row.session_ids.split()]
    if not named:
        return "every session"
    more = len(named) - _MOST_NAMED
    shown = ", ".join(f"“{one}”" for one in named[:_MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


@router.post(PATH)
def make(form: Annotated[GateForm, Form()], call: StaffCall) -> Response:
    """Make a gate and show its link, this once."""
    call.caller.require(MANAGE)

    def work(session: Session) -> Reply:
        made = gates.enrol(
            session,
            **scope_of(call.caller),
            name=form.name,
            session_ids=[identity(one, field="sessions") for one in form.sessions],
            may_search_names=bool(form.names),
            random=call.services.random_bytes(32),
            now=call.now,
        )
        shown = {"name": made.gate.name, "token": sealing.seal(made.token, call)}
        return Reply(201, json.dumps(shown, separators=(",", ":"), ensure_ascii=False).encode())

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _gates(call.request, session, call.caller, call.now, form.model_dump(), trouble)

    response = submit(call, work, again)
    if response.media_type != "application/json":
        return response
    made = json.loads(bytes(sealing.opened(response, call).body))
    link = f"{call.services.settings.origin}/door/enrol/{made['token']}"
    with call.services.database.reading() as session:
        framed = frame(session, call.caller, now=call.now)
    picture = Markup(qr_svg(link, label=f"Enrolment link of {made['name']}"))  # noqa: S704 - our SVG
    return page(
        call.request,
        "org/gate_link.html",
        status=201,
        name=made["name"],
        link=link,
        qr=picture,
        **framed,
    )


@router.post(PATH + "/{gate_id}/revoke")
def revoke(gate_id: UUID, call: StaffCall) -> Response:
    """Take a gate out of service at once."""
    call.caller.require(MANAGE)

    def work(session: Session) -> Reply:
        gates.revoke(session, **scope_of(call.caller), gate_id=gate_id, now=call.now)
        return see_other(PATH)

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _gates(call.request, session, call.caller, call.now, {}, trouble)

    return submit(call, work, again)
