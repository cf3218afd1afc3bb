"""Orders: name the buyer, see the price line by line, pay, follow."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.checkout import completing, ending, paying, placing
from passes_service.checkout.errors import (
    BuyerMissing,
    CouponUnfit,
    CurrencyNotOffered,
    LimitReached,
    OrderDone,
    OrderEnded,
    PaymentOpen,
    PriceChanged,
)
from passes_service.db.models import Order, OrderLine, Pass, Payment
from passes_service.web import buyers, checkout, problems, shapes
from passes_service.web.buyers import CurrentOrder, OrderCall
from passes_service.web.deps import IdempotencyKey, Now, Reading, TheServices
from passes_service.web.idempotency import Call, Reply, created, ok, open_call
from passes_service.web.routes import holds

router = APIRouter(tags=["Checkout"], responses=problems.declare(NotSignedIn, NotAllowed, NotFound))
NAMING = (
    BuyerMissing,
    FieldRefused,
    CurrencyNotOffered,
    CouponUnfit,
    PriceChanged,
    LimitReached,
    PaymentOpen,
    OrderEnded,
    OrderDone,
)


class Buyer(shapes.Body):
    """Who gets the passes and on what terms; `expected_total` is what they were shown."""

    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    name: Annotated[shapes.Text, Field(max_length=120)] = ""
    currency: Annotated[str, StringConstraints(max_length=4, to_upper=True)] | None = None
    coupon: Annotated[shapes.Text, Field(max_length=40)] = ""
    expected_total: Annotated[str, Field(pattern="^[0-9]{1,40}$")] | None = None


class OrderNew(Buyer, holds.HoldNew):
    """A hold and its buyer in one call."""


class PriceLineRead(BaseModel):
    """One line of the price; those that count add up to the total."""

    code: str
    words: str
    amount: str
    counts: bool


class OrderLineRead(BaseModel):
    """One pass of an order: its list price, what is paid for it, the rules it is sold under."""

    series_id: UUID
    terms_hash: str
    list_price: shapes.MoneyRead
    paid: shapes.MoneyRead
    taxes: list[dict[str, Any]]
    pass_id: str | None


class PaymentRead(BaseModel):
    """A payment. `client` is what the payer's browser needs: a secret of this payment, or a url."""

    id: UUID
    provider: str
    way: str
    state: str
    amount: shapes.MoneyRead
    error_code: str
    error: str
    client: dict[str, str]

    @staticmethod
    def of(row: Payment) -> PaymentRead:
        """Return the shape of a payment."""
        return PaymentRead(
            id=row.id,
            provider=row.provider,
            way=row.way,
            state=row.state,
            amount=shapes.MoneyRead.of(row.amount_minor, row.currency),
            error_code=row.error_code,
            error=row.error,
            client=json.loads(row.client) if row.state in paying.OPEN else {},
        )


class OrderRead(BaseModel):
    """An order: held, placed, completed; or expired, cancelled, returned with `end_reason`."""

    id: UUID
    drop_id: UUID
    offer_id: UUID
    state: str
    quantity: int
    hold_until: datetime
    total: shapes.MoneyRead | None
    price_lines: list[PriceLineRead]
    lines: list[OrderLineRead]
    payments: list[PaymentRead]
    end_reason: str
    created_at: datetime
    completed_at: datetime | None

    @staticmethod
    def of(session: Session, row: Order) -> OrderRead:
        """Return the shape of an order with its lines and payments."""
        placed = bool(row.currency)
        price = json.loads(row.price)
        return OrderRead(
            id=row.id,
            drop_id=row.drop_id,
            offer_id=row.offer_id,
            state=row.state,
            quantity=row.quantity,
            hold_until=row.hold_until,
            total=shapes.MoneyRead.of(row.total_minor, row.currency) if placed else None,
            price_lines=[PriceLineRead(**line) for line in price.get("lines", [])],
            lines=[_line(session, row, line) for line in completing.lines_of(session, row)],
            payments=[PaymentRead.of(one) for one in paying.of_order(session, row)],
            end_reason=row.end_reason,
            created_at=row.created_at,
            completed_at=row.completed_at,
        )


