"""Importing a calendar file: preview first, then the very same bytes, all or nothing."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused
from passes_service.catalog import calendars, importing
from passes_service.catalog.ics_import import tally
from passes_service.core.errors import DomainError
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame
from passes_service.web.pages.rendering import page
from passes_service.web.pages.session_form import ZONES

router = APIRouter(include_in_schema=False)
MOST_ROWS, MOST_REASONS, MOST_AGAIN = 200, 20, 200_000
WHOLE = 15  # window bits of zlib's own format


@router.get("/org/calendars/{calendar_id}/import")
def start(
    calendar_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Ask for a file or its text."""
    caller.require("catalog:write")
    return _ask(request, caller, session, calendar_id, None, {}, now=now)


def _ask(
    request: Request,
    caller: Caller,
    session: Session,
    calendar_id: UUID,
    trouble: Trouble | None,
    typed: dict[str, str],
    *,
    now: datetime,
) -> Response:
    calendar = calendars.get(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    return page(
        request,
        "org/import.html",
        status=trouble.status if trouble else 200,
        calendar=calendar,
        zones=ZONES,
        trouble=trouble,
        typed=typed,
        **frame(session, caller, now=now),
    )


@router.post("/org/calendars/{calendar_id}/import/preview")
def preview(
    calendar_id: UUID,
    request: Request,
    caller: CurrentStaff,
    session: Reading,
    now: Now,
    file: Annotated[UploadFile | None, File()] = None,
    text: Annotated[str, Form()] = "",
    floating_zone: Annotated[str, Form()] = "",
) -> Response:
    """Show what an import would do; nothing is changed yet."""
    caller.require("catalog:write")
    calendar = calendars.get(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    body = file.file.read() if file is not None and file.size else text.encode()
    try:
        if not body.strip():
            raise FieldRefused("Choose a file, or paste its text.", field="text")
        plan = importing.plan(
            session,
            organizer_id=caller.organizer_id,
            calendar_id=calendar_id,
            body=body,
            floating_zone=floating_zone.strip() or None,
            now=now,
        )
    except DomainError as error:
        trouble = Trouble.of(error)
        typed = {"text": _again(body), "floating_zone": floating_zone}
        return _ask(request, caller, session, calendar_id, trouble, typed, now=now)
    return page(
        request,
        "org/import_preview.html",
        calendar=calendar,
        plan=plan,
        reasons=tally(plan.changes.skipped)[:MOST_REASONS],
        most=MOST_ROWS,
        packed=pack(body),
        floating_zone=floating_zone.strip(),
        **frame(session, caller, now=now),
    )


@router.post("/org/calendars/{calendar_id}/import")
def apply(
    calendar_id: UUID,
    call: StaffCall,
    services: TheServices,
    packed: Annotated[str, Form()] = "",
    floating_zone: Annotated[str, Form()] = "",
) -> Response:
    """Import what the preview showed."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        report = importing.apply(
            session,
            organizer_id=call.caller.organizer_id,
            calendar_id=calendar_id,
            body=unpack(packed, most=services.settings.max_body_bytes),
            floating_zone=floating_zone or None,
            now=call.now,
        )
        counts = f"{report.created}-{report.changed}-{report.cancelled}"
        return see_other(f"/org/calendars/{calendar_id}?imported={counts}")

    def again(trouble: Trouble) -> Response:
        typed = {"text": "", "floating_zone": floating_zone}
        with services.database.reading() as session:
            return _ask(
                call.request, call.caller, session, calendar_id, trouble, typed, now=call.now
            )

    return submit(call, work, again)


def _again(body: bytes) -> str:
    """Return a file as text to be corrected, or nothing where a form would damage or swell it."""
    if len(body) > MOST_AGAIN or b"\0" in body:
        return ""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return ""


def pack(body: bytes) -> str:
    """Return bytes as a form can carry them unchanged; browsers rewrite line ends in text."""
    return urlsafe_b64encode(zlib.compress(body)).decode()


def unpack(text: str, *, most: int) -> bytes:
    """Return the bytes behind `pack`, or refuse what unpacks to more than `most`."""
    try:
        unpacker = zlib.decompressobj(WHOLE)
        body = unpacker.decompress(urlsafe_b64decode(text), most)
    except (ValueError, zlib.error) as error:
        raise FieldRefused(
            "Choose the file again and look at its preview.", field="text"
        ) from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise FieldRefused("Choose a smaller file and look at its preview.", field="text")
    return body
