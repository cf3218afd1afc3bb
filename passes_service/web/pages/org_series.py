"""Series: open one from published Terms with a price, see what is left, close it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.bootstrap import Services
from passes_service.catalog import calendars, escrow, terms
from passes_service.catalog import series as catalog_series
from passes_service.chain.networks import Network
from passes_service.core.errors import DomainError
from passes_service.core.money import Money, MoneyInvalid, parse_money
from passes_service.web import chain_calls
from passes_service.web.deps import (
    CurrentStaff,
    Now,
    Reading,
    StaffCall,
    TheServices,
    services_of,
)
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import CURRENCIES, Trouble, submit, whole
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/org/series")
def every(
    request: Request,
    caller: CurrentStaff,
    session: Reading,
    now: Now,
    terms_hash: str = "",
) -> Response:
    """List the Series and offer to open one."""
    caller.require("catalog:read")
    return _list(request, caller, session, None, {"terms_hash": terms_hash}, now=now)


def _list(
    request: Request,
    caller: Caller,
    session: Session,
    trouble: Trouble | None,
    typed: dict[str, str],
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    names = {row.id: row.name for row in calendars.every(session, **scope)}
    documents = []
    for calendar_id, name in names.items():
        for row in terms.of_calendar(session, **scope, calendar_id=calendar_id):
            known = terms.get(session, **scope, terms_hash=row.terms_hash)
            where = ", money in the contract" if known.funding == "escrow" else ""
            label = f"{known.title}, {known.cap:,} passes, {name}{where} ({row.terms_hash[:10]}…)"
            documents.append((row.terms_hash, label))
    return page(
        request,
        "org/series.html",
        status=trouble.status if trouble else 200,
        series=catalog_series.every(session, **scope),
        names=names,
        documents=documents,
        currencies=[(code, code) for code in CURRENCIES],
        places=_places(request),
        trouble=trouble,
        typed=typed,
        **frame(session, caller, now=now),
    )


def _places(request: Request) -> list[tuple[str, str]]:
    """Return where a Series may be sold; nothing but here where no chain is connected."""
    networks = services_of(request).networks
    return [
        ("", "By you: card, free, storefront"),
        *((str(one.chain_id), f"By your contract on {one.name}") for one in networks.values()),
    ]


@router.post("/org/series")
def create(
    call: StaffCall,
    services: TheServices,
    terms_hash: Annotated[str, Form()] = "",
    price: Annotated[str, Form()] = "",
    currency: Annotated[str, Form()] = "",
    chain_id: Annotated[str, Form()] = "",
    ticketed: Annotated[str, Form()] = "",
) -> Response:
    """Open a Series; one that is sold on chain is asked of the contract first."""
    call.caller.require("catalog:write")
    typed = {
        "terms_hash": terms_hash,
        "price": price,
        "currency": currency,
        "chain_id": chain_id,
        "ticketed": ticketed,
    }

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _list(call.request, call.caller, session, trouble, typed, now=call.now)

    scope: dict[str, Any] = {"organizer_id": call.caller.organizer_id, "terms_hash": terms_hash}
    try:
        scope["price"] = _money(price, currency)
        network = _asked(services, scope, chain_id, ticketed == "yes")
    except DomainError as error:
        return again(Trouble.of(error))

    def work(session: Session) -> Reply:
        try:
            row = (
                catalog_series.open_series(session, **scope, now=call.now)
                if network is None
                else escrow.open_series(
                    session, **scope, network=network, ticketed=ticketed == "yes", now=call.now
                ).series
            )
        except NotFound as error:
            raise FieldRefused("Choose published Terms.", field="terms_hash") from error
        return see_other(f"/org/series#s-{row.id}" if network is None else f"/org/chain#s-{row.id}")

    return submit(call, work, again)


def _money(price: str, currency: str) -> Money:
    try:
        return parse_money(price, currency)
    except MoneyInvalid as error:
        field = error.members.get("field", "price")
        raise FieldRefused(error.detail, field=field) from error


def _asked(
    services: Services, scope: dict[str, Any], chain_id: str, ticketed: bool
) -> Network | None:
    """Return the chain that a Series shall be sold on, once its contract would take it."""
    if not chain_id:
        return None
    number = whole(chain_id, field="chain_id", low=1, high=2**53)
    try:
        return chain_calls.check_series(services, **scope, chain_id=number, ticketed=ticketed)
    except NotFound as error:
        raise FieldRefused("Choose published Terms.", field="terms_hash") from error


@router.post("/org/series/{series_id}/close")
def close(series_id: UUID, call: StaffCall) -> Response:
    """Stop issuing; passes already out keep every promise."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        catalog_series.close(
            session,
            organizer_id=call.caller.organizer_id,
            series_id=series_id,
            now=call.now,
        )
        return see_other("/org/series")

    return call.run(work)
