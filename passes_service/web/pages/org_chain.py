"""On chain: the organizer's contract, its books, and transactions for the owner's own wallet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused
from passes_service.bootstrap import Services
from passes_service.catalog import chain_due, contracts, escrow, terms
from passes_service.catalog import series as catalog_series
from passes_service.catalog.chain_due import Due
from passes_service.catalog.escrow import Placed
from passes_service.catalog.live import LiveContract
from passes_service.chain.networks import Network
from passes_service.chain_orders import strays
from passes_service.core import localtime
from passes_service.core.errors import DomainError
from passes_service.core.money import MoneyInvalid, parse_money
from passes_service.db.models import ChainContract, ChainCursor, Series
from passes_service.metadata import refresh
from passes_service.web import chain_acts, chain_calls
from passes_service.web.chain_acts import Wanted
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, identity, local_time, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
_TIMES = ("closes_at", "doors_at", "ends_at")
_PLAIN = ("series_id", "owner", "cap", "window_hours", "currency", "portion", "to", "pause_hours")


@dataclass(frozen=True)
class Desk:
    """One chain as the page shows it."""

    network: Network
    contract: ChainContract | None
    cursor: ChainCursor | None
    series: list[Placed]
    due: dict[UUID, list[Due]]
    may_follow: list[Series]
    live: LiveContract | None
    trouble: DomainError | None
    stale: int


@router.get("/org/chain")
def show(request: Request, caller: CurrentStaff, services: TheServices, now: Now) -> Response:
    """Show each chain that is served here."""
    caller.require("catalog:read")
    return _show(request, caller, services, None, {}, now=now)


def _show(
    request: Request,
    caller: Caller,
    services: Services,
    trouble: Trouble | None,
    typed: Mapping[str, str],
    *,
    now: datetime,
) -> Response:
    with services.database.reading() as session:
        desks = [_desk(session, caller, one) for one in services.networks.values()]
        values = frame(session, caller, now=now)
    return page(
        request,
        "org/chain.html",
        status=trouble.status if trouble else 200,
        desks=[_asked(services, one) for one in desks],
        trouble=trouble,
        typed=typed,
        **values,
    )


def _desk(session: Session, caller: Caller, network: Network) -> Desk:
    scope = scope_of(caller)
    placed = escrow.every(session, **scope)
    taken = {found.series.id for found in placed}
    free = [
        row
        for row in catalog_series.every(session, **scope)
        if row.id not in taken
        and row.closed_at is None
        and terms.get(session, **scope, terms_hash=row.terms_hash).claimable
    ]
    here = [found for found in placed if found.place.chain_id == network.chain_id]
    return Desk(
        network,
        contracts.find(session, **scope, chain_id=network.chain_id),
        session.get(ChainCursor, network.chain_id),
        here,
        {found.series.id: chain_due.due(session, found) for found in here},
        free,
        None,
        None,
        len(refresh.stale(session, **scope, chain_id=network.chain_id)),
    )


def _asked(services: Services, desk: Desk) -> Desk:
    if desk.contract is None:
        return desk
    said = chain_calls.live(services, desk.contract, desk.series)
    live, trouble = (None, said) if isinstance(said, DomainError) else (said, None)
    return replace(desk, live=live, trouble=trouble)


@router.post("/org/chain/{chain_id}/bind")
def bind(
    chain_id: int, call: StaffCall, services: TheServices, address: Annotated[str, Form()] = ""
) -> Response:
    """Bind the contract that a wallet has made."""
    call.caller.require("catalog:write")

    def again(trouble: Trouble) -> Response:
        typed = {"address": address, "chain_id": str(chain_id)}
        return _show(call.request, call.caller, services, trouble, typed, now=call.now)

    try:
        clone, born = contracts.seen(
            services.node(chain_id), organizer_id=call.caller.organizer_id, address=address.strip()
        )
    except DomainError as error:
        return again(Trouble.of(error))

    def work(session: Session) -> Reply:
        contracts.bind(session, chain_id=chain_id, clone=clone, first_block=born, now=call.now)
        return see_other("/org/chain")

    return submit(call, work, again)


@router.post("/org/chain/{chain_id}/series")
def follow(
    chain_id: int, call: StaffCall, services: TheServices, series_id: Annotated[str, Form()] = ""
) -> Response:
    """Let the passes of a Series of the book be claimed on a chain."""
    call.caller.require("catalog:write")
    network = chain_calls.network_of(services, chain_id)

    def work(session: Session) -> Reply:
        escrow.put_on_chain(
            session,
            organizer_id=call.caller.organizer_id,
            series_id=identity(series_id, field="series_id"),
            network=network,
            now=call.now,
        )
        return see_other(f"/org/chain#s-{series_id}")

    def again(trouble: Trouble) -> Response:
        return _show(call.request, call.caller, services, trouble, {}, now=call.now)

    return submit(call, work, again)


@router.get("/org/chain/{chain_id}/send")
def send(
    chain_id: int, request: Request, caller: CurrentStaff, services: TheServices, now: Now
) -> Response:
    """Show a transaction for the owner's wallet: what it does, and what the contract would say."""
    caller.require("catalog:write")
    network = chain_calls.network_of(services, chain_id)
    typed = dict(request.query_params)
    try:
        wanted = _wanted(services, caller, typed)
        found, sender = chain_acts.prepare(services, network, caller.organizer_id, wanted)
    except DomainError as error:
        if error.kind.value not in ("invalid", "conflict"):
            raise
        return _show(request, caller, services, Trouble.of(error), typed, now=now)
    with services.database.reading() as session:
        values = frame(session, caller, now=now)
    return page(
        request,
        "org/chain_send.html",
        network=network,
        found=found,
        sender=sender,
        refused=chain_acts.refused(services, found, sender),
        **values,
    )


def _wanted(services: Services, caller: Caller, typed: Mapping[str, str]) -> Wanted:
    """Read what the forms of the page send: local times, amounts as people type them.

    Raises:
        FieldRefused: A field does not fit.
    """
    with services.database.reading() as session:
        zone = organizers.get(session, organizer_id=caller.organizer_id).time_zone
    given: dict[str, Any] = {"act": typed.get("act", "")}
    given |= {name: typed[name].strip() for name in _PLAIN if typed.get(name, "").strip()}
    for name in _TIMES:
        if typed.get(name):
            given[name] = localtime.instant(local_time(typed[name], field=name), zone)
    if typed.get("amount"):
        try:
            money = parse_money(typed["amount"], typed.get("currency", ""))
        except MoneyInvalid as error:
            raise FieldRefused(error.detail, field="amount") from error
        given["amount_minor"] = str(money.minor)
    try:
        return Wanted.model_validate(given)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise FieldRefused(f"“{field}” does not fit.", field=field) from None


@router.get("/org/chain-orders")
def orders(
    request: Request, caller: CurrentStaff, session: Reading, services: TheServices, now: Now
) -> Response:
    """List orders, and purchases that no order was made for."""
    caller.require("passes:read")
    scope = scope_of(caller)
    rows = strays.every(session, **scope)
    return page(
        request,
        "org/orders.html",
        rows=rows,
        titles={row.id: row.title for row in catalog_series.every(session, **scope)},
        strays=strays.strays(session, **scope),
        networks=services.networks,
        **frame(session, caller, now=now),
    )
