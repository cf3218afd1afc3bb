"""Passes: find, issue, see the history, re-issue, withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import fields, holders
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.catalog import series as catalog_series
from passes_service.core import pass_id as numbers
from passes_service.core.money import MoneyInvalid, parse_money
from passes_service.drops import editions
from passes_service.passes import directory, queries
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.transfers import queries as offers
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages.forms import Trouble, identity, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/org/passes")
def find(
    request: Request,
    caller: CurrentStaff,
    session: Reading,
    now: Now,
    q: str = "",
    series: str = "",
    before: str = "",
) -> Response:
    """Find passes by number, name or e-mail, and offer to issue one."""
    caller.require("passes:read")
    asked = {"q": q, "series": series, "before": before}
    return _list(request, caller, session, asked, None, {"series_id": series}, now=now)


def _list(
    request: Request,
    caller: Caller,
    session: Session,
    asked: dict[str, str],
    trouble: Trouble | None,
    typed: dict[str, str],
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    found = queries.search(
        session,
        **scope,
        text="".join(char for char in asked["q"][:200] if char.isprintable()),
        series_id=identity(asked["series"], field="series") if asked["series"] else None,
        before=identity(asked["before"], field="before") if asked["before"] else None,
    )
    sold = catalog_series.every(session, **scope)
    return page(
        request,
        "org/passes.html",
        status=trouble.status if trouble else 200,
        found=found,
        more=found[-1].row.id if len(found) == queries.PAGE else None,
        people=directory.names(session, **scope, ids=[held.row.holder_id for held in found]),
        asked=asked,
        series=sold,
        open_series=[row for row in sold if row.closed_at is None and row.left],
        trouble=trouble,
        typed=typed,
        **frame(session, caller, now=now),
    )


@router.post("/org/passes")
def issue(
    call: StaffCall,
    services: TheServices,
    series_id: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    paid: Annotated[str, Form()] = "",
) -> Response:
    """Issue the next pass of a Series to an e-mail address."""
    call.caller.require("passes:write")
    scope = scope_of(call.caller)

    def work(session: Session) -> Reply:
        series = catalog_series.get(
            session, **scope, series_id=identity(series_id, field="series_id")
        )
        holder = holders.for_email(
            session,
            **scope,
            email=email,
            name=fields.line(name, field="name", longest=120, shortest=0),
            now=call.now,
        )
        row = passes.issue(
            session,
            **scope,
            series_id=series.id,
            holder_id=holder.id,
            paid_minor=_paid(paid, series.currency),
            actor=call.caller.actor,
            now=call.now,
        )
        return see_other(f"/org/passes/{row.pass_id}")

    def again(trouble: Trouble) -> Response:
        typed = {"series_id": series_id, "email": email, "name": name, "paid": paid}
        asked = {"q": "", "series": "", "before": ""}
        with services.database.reading() as session:
            return _list(call.request, call.caller, session, asked, trouble, typed, now=call.now)

    return submit(call, work, again)


def _paid(text: str, currency: str) -> int | None:
    if not text.strip():
        return None
    try:
        return parse_money(text, currency).minor
    except MoneyInvalid as error:
        raise FieldRefused(error.detail, field="paid_minor") from error


@router.get("/org/passes/{pass_id}")
def one(
    pass_id: str, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Show a pass and everything that happened to it."""
    caller.require("passes:read")
    return _show(request, caller, session, pass_id, None, {}, now=now)


def _show(
    request: Request,
    caller: Caller,
    session: Session,
    pass_id: str,
    trouble: Trouble | None,
    typed: dict[str, str],
    *,
    now: datetime,
) -> Response:
    held = _held(session, caller, pass_id)
    scope = scope_of(caller)
    values: dict[str, Any] = frame(session, caller, now=now)
    return page(
        request,
        "org/pass.html",
        status=trouble.status if trouble else 200,
        held=held,
        edition=editions.number_of(session, held.row, held.series),
        people=directory.names(session, **scope, ids=[held.row.holder_id, held.row.payer_id]),
        events=queries.history(session, **scope, pass_row_id=held.row.id),
        offers=offers.of_pass(session, **scope, pass_row_id=held.row.id),
        quote=refunds.quote(session, held, now=now),
        trouble=trouble,
        typed=typed,
        **values,
    )


def _held(session: Session, caller: Caller, text: str) -> Held:
    try:
        number = numbers.parse_decimal(text)
    except numbers.PassIdMalformed as error:
        raise NotFound("There is no such pass here.") from error
    return queries.by_pass_id(session, organizer_id=caller.organizer_id, pass_id=number)


@router.post("/org/passes/{pass_id}/reissue")
def reissue(pass_id: str, call: StaffCall, services: TheServices) -> Response:
    """Make every code shown before worthless; the pass stays with its holder."""
    call.caller.require("passes:write")

    def work(session: Session) -> Reply:
        held = _held(session, call.caller, pass_id)
        passes.reissue(session, held.row, actor=call.caller.actor, now=call.now)
        return see_other(f"/org/passes/{pass_id}")

    return submit(call, work, lambda trouble: _again(call, services, pass_id, trouble, {}))


@router.post("/org/passes/{pass_id}/void")
def void(
    pass_id: str, call: StaffCall, services: TheServices, reason: Annotated[str, Form()] = ""
) -> Response:
    """Withdraw a pass, with a reason that its holder can read."""
    call.caller.require("passes:write")

    def work(session: Session) -> Reply:
        held = _held(session, call.caller, pass_id)
        passes.void(
            session,
            held.row,
            reason=fields.line(reason, field="reason", longest=300),
            actor=call.caller.actor,
            now=call.now,
        )
        return see_other(f"/org/passes/{pass_id}")

    typed = {"reason": reason}
    return submit(call, work, lambda trouble: _again(call, services, pass_id, trouble, typed))


def _again(
    call: Call, services: TheServices, pass_id: str, trouble: Trouble, typed: dict[str, str]
) -> Response:
    with services.database.reading() as session:
        return _show(call.request, call.caller, session, pass_id, trouble, typed, now=call.now)
