"""What the pages of the checkout share: who buys, rules in short, prices as text."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlmodel import Session, col, select

from passes_service.accounts import holders
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotSignedIn
from passes_service.bootstrap import Services
from passes_service.catalog import terms
from passes_service.core.money import Money, format_amount
from passes_service.core.rules.terms import Terms
from passes_service.core.rules.words import Section, plain_words
from passes_service.db.models import DropStock, Order, Organizer, Series
from passes_service.mail import post
from passes_service.web import buyers, waiting
from passes_service.web.deps import holder_only


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page of an organizer: a member by login, a browser by cookie, or nobody known.

    `address` is how a member recognises the account; "" for everybody else. `guest` is who the
    browser was before a login: a place in a waiting room may still be that one's.
    """

    subject: str | None
    holder_id: UUID | None = None
    address: str = ""
    caller: Caller | None = None
    guest: str | None = None


@dataclass(frozen=True)
class Rules:
    """The rules of one Series: a few sentences that matter before paying, and all of them."""

    title: str
    terms_hash: str
    document: Terms
    short: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Line:
    """One line of a price as people read it. `counts`: it is part of the sum."""

    words: str
    amount: str
    counts: bool


def visitor(session: Session, request: Request, organizer_id: UUID) -> Visitor:
    """Return who looks; a login with another organizer is none here."""
    try:
        caller = holder_only(request)
    except NotSignedIn:
        caller = None
    if caller is None or caller.organizer_id != organizer_id:
        return Visitor(waiting.subject_of(request, organizer_id))
    rows = holders.emails(session, organizer_id=organizer_id, holder_id=caller.id)
    address = post.best_address(rows)
    if address is None:
        wallets = holders.wallets(session, organizer_id=organizer_id, holder_id=caller.id)
        address = wallets[0].address if wallets else caller.name or "your account"
    return Visitor(f"h:{caller.id}", caller.id, address, caller, waiting.guest_of(request))


def visitor_by_key(key: str) -> str:
    """Return who a browser without a cookie is from its first form on: pressed twice, the same."""
    return urlsafe_b64encode(sha256(f"visitor {key}".encode()).digest())[:32].decode()


def order_path(organizer: Organizer, order: Order, services: Services) -> str:
    """Return the address of an order; whoever has it may act for the buyer."""
    token = buyers.token_of(order, services.keyring.session_key)
    return f"/o/{organizer.slug}/orders/{token}"


def live_order(
    session: Session, drop_id: UUID, who: Visitor, organizer_id: UUID, now: datetime
) -> Order | None:
    """Return the order with which somebody holds places of a Drop now, the latest if several."""
    if who.subject is None:
        return None
    return session.exec(
        select(Order)
        .where(
            Order.organizer_id == organizer_id,
            Order.drop_id == drop_id,
            Order.subject == who.subject,
            col(Order.state).in_(("held", "placed")),
            col(Order.hold_until) > now,
        )
        .order_by(col(Order.id).desc())
    ).first()


def rules(session: Session, series: Series, price: Money | None, terms_hash: str = "") -> Rules:
    """Return the rules under which a Series is sold, or those that a hash names."""
    named = terms_hash or series.terms_hash
    document = terms.get(session, organizer_id=series.organizer_id, terms_hash=named)
    sections = plain_words(document, price)
    return Rules(series.title, named, document, _short(sections, document), sections)


def _short(sections: Iterable[Section], document: Terms) -> tuple[str, ...]:
    """Return what one should know before paying: what it gives, hand on, give up, get in."""
    by_title = {section.title: section.sentences for section in sections}
    refund = by_title["Refund"]
    first = next((one for one in refund if one.startswith("Until ")), None)
    return (
        by_title["What it gives"][0].rstrip(":") + ".",
        *document.conveys,
        *(one for one in (refund[0], first) if one is not None),
        by_title["Transfer"][0],
        by_title["Entry"][0],
    )


def currencies(parts: Iterable[tuple[DropStock, Series]]) -> tuple[str, ...]:
    """Return in which currencies all of these have a price, that of the first Series first."""
    found = [
        (series.currency, {series.currency, *json.loads(stock.prices)}) for stock, series in parts
    ]
    if not found:
        return ()
    common = set.intersection(*(each for _, each in found))
    return tuple(sorted(common, key=lambda one: (one != found[0][0], one)))


def lines(price: Mapping[str, Any]) -> tuple[Line, ...]:
    """Return a stored price decision line by line."""
    return tuple(
        Line(each["words"], signed(int(each["amount"]), price["currency"]), each["counts"])
        for each in price.get("lines", ())
    )


def signed(minor: int, currency: str) -> str:
    """Return an amount that may be below zero."""
    return ("\N{MINUS SIGN}" if minor < 0 else "") + format_amount(Money(abs(minor), currency))


def minutes_until(moment: datetime, now: datetime) -> int:
    """Return how many minutes are left, the one that has begun included."""
    return max(0, -((now - moment) // timedelta(minutes=1)))
