"""What a calendar is called, its colour and picture, and whether everybody can subscribe to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from passes_service.accounts import fields
from passes_service.accounts.callers import Caller
from passes_service.catalog import calendars, colors
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, block, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


class LookForm(BaseModel):
    """What was typed; an unticked box is not sent at all."""

    model_config = ConfigDict(extra="ignore")

    name: str = ""
    description: str = ""
    color: str = ""
    image_url: str = ""
    public: str = ""


@router.get("/org/calendars/{calendar_id}/look")
def look(
    calendar_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Show these as a form."""
    caller.require("catalog:write")
    return _form(request, caller, session, calendar_id, None, None, now=now)


def _form(
    request: Request,
    caller: Caller,
    session: Session,
    calendar_id: UUID,
    trouble: Trouble | None,
    form: LookForm | None,
    *,
    now: datetime,
) -> Response:
    found = calendars.get(session, **scope_of(caller), calendar_id=calendar_id)
    typed = form or LookForm(
        name=found.name,
        description=found.description,
        color=found.color,
        image_url=found.image_url,
        public="yes" if found.public else "",
    )
    others = () if typed.color in ("", *colors.OFFERED) else (typed.color,)
    return page(
        request,
        "org/calendar_look.html",
        status=trouble.status if trouble else 200,
        calendar=found,
        offered=(*colors.OFFERED, *others),
        typed=typed,
        trouble=trouble,
        **frame(session, caller, now=now),
    )


@router.post("/org/calendars/{calendar_id}/look")
def change(calendar_id: UUID, call: StaffCall, form: Annotated[LookForm, Form()]) -> Response:
    """Change them; public feeds follow at once."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = calendars.change(
            session,
            organizer_id=call.caller.organizer_id,
            calendar_id=calendar_id,
            name=fields.line(form.name, field="name", longest=160),
            description=block(form.description, field="description", longest=4000),
            color=form.color.strip().lower(),
            image_url=form.image_url.strip(),
            public=bool(form.public),
        )
        return see_other(f"/org/calendars/{row.id}")

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _form(
                call.request, call.caller, session, calendar_id, trouble, form, now=call.now
            )

    return submit(call, work, again)
