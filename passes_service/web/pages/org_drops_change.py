"""What an organizer can still change of a Drop: its words, its limit, its times."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from passes_service.accounts import fields, organizers
from passes_service.accounts.callers import Caller
from passes_service.db.models import Drop
from passes_service.drops import changing, reading
from passes_service.drops.texts import LONGEST_SUMMARY, MOST_PER_HOLDER
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.filters import local_input
from passes_service.web.pages.forms import Trouble, block, submit, whole
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.org_drops_form import instant
from passes_service.web.pages.org_drops_new import named
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


class ChangeForm(BaseModel):
    """What was typed."""

    model_config = ConfigDict(extra="ignore")

    title: str = ""
    opens: str = ""
    closes: str = ""
    per_holder: str = ""
    summary: str = ""
    proof: str = ""
    image_url: str = ""
    unlisted: str = ""

    @classmethod
    def of(cls, drop: Drop, zone: str) -> ChangeForm:
        """Return the form as the Drop is."""
        return cls(
            title=drop.title,
            opens=local_input(drop.opens_at, zone),
            closes=local_input(drop.closes_at, zone),
            per_holder=str(drop.per_holder),
            summary=drop.summary,
            proof=drop.proof,
            image_url=drop.image_url,
            unlisted="" if drop.listed else "yes",
        )

    def stated(self, drop: Drop, zone: str) -> dict[str, Any]:
        """Return what was typed; a time that reads as before is as before, to the second."""
        before = ChangeForm.of(drop, zone)
        found: dict[str, Any] = {
            "title": fields.line(self.title, field="title", longest=160),
            "per_holder": whole(self.per_holder, field="per_holder", low=1, high=MOST_PER_HOLDER),
            "summary": block(self.summary, field="summary", longest=LONGEST_SUMMARY),
            "proof": fields.line(self.proof, field="proof", longest=300, shortest=0),
            "image_url": self.image_url.strip(),
            "listed": not self.unlisted,
        }
        if self.opens and self.opens != before.opens:
            found["opens_at"] = instant(self.opens, zone, "opens")
        if self.closes != before.closes:
            found["closes_at"] = instant(self.closes, zone, "closes")
        return found


@router.get("/org/drops/{drop_id}/change")
def form(
    drop_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Show what can still change."""
    caller.require("catalog:write")
    return _form(request, caller, session, drop_id, None, None, now=now)


@router.post("/org/drops/{drop_id}/change")
def change(drop_id: UUID, call: StaffCall, typed: Annotated[ChangeForm, Form()]) -> Response:
    """Change it; calendars follow."""
    call.caller.require("catalog:write")
    scope = {**scope_of(call.caller), "drop_id": drop_id}

    def work(session: Session) -> Reply:
        zone = organizers.get(session, organizer_id=call.caller.organizer_id).time_zone
        stated = typed.stated(reading.get(session, **scope), zone)
        changing.change(session, **scope, stated=stated, now=call.now)
        return see_other(f"/org/drops/{drop_id}")

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _form(call.request, call.caller, session, drop_id, typed, trouble, now=call.now)

    return submit(call, work, again)


def _form(
    request: Request,
    caller: Caller,
    session: Session,
    drop_id: UUID,
    typed: ChangeForm | None,
    trouble: Trouble | None,
    *,
    now: datetime,
) -> Response:
    shop = reading.load(session, **scope_of(caller), drop_id=drop_id)
    shown = frame(session, caller, now=now)
    return page(
        request,
        "org/drop_change.html",
        status=trouble.status if trouble else 200,
        drop=shop.drop,
        held=shop.held,
        opened=now >= shop.drop.opens_at,
        over=shop.state(now) in ("closed", "settled"),
        typed=typed or ChangeForm.of(shop.drop, shown["zone"]),
        trouble=named(trouble),
        **shown,
    )
