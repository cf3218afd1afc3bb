"""Paying an order, and what providers say of it afterwards."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, StringConstraints
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.chain_orders import service as chain_orders
from passes_service.chain_orders.errors import NotOnSale, OrderOpen, WalletNotYours
from passes_service.checkout import completing, onchain, paying, placing
from passes_service.checkout.errors import (
    OrderDone,
    OrderEnded,
    OrderNotPlaced,
    PaymentAlreadyMade,
    PaymentOpen,
    SumDiffers,
    WayUnfit,
)
from passes_service.db.models import Payment
from passes_service.payments.errors import (
    CurrencyNotTaken,
    EventForged,
    EventStale,
    PaymentProviderBroken,
    PaymentProviderUnavailable,
    ProviderNotConfigured,
)
from passes_service.payments.model import PaymentAnswer
from passes_service.web import checkout, problems, shapes, told
from passes_service.web.buyers import OrderCall
from passes_service.web.deps import CurrentStaff, TheServices
from passes_service.web.idempotency import Reply, created
from passes_service.web.routes.sale_orders import PaymentRead

router = APIRouter(tags=["Checkout"], responses=problems.declare(NotFound))


class PaymentNew(shapes.Body):
    """How to pay: `intent` on a page of the shop's own, `session` on the provider's page.

    `onchain` needs the wallet that pays and gets the passes: one that the buyer has proved.
    """

    provider: Literal["free", "stripe", "external", "onchain"]
    way: Literal["intent", "session", ""] = ""
    wallet: Annotated[str, StringConstraints(min_length=42, max_length=42)] | None = None
    return_url: Annotated[str, StringConstraints(max_length=500, pattern="^https?://")] | None = (
        None
    )


class Heard(BaseModel):
    """A message was taken; `new` is false for one that came before."""

    new: bool


@router.post(
    "/api/v1/orders/{order_id}/payments",
    status_code=201,
    response_model=PaymentRead,
    responses=problems.declare(
        NotSignedIn,
        NotAllowed,
        OrderNotPlaced,
        OrderEnded,
        OrderDone,
        PaymentOpen,
        PaymentAlreadyMade,
        WayUnfit,
        SumDiffers,
        WalletNotYours,
        NotOnSale,
        OrderOpen,
        ProviderNotConfigured,
        CurrencyNotTaken,
        PaymentProviderBroken,
        PaymentProviderUnavailable,
    ),
)
def pay(order_id: UUID, body: PaymentNew, call: OrderCall, services: TheServices) -> Response:
    """Begin to pay, or go on: an order has one payment at a time, and this finds it again.

    A call whose process died goes on from the written intent; the provider is asked under the
    payment's own id, so nobody is charged twice.
    """
    organizer_id = call.caller.organizer_id
    if body.provider == "onchain":
        return call.run(lambda session: _on_chain(session, call, order_id, body.wallet or ""))
    services.provider(organizer_id, body.provider)  # refuse before anything is written

    def before(session: Session) -> Payment | Reply:
        order = placing.live(session, organizer_id=organizer_id, order_id=order_id, now=call.now)
        row = paying.start(
            session,
            order,
            provider=body.provider,
            way=(body.way or "intent") if body.provider == "stripe" else "",
            return_url=body.return_url or f"{services.settings.origin}/",
            now=call.now,
        )
        if body.provider != "free":
            return row
        return created(PaymentRead.of(checkout.settle_free(session, row, now=call.now)))

    def after(session: Session, row: Payment, answer: PaymentAnswer) -> Reply:
        fresh = paying.get(session, organizer_id=organizer_id, payment_id=row.id)
        return created(PaymentRead.of(paying.note(session, fresh, answer, now=services.clock())))

    return call.run_around(before, lambda row: checkout.ask(services, row), after)


def _on_chain(session: Session, call: OrderCall, order_id: UUID, wallet: str) -> Reply:
    """Place the order on chain that this one is paid by; its steps say what the wallet sends."""
    organizer_id = call.caller.organizer_id
    order = placing.live(session, organizer_id=organizer_id, order_id=order_id, now=call.now)
    sold = onchain.series_of(session, order)
    row = paying.start(session, order, provider=onchain.PROVIDER, way="", now=call.now)
    if not row.reference:
        placed = chain_orders.place(
            session,
            organizer_id=organizer_id,
            series_id=sold.id,
            holder_id=checkout.holder_of(order),
            wallet=wallet,
            quantity=len(completing.lines_of(session, order)),
            random=call.services.random_bytes,
            promised=True,
            now=call.now,
        )
        row = onchain.attach(session, order, row, chain_order_id=placed.id, until=placed.deadline)
    shape = PaymentRead.of(row)
    steps = f"/api/v1/chain-orders/{row.reference}/steps"
    return created(shape.model_copy(update={"client": {"steps": steps}}))


class SecretRead(BaseModel):
    """What a storefront signs its messages with; it changes with the installation's session key."""

    secret: str


@router.get("/api/v1/payments/external/secret", responses=problems.declare(NotSignedIn, NotAllowed))
def external_secret(caller: CurrentStaff, services: TheServices) -> SecretRead:
    """Read the secret of the organizer's own storefront."""
    caller.require("people:manage")
    return SecretRead(secret=services.external(caller.organizer_id).secret)


@router.post(
    "/api/v1/payments/{organizer_id}/{provider}/events",
    responses=problems.declare(EventForged, EventStale, ProviderNotConfigured),
)
async def heard(
    organizer_id: UUID,
    provider: Literal["stripe", "external"],
    request: Request,
    services: TheServices,
) -> Heard:
    """Take a provider's signed message. It is believed by its signature alone, and once."""
    body = await request.body()
    headers = dict(request.headers)
    new = await run_in_threadpool(told.take, services, organizer_id, provider, headers, body)
    return Heard(new=new)
