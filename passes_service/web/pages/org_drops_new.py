"""A new Drop: one form, from one Series for everybody to an Edition with an early phase."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.callers import Caller
from passes_service.catalog import series as catalog_series
from passes_service.db.models import Series
from passes_service.drops import audiences, queue, scheduling
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.org_drops_form import EARLY, SELL, DropForm, plan_from
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/org/drops/new")
def blank(
    request: Request, caller: CurrentStaff, session: Reading, now: Now, series: str = ""
) -> Response:
    """Show the form; a Series that is named has its row filled in."""
    caller.require("catalog:write")
    form = DropForm()
    for row in _sellable(session, caller).values():
        if str(row.id) == series:
            form = DropForm(title=row.title, series_id=[series], quantity=[str(row.left)])
            form.price = [""]
    return _form(request, caller, session, form, None, now=now)


@router.post("/org/drops/new")
def create(call: StaffCall, form: Annotated[DropForm, Form()]) -> Response:
    """Schedule the Drop."""
    call.caller.require("catalog:write")
    scope = scope_of(call.caller)

    def work(session: Session) -> Reply:
        zone = organizers.get(session, **scope).time_zone
        plan = plan_from(form, _sellable(session, call.caller), zone=zone)
        drop = scheduling.schedule(session, **scope, plan=plan, now=call.now)
        if plan.waiting_room:
            queue.open_room(session, drop, random=call.services.random_bytes, now=call.now)
        return see_other(f"/org/drops/{drop.id}")

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _form(call.request, call.caller, session, form, trouble, now=call.now)

    return submit(call, work, again)


def _sellable(session: Session, caller: Caller) -> dict[UUID, Series]:
    """Return the Series that a Drop can sell from, oldest first, as the steps of an Edition are."""
    rows = reversed(catalog_series.every(session, **scope_of(caller)))
    return {
        row.id: row
        for row in rows
        if row.funding == "external" and row.closed_at is None and row.left > 0
    }


def _form(
    request: Request,
    caller: Caller,
    session: Session,
    form: DropForm,
    trouble: Trouble | None,
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    known = catalog_series.every(session, **scope)
    lists = [
        (str(row.id), f"{row.name} ({size})") for row, size in audiences.every(session, **scope)
    ]
    return page(
        request,
        "org/drop_new.html",
        status=trouble.status if trouble else 200,
        sellable=list(_sellable(session, caller).values()),
        typed=form,
        rows=form.rows(),
        ways=SELL,
        early=[way for way in EARLY if lists or way[0] != "allow_list"],
        lists=lists,
        passes=[(str(row.id), row.title) for row in known],
        trouble=named(trouble),
        **frame(session, caller, now=now),
    )


_FIELDS = {"opens_at": "opens", "closes_at": "closes"}


def named(trouble: Trouble | None) -> Trouble | None:
    """Return the refusal under the name that its field has in this form."""
    if trouble is None:
        return None
    field = trouble.field.partition("[")[0]
    return Trouble(**{**vars(trouble), "field": _FIELDS.get(field, field)})
