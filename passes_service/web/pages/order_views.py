"""What the pages of an order show: where it stands, its price, the ways to pay, its passes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from sqlmodel import Session, col, select

from passes_service.accounts import holders, organizers
from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.bootstrap import Services
from passes_service.catalog import calendars
from passes_service.checkout import completing, paying, placing
from passes_service.checkout.ending import taken_of
from passes_service.core.money import Money, format_amount, format_money
from passes_service.db.models import (
    Coupon,
    Drop,
    DropOffer,
    DropStock,
    Order,
    OrderLine,
    Organizer,
    Pass,
    Payment,
    PaymentReturn,
    Series,
)
from passes_service.passes.queries import Held
from passes_service.payments.errors import PaymentProviderBroken, ProviderNotConfigured
from passes_service.web import buyers, checkout
from passes_service.web.pages import checkout_views
from passes_service.web.pages.checkout_views import Rules, Visitor

NAMED_COOKIE = "passes_guest"
"""The address that this browser typed for an order, sent to that order's pages alone."""


@dataclass(frozen=True)
class Opened:
    """An order with what it belongs to, opened by its token."""

    order: Order
    organizer: Organizer
    drop: Drop
    offer: DropOffer
    who: Visitor

    @property
    def mine(self) -> bool:
        """Whether the one who looks is signed in as the one who gets the passes."""
        return self.who.holder_id is not None and self.who.holder_id == self.order.holder_id


@dataclass(frozen=True)
class Way:
    """One way to pay, as the button says it."""

    name: str
    label: str
    words: str


@dataclass(frozen=True)
class Issued:
    """One pass of a completed order."""

    held: Held
    line: OrderLine
    paid: str


def opened(session: Session, services: Services, request: Request, slug: str, token: str) -> Opened:
    """Return the order that a token opens, under the organizer whose page it is.

    Raises:
        NotFound: It opens none here.
    """
    found = buyers.order_behind(services, token)
    organizer = organizers.get(session, organizer_id=found.organizer_id)
    if organizer.slug != slug:
        raise NotFound("There is no such order here.")
    order = checkout.read(session, organizer_id=organizer.id, order_id=found.link_id)
    return Opened(
        order,
        organizer,
        session.get_one(Drop, (organizer.id, order.drop_id)),
        session.get_one(DropOffer, (organizer.id, order.offer_id)),
        checkout_views.visitor(session, request, organizer.id),
    )


def state_of(order: Order, payments: Sequence[Payment], now: datetime) -> str:
    """Return how an order stands for its buyer.

    held, placed, paying, failed, late (time over while paying), completed, expired, cancelled,
    returned.
    """
    if order.state not in ("held", "placed"):
        return order.state
    pending = any(row.state in paying.OPEN for row in payments)
    if order.hold_until <= now:
        return "late" if pending else "expired"
    if pending:
        return "paying"
    if order.state == "placed" and payments and payments[-1].state == "failed":
        return "failed"
    return order.state


def gather(
    session: Session, services: Services, found: Opened, request: Request, *, now: datetime
) -> dict[str, Any]:
    """Return everything that the page of an order shows, but the ways to pay."""
    order, organizer = found.order, found.organizer
    payments = paying.of_order(session, order)
    calendar = calendars.get(session, organizer_id=organizer.id, calendar_id=found.drop.calendar_id)
    payment = payments[-1] if payments else None
    known = _currencies(session, order)
    return {
        "found": found,
        "order": order,
        "organizer": organizer,
        "drop": found.drop,
        "offer": found.offer,
        "caller": found.who.caller,
        "state": state_of(order, payments, now),
        "payment": payment,
        "pending": payment is not None and payment.state in paying.OPEN,
        "pay_url": _pay_url(payment),
        "minutes": checkout_views.minutes_until(order.hold_until, now),
        "currencies": known,
        "currency_choices": [(one, one) for one in known],
        "rules": _rules(session, order),
        "address": address(session, found, request),
        "code": _code(session, order),
        "passes": issued(session, order),
        "back": _returns(session, payments),
        "calendar": calendar,
        "zone": calendar.time_zone,
        "path": checkout_views.order_path(organizer, order, services),
        "now": now,
    }


def _pay_url(payment: Payment | None) -> str:
    if payment is None or payment.state not in paying.OPEN:
        return ""
    url = str(json.loads(payment.client).get("url", ""))
    return url if url.startswith(("https://", "http://")) else ""


