"""An order gets its buyer and its price: decided line by line, fixed until its time is over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.checkout import coupons, limits, taxes
from passes_service.checkout.ending import taken_of
from passes_service.checkout.errors import (
    CurrencyNotOffered,
    OrderDone,
    OrderEnded,
    PaymentOpen,
    PriceChanged,
)
from passes_service.core.money import Money, format_money
from passes_service.core.pricing import Cut, Price, decide_price
from passes_service.db import bulk
from passes_service.db.models import (
    Coupon,
    DropOffer,
    DropPhase,
    DropStock,
    Order,
    OrderLine,
    Payment,
    Series,
    new_id,
)

OPEN_PAYMENTS = ("created", "pending")


@dataclass(frozen=True, slots=True)
class Seat:
    """One pass that an order will be: from which stock, of which Series, at what list price."""

    stock_id: UUID
    series: Series
    list_price: int


def live(session: Session, *, organizer_id: UUID, order_id: UUID, now: datetime) -> Order:
    """Return an order that can still be bought, locked until the transaction ends.

    Raises:
        NotFound: There is none, or it is someone else's.
        OrderDone, OrderEnded: Its passes are issued, or its time is over.
    """
    order = session.exec(
        select(Order)
        .where(Order.organizer_id == organizer_id, Order.id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if order is None:
        raise NotFound("There is no such order here.")
    if order.state == "completed":
        raise OrderDone("The passes of this order are issued.", order_id=str(order.id))
    if order.state not in ("held", "placed") or order.hold_until <= now:
        raise OrderEnded("Its places went back when its time was over.", state=order.state)
    return order


def place(
    session: Session,
    order: Order,
    *,
    holder_id: UUID,
    currency: str | None = None,
    coupon: str = "",
    expected_total: int | None = None,
    now: datetime,
) -> Order:
    """Name the buyer of a live order and fix its price; naming again decides anew.

    Args:
        currency: Left out: that of the first Series.
        expected_total: What the buyer was shown, in minor units; another total is refused.

    Raises:
        PaymentOpen: Somebody is paying the present price.
        LimitReached: The buyer has as many places as one may have.
        CurrencyNotOffered, CouponUnfit, PriceChanged: There is no such price; nothing changed.
    """
    again = order.state != "held"
    if again:
        _check_no_payment(session, order)
    seats = seats_of(session, order, currency)
    chosen = currency or seats[0].series.currency
    used = coupons.take(session, order, coupon, currency=chosen, now=now) if coupon else None
    if order.coupon_id is not None and (used is None or used.id != order.coupon_id):
        coupons.give_back(session, order.organizer_id, [order])
    if order.subject != limits.subject_of(holder_id):
        limits.hand_over(session, order, holder_id)
    price = price_of(session, order, seats, currency=chosen, coupon=used)
    if expected_total is not None and expected_total != price.total:
        raise PriceChanged(
            f"It is {format_money(Money(price.total, chosen))} now.",
            total=str(price.total),
            lines=[asdict(line) for line in price.lines],
        )
    order.holder_id, order.subject = holder_id, limits.subject_of(holder_id)
    order.coupon_id = None if used is None else used.id
    order.currency, order.total_minor = chosen, price.total
    order.price = json.dumps(shown(price))
    order.state, order.placed_at = "placed", now
    session.add(order)
    session.flush()
    if again:
        _forget_lines(session, order)
    _write_lines(session, order, seats, price, now)
    return order


def _forget_lines(session: Session, order: Order) -> None:
    session.execute(
        delete(OrderLine).where(
            col(OrderLine.organizer_id) == order.organizer_id, col(OrderLine.order_id) == order.id
        )
    )


def _check_no_payment(session: Session, order: Order) -> None:
    found = session.exec(
        select(Payment.id).where(
            Payment.organizer_id == order.organizer_id,
            Payment.order_id == order.id,
            col(Payment.state).in_(OPEN_PAYMENTS),
        )
    ).first()
    if found is not None:
        raise PaymentOpen("The price is being paid.", payment_id=str(found))


def seats_of(session: Session, order: Order, currency: str | None) -> list[Seat]:
    """Return each pass of an order with its list price.

    Raises:
        CurrencyNotOffered: One of them has no price in this currency.
    """
    rows = session.exec(
        select(DropStock, Series)
        .join(
            Series,
            (col(Series.organizer_id) == col(DropStock.organizer_id))
            & (col(Series.id) == col(DropStock.series_id)),
        )
        .where(
            DropStock.organizer_id == order.organizer_id,
            col(DropStock.id).in_(list(taken_of(order))),
        )
    ).all()
    known = {stock.id: (stock, series) for stock, series in rows}
    seats: list[Seat] = []
    for text, count in json.loads(order.takes):
        stock, series = known[UUID(text)]
        wanted = currency or (seats[0].series.currency if seats else series.currency)
        seats += [Seat(stock.id, series, price_in(stock, series, wanted))] * count
    return seats


def price_in(stock: DropStock, series: Series, currency: str) -> int:
    """Return the list price of one pass in a currency, in minor units.

    Raises:
        CurrencyNotOffered: There is none.
    """
    prices: dict[str, str] = json.loads(stock.prices)
    if currency in prices:
        return int(prices[currency])
    if currency == series.currency:
        return series.price_minor
    offered = sorted({series.currency, *prices})
    raise CurrencyNotOffered(
        f"“{series.title}” has no price in {currency[:4]}.", field="currency", currencies=offered
    )


def price_of(
    session: Session, order: Order, seats: Sequence[Seat], *, currency: str, coupon: Coupon | None
) -> Price:
    """Decide what an order costs: list prices, phase, bundle, coupon, taxes."""
    key = order.organizer_id
    phase = session.get_one(DropPhase, (key, order.phase_id))
    offer = session.get_one(DropOffer, (key, order.offer_id))
    cuts = []
    if phase.discount_bp:
        words = f"{phase.name}, {phase.discount_bp / 100:g} % off"
        cuts.append(Cut(code="phase", words=words, percent_bp=phase.discount_bp))
    if offer.discount_bp:
        words = f"{offer.title} together, {offer.discount_bp / 100:g} % off"
        cuts.append(Cut(code="bundle", words=words, percent_bp=offer.discount_bp))
    if coupon is not None:
        cuts.append(coupons.cut_of(coupon))
    return decide_price(
        [(seat.series.title, seat.list_price) for seat in seats],
        currency=currency,
        cuts=cuts,
        taxes=taxes.current(session, organizer_id=key),
    )


def shown(price: Price) -> dict[str, Any]:
    """Return a price decision as it is stored and shown; amounts as decimal text."""
    return {
        "currency": price.currency,
        "total": str(price.total),
        "lines": [{**asdict(line), "amount": str(line.amount)} for line in price.lines],
    }


def _write_lines(
    session: Session, order: Order, seats: Sequence[Seat], price: Price, now: datetime
) -> None:
    rows = [
        {
            "organizer_id": order.organizer_id,
            "id": new_id(),
            "order_id": order.id,
            "position": position,
            "series_id": seat.series.id,
            "stock_id": seat.stock_id,
            "list_minor": seat.list_price,
            "paid_minor": each.paid,
            "taxes": json.dumps(
                [{**asdict(one.tax), "amount": str(one.amount)} for one in each.taxes]
            ),
            "terms_hash": seat.series.terms_hash,
            "pass_row_id": None,
            "created_at": now,
        }
        for position, (seat, each) in enumerate(zip(seats, price.passes, strict=True))
    ]
    bulk.insert_rows(session, OrderLine, rows)
