"""Buying on chain in a browser: the rules before paying, the steps, and what the chain says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import holders, organizers
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused, NotFound, NotSignedIn
from passes_service.bootstrap import Services
from passes_service.catalog import escrow, escrow_left
from passes_service.catalog.escrow import Placed
from passes_service.chain_orders import queries, service
from passes_service.chain_orders.asking import Said
from passes_service.chain_orders.errors import NotOnSale
from passes_service.chain_orders.tickets import Bill
from passes_service.core.money import Money
from passes_service.core.pass_id import MAX_SERIAL
from passes_service.core.rules.words import plain_words
from passes_service.db.models import ChainOrder, Organizer
from passes_service.web import buying
from passes_service.web.deps import (
    CurrentHolder,
    HolderCall,
    Now,
    Reading,
    TheServices,
    holder_only,
)
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.forms import Trouble, submit, whole
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
_ASKED_AGAIN = ("unknown", "refused", "other", "allowed")
"""What leaves an order to be paid: its steps are shown again."""


@router.get("/o/{slug}/buy/{series_id}")
def offer(
    slug: str, series_id: UUID, request: Request, services: TheServices, now: Now
) -> Response:
    """Show what one pays, to whom, and every rule, before anything is ordered."""
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, slug)
        return _offer(request, session, services, organizer, series_id, _visitor(request), now=now)


def _visitor(request: Request) -> Caller | None:
    try:
        return holder_only(request)
    except NotSignedIn:
        return None


def _offer(
    request: Request,
    session: Session,
    services: Services,
    organizer: Organizer,
    series_id: UUID,
    caller: Caller | None,
    trouble: Trouble | None = None,
    typed: dict[str, str] | None = None,
    *,
    now: datetime,
) -> Response:
    found = escrow.placed(session, organizer_id=organizer.id, series_id=series_id)
    if found.series.funding != "escrow":
        raise NotFound("This Series is not sold on chain.")
    at_home = caller is not None and caller.organizer_id == organizer.id
    wallets = []
    if caller is not None and at_home:
        rows = holders.wallets(session, **scope_of(caller), holder_id=caller.id)
        wallets = [row.address for row in rows if row.verified_at is not None]
    network = services.networks.get(found.place.chain_id)
    left = escrow_left.places_left(session, found)
    return page(
        request,
        "public/buy.html",
        status=trouble.status if trouble else 200,
        caller=caller if at_home else None,
        organizer=organizer,
        found=found,
        network=network,
        left=left,
        closed=_closed(found, now),
        sections=plain_words(
            found.document, Money(found.series.price_minor, found.series.currency)
        ),
        wallets=wallets,
        wallet_choices=[(one, one) for one in wallets],
        most=min(service.MOST_AT_ONCE, left),
        minutes=int(service.LIFE.total_seconds()) // 60,
        signed_in=at_home,
        trouble=trouble,
        typed=typed or {},
        zone=organizer.time_zone,
        now=now,
    )


def _closed(found: Placed, now: datetime) -> str:
    """Return why nothing can be ordered now; empty if it can."""
    try:
        service.check_on_sale(found, now=now)
    except NotOnSale as error:
        return error.detail
    return ""


@router.post("/o/{slug}/buy/{series_id}")
def order(
    slug: str,
    series_id: UUID,
    call: HolderCall,
    services: TheServices,
    quantity: Annotated[str, Form()] = "1",
    wallet: Annotated[str, Form()] = "",
) -> Response:
    """Place the order; the page of the order says how to pay it."""
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, slug)
    if organizer.id != call.caller.organizer_id:
        raise NotFound("You are signed in with another organizer.")

    def work(session: Session) -> Reply:
        row = service.place(
            session,
            organizer_id=organizer.id,
            series_id=series_id,
            holder_id=call.caller.id,
            wallet=wallet,
            quantity=whole(quantity, field="quantity", low=1, high=service.MOST_AT_ONCE),
            random=services.random_bytes,
            now=call.now,
        )
        return see_other(f"/me/chain-orders/{row.id}")

    def again(trouble: Trouble) -> Response:
        typed = {"quantity": quantity, "wallet": wallet}
        with services.database.reading() as session:
            return _offer(
                call.request, session, services, organizer, series_id, call.caller, trouble, typed,
                now=call.now,
            )  # fmt: skip

    return submit(call, work, again)


@router.get("/me/chain-orders")
def orders(request: Request, caller: CurrentHolder, session: Reading, now: Now) -> Response:
    """List my orders."""
    rows = service.of_holder(session, **scope_of(caller), holder_id=caller.id)
    titles = {row.series_id: _titled(session, row) for row in rows}
    return page(
        request, "me/orders.html", rows=rows, titles=titles, **frame(session, caller, now=now)
    )


def _titled(session: Session, row: ChainOrder) -> str:
    found = escrow.placed(session, organizer_id=row.organizer_id, series_id=row.series_id)
    return found.series.title


@router.get("/me/chain-orders/{order_id}")
def mine(
    order_id: UUID, request: Request, caller: CurrentHolder, services: TheServices, now: Now
) -> Response:
    """Show an order: how to pay it, or what became of it. The chain is asked, not the browser."""
    return _mine(order_id, request, caller, services, None, now=now)


def _mine(
    order_id: UUID,
    request: Request,
    caller: Caller,
    services: Services,
    trouble: Trouble | None,
    *,
    now: datetime,
) -> Response:
    bill = buying.bill_of(services, caller, order_id)
    row = bill.order
    said = _said(services, row, bill)
    payable = row.state == "open" and row.deadline > now
    shown = payable and (said is None or said.status in _ASKED_AGAIN)
    ways = buying.ways(services, bill, now=now) if shown else ()
    with services.database.reading() as session:
        values: dict[str, Any] = frame(session, caller, now=now)
        passes = [(str(one), one & MAX_SERIAL) for one in queries.pass_ids(session, row)]
    return page(
        request,
        "me/order.html",
        status=trouble.status if trouble else 200,
        order=row,
        bill=bill,
        found=bill.found,
        network=services.networks.get(row.chain_id),
        said=said,
        payable=payable,
        ways=ways,
        passes=passes,
        trouble=trouble,
        **values,
    )


def _said(services: Services, row: ChainOrder, bill: Bill) -> Said | None:
    if row.told_hash is None or row.state not in ("open", "expired"):
        return None
    return buying.ask(services, bill, row.told_hash)


@router.post("/me/chain-orders/{order_id}/told")
def told(
    order_id: UUID,
    call: HolderCall,
    services: TheServices,
    transaction: Annotated[str, Form()] = "",
) -> Response:
    """Name the transaction that was sent, so that the page can say what became of it."""

    def work(session: Session) -> Reply:
        scope = {**scope_of(call.caller), "order_id": order_id}
        row = service.mine(session, **scope, holder_id=call.caller.id)
        service.tell_hash(session, row, _hash(transaction))
        return see_other(f"/me/chain-orders/{order_id}")

    def again(trouble: Trouble) -> Response:
        return _mine(order_id, call.request, call.caller, services, trouble, now=call.now)

    return submit(call, work, again)


def _hash(text: str) -> str:
    plain = text.strip().lower()
    digits = plain.removeprefix("0x")
    if not plain.startswith("0x") or len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise FieldRefused(
            "A transaction's hash is 0x and 64 hexadecimal digits.", field="transaction"
        )
    return plain