def _parts(session: Session, order: Order) -> list[tuple[DropStock, Series]]:
    rows = []
    for stock_id in taken_of(order):
        stock = session.get_one(DropStock, (order.organizer_id, stock_id))
        rows.append((stock, session.get_one(Series, (order.organizer_id, stock.series_id))))
    return rows


def _currencies(session: Session, order: Order) -> tuple[str, ...]:
    return checkout_views.currencies(_parts(session, order))


def price(session: Session, order: Order, currency: str) -> dict[str, Any]:
    """Return an order's price: as it was fixed, before that what it would be without a code."""
    if order.currency:
        return dict(json.loads(order.price))
    seats = placing.seats_of(session, order, currency)
    decided = placing.price_of(session, order, seats, currency=currency, coupon=None)
    return placing.shown(decided)


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """Return a price decision as a page shows it."""
    money = Money(int(found["total"]), found["currency"])
    return {
        "lines": checkout_views.lines(found),
        "total": format_money(money),
        "minor": found["total"],
        "currency": found["currency"],
        "free": money.minor == 0,
    }


def _code(session: Session, order: Order) -> str:
    if order.coupon_id is None:
        return ""
    return session.get_one(Coupon, (order.organizer_id, order.coupon_id)).code


def _rules(session: Session, order: Order) -> tuple[Rules, ...]:
    """Return the rules of what is bought: those that the order was placed under, once it is."""
    lines = completing.lines_of(session, order)
    if not lines:
        return tuple(
            checkout_views.rules(session, series, None) for _, series in _parts(session, order)
        )
    found: dict[tuple[str, int], Rules] = {}
    for line in lines:
        series = session.get_one(Series, (order.organizer_id, line.series_id))
        paid = Money(line.paid_minor, order.currency)
        known = checkout_views.rules(session, series, paid, line.terms_hash)
        found.setdefault((line.terms_hash, line.paid_minor), known)
    return tuple(found.values())


def issued(session: Session, order: Order) -> tuple[Issued, ...]:
    """Return the passes that an order became, in the order of its lines."""
    found = []
    for line in completing.lines_of(session, order):
        if line.pass_row_id is None:
            continue
        row = session.get_one(Pass, (order.organizer_id, line.pass_row_id))
        series = session.get_one(Series, (order.organizer_id, line.series_id))
        paid = format_amount(Money(line.paid_minor, order.currency))
        found.append(Issued(Held(row, series), line, paid))
    return tuple(found)


def _returns(session: Session, payments: Sequence[Payment]) -> Sequence[PaymentReturn]:
    if not payments:
        return ()
    return session.exec(
        select(PaymentReturn).where(
            PaymentReturn.organizer_id == payments[0].organizer_id,
            col(PaymentReturn.payment_id).in_([row.id for row in payments]),
        )
    ).all()


def address(session: Session, found: Opened, request: Request) -> str:
    """Return the buyer's address as far as the one who looks knows it already, else "".

    Whoever has only the link must not learn whose order it is, nor what else the account knows.
    """
    if found.mine:
        return found.who.address
    typed = request.cookies.get(NAMED_COOKIE, "")
    if not typed or found.order.holder_id is None:
        return ""
    try:
        holder = holders.by_email(session, organizer_id=found.organizer.id, email=_read(typed))
    except FieldRefused:
        return ""
    return _read(typed) if holder is not None and holder.id == found.order.holder_id else ""


def _read(typed: str) -> str:
    try:
        return bytes.fromhex(typed).decode()
    except ValueError:
        return ""


def written(typed: str) -> str:
    """Return an address as the cookie carries it."""
    return typed.strip().encode().hex()


def ways(services: Services, order: Order) -> tuple[Way, ...]:
    """Return how this order can be paid on our pages. Not in a transaction: keys are opened."""
    if order.state != "placed":
        return ()
    if order.total_minor == 0:
        return (Way("free", "Get it, free of charge", "Nothing is charged."),)
    total = format_amount(Money(order.total_minor, order.currency))
    found = []
    if _open(services, order, "stripe"):
        words = "Card and what else Stripe offers, on Stripe's own page. You come back here."
        found.append(Way("stripe", f"Pay {total} at Stripe", words))
    if str(order.organizer_id) in services.settings.shop_payments.replace(",", " ").split():
        words = "You pay where the organizer tells you; their shop tells us, and this page follows."
        found.append(Way("external", f"Pay {total} at the organizer's shop", words))
    return tuple(found)


def _open(services: Services, order: Order, name: str) -> bool:
    try:
        services.provider(order.organizer_id, name)
    except (ProviderNotConfigured, PaymentProviderBroken):
        return False
    return True
