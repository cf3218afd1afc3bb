"""Calendar links: one secret address per device, shown once, replaced or removed alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Response
from pydantic import BaseModel
from sqlmodel import Session

from passes_service.accounts import fields
from passes_service.feeds import links
from passes_service.web.deps import HolderCall
from passes_service.web.idempotency import Call, Reply, ok, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame
from passes_service.web.pages.rendering import page
from passes_service.web.sealing import opened, seal

router = APIRouter(include_in_schema=False)
_HOME = "/me#calendar"


class _Made(BaseModel):
    label: str
    token: str


@router.post("/me/calendar-links")
def create(call: HolderCall, label: Annotated[str, Form()] = "") -> Response:
    """Make a link for one more device and show its address, once."""

    def make(session: Session) -> links.NewLink:
        return links.create(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            label=fields.line(label, field="label", longest=80, shortest=0),
            random=call.services.random_bytes(32),
            now=call.now,
        )

    return _show(call, make)


@router.post("/me/calendar-links/{link_id}/rotate")
def rotate(link_id: UUID, call: HolderCall) -> Response:
    """Replace one device's address and show the new one, once."""

    def make(session: Session) -> links.NewLink:
        return links.rotate(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            random=call.services.random_bytes(32),
            now=call.now,
        )

    return _show(call, make)


@router.post("/me/calendar-links/{link_id}/remove")
def remove(link_id: UUID, call: HolderCall) -> Response:
    """Remove one link; its calendar shows a quiet notice from then on."""

    def work(session: Session) -> Reply:
        links.remove(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            now=call.now,
        )
        return see_other(_HOME)

    return call.run(work)


def _show(call: Call, make: Callable[[Session], links.NewLink]) -> Response:
    def work(session: Session) -> Reply:
        made = make(session)
        # What is kept for a replay holds the address sealed, see web.sealing.
        return ok(_Made(label=made.row.label, token=seal(made.path, call)))

    response = submit(call, work, lambda trouble: _refused(call, trouble))
    if response.media_type != "application/json":
        return response
    made = _Made.model_validate_json(bytes(opened(response, call).body))
    origin = call.services.settings.origin
    webcal = f"webcal://{origin.partition('://')[2]}{made.token}"
    with call.services.database.reading() as session:
        values = frame(session, call.caller, now=call.now)
    return page(
        call.request,
        "me/link.html",
        label=made.label,
        https=f"{origin}{made.token}",
        webcal=webcal,
        google="https://calendar.google.com/calendar/r?cid=" + quote(webcal, safe=""),
        **values,
    )


def _refused(call: Call, trouble: Trouble) -> Response:
    with call.services.database.reading() as session:
        values = frame(session, call.caller, now=call.now)
    return page(
        call.request, "me/link_refused.html", status=trouble.status, trouble=trouble, **values
    )