def _line(session: Session, order: Order, line: OrderLine) -> OrderLineRead:
    issued = None
    if line.pass_row_id is not None:
        issued = session.get_one(Pass, (order.organizer_id, line.pass_row_id))
    return OrderLineRead(
        series_id=line.series_id,
        terms_hash=line.terms_hash,
        list_price=shapes.MoneyRead.of(line.list_minor, order.currency),
        paid=shapes.MoneyRead.of(line.paid_minor, order.currency),
        taxes=json.loads(line.taxes),
        pass_id=None if issued is None else str(issued.pass_id),
    )


class OrderMade(OrderRead):
    """A new order with the token that opens it."""

    token: str


@router.post(
    "/api/v1/drops/{drop_id}/orders",
    status_code=201,
    response_model=OrderMade,
    responses=problems.declare(*NAMING) | holds.REFUSALS,
)
def order(
    drop_id: UUID,
    body: OrderNew,
    request: Request,
    services: TheServices,
    now: Now,
    key: IdempotencyKey = None,
) -> Response:
    """Hold places, name the buyer and fix the price in one call; what is free is issued at once."""
    buyer, asked = holds.asked_by(request, drop_id, body, key)
    caller = buyers.caller_of(buyer, asked)
    call = open_call(services, request, caller, key, now)
    keys = services.keyring.session_keys(now)

    def work(session: Session) -> Reply:
        held, named = checkout.hold_named(session, asked, _named(body), keys=keys, now=now)
        row = checkout.place(session, held, **named, now=now)
        if row.total_minor == 0:
            paying.nothing(session, row, now=now)
        token = buyers.token_of(row, services.keyring.session_key)
        shape = OrderMade(**OrderRead.of(session, row).model_dump(), token=token)
        return created(shape, location=f"/api/v1/orders/{row.id}")

    return call.run(work)


def _named(body: Buyer) -> dict[str, Any]:
    return {
        "email": body.email,
        "name": body.name,
        "currency": body.currency,
        "coupon": body.coupon,
        "expected_total": None if body.expected_total is None else int(body.expected_total),
    }


@router.post(
    "/api/v1/orders/{order_id}/place",
    response_model=OrderRead,
    responses=problems.declare(*NAMING),
)
def place(order_id: UUID, body: Buyer, call: OrderCall) -> Response:
    """Name the buyer and fix the price; naming again decides anew. Free orders complete here."""

    def work(session: Session) -> Reply:
        row = placing.live(
            session, organizer_id=call.caller.organizer_id, order_id=order_id, now=call.now
        )
        row = checkout.place(session, row, **_named(body), now=call.now)
        if row.total_minor == 0:
            checkout.complete_free(session, row, now=call.now)
            row = checkout.read(session, organizer_id=row.organizer_id, order_id=row.id)
        return ok(OrderRead.of(session, row))

    return call.run(work)


@router.post(
    "/api/v1/orders/{order_id}/cancel",
    response_model=OrderRead,
    responses=problems.declare(OrderDone, OrderEnded, PaymentOpen),
)
def cancel(order_id: UUID, call: OrderCall) -> Response:
    """Give the places back before paying; completed orders are refunded pass by pass."""

    def work(session: Session) -> Reply:
        row = placing.live(
            session, organizer_id=call.caller.organizer_id, order_id=order_id, now=call.now
        )
        told = f"Cancelled by {_side(call)}."
        return ok(OrderRead.of(session, ending.cancel(session, row, reason=told, now=call.now)))

    return call.run(work)


def _side(call: Call) -> str:
    return "the buyer" if call.caller.kind in ("guest", "holder") else "the organizer"


@router.get("/api/v1/orders/{order_id}")
def read(current: CurrentOrder, session: Reading) -> OrderRead:
    """Read an order, with its token or as somebody who may see it."""
    row = checkout.read(
        session, organizer_id=current.caller.organizer_id, order_id=current.order_id
    )
    return OrderRead.of(session, row)
