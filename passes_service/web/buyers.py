"""Who is buying: a holder, a visitor without a name, or a storefront for somebody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused, NotFound, NotSignedIn
from passes_service.bootstrap import Services
from passes_service.checkout import limits
from passes_service.checkout.holding import HoldAsked
from passes_service.core import tokens
from passes_service.db.models import Drop, Order
from passes_service.drops import queue
from passes_service.web.deps import bearer, holder_only, services_of, staff_or_key
from passes_service.web.idempotency import Call, KeyMissing, open_call

ORDER_TOKEN_PREFIX = "ps_order_"  # noqa: S105 - what such a token begins with
_PURPOSE = "order"
VISITOR_COOKIE = "passes_visitor"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who asks for places. `holder_id` None: nobody has said yet who they are."""

    organizer_id: UUID
    subject: str
    holder_id: UUID | None
    channel: str
    visitor: str = ""


def token_of(order: Order, key: bytes) -> str:
    """Return what opens an order to whoever holds it; nothing of it is stored."""
    return tokens.derive(
        order.organizer_id, order.id, key=key, purpose=_PURPOSE, prefix=ORDER_TOKEN_PREFIX
    )


def order_behind(services: Services, token: str) -> tokens.DerivedToken:
    """Return which order a token opens.

    Raises:
        NotFound: None.
    """
    found = tokens.verify_derived(
        token,
        keys=services.keyring.session_keys(services.clock()),
        purpose=_PURPOSE,
        prefix=ORDER_TOKEN_PREFIX,
    )
    if found is None:
        raise NotFound("There is no such order here.")
    return found


def key_digest(organizer_id: UUID, drop_id: UUID, key: str | None) -> bytes:
    """Return under what a hold is known when its call is repeated.

    Raises:
        KeyMissing: There is no usable Idempotency-Key.
    """
    if key is None or not 8 <= len(key) <= 200 or not key.isprintable():
        raise KeyMissing("This call needs an Idempotency-Key header.", field="Idempotency-Key")
    return hashlib.sha256(organizer_id.bytes + drop_id.bytes + key.encode()).digest()


def buyer_of(
    request: Request,
    organizer_id: UUID | None,
    digest_of: str,
    *,
    drop_id: UUID,
    queue_token: str | None = None,
) -> Buyer:
    """Return who asks: by API key (`passes:write`), holder login, visitor cookie, or nobody known.

    Nobody known is called by the call's own key, `digest_of`: the answer's token is all they need.
    A storefront that shows somebody's place in the waiting room orders for them.

    Raises:
        NotSignedIn, NotAllowed: A credential was sent and is not good for this.
        FieldRefused: Without a login the organizer has to be named.
    """
    if bearer(request) is not None:
        caller = staff_or_key(request)
        caller.require("passes:write")
        subject = visitor_subject(digest_of)
        if queue_token is not None:
            services = services_of(request)
            subject = _waiting(services, caller.organizer_id, drop_id, queue_token) or subject
        return Buyer(caller.organizer_id, subject, None, caller.actor)
    holder = _holder(request)
    if holder is not None and organizer_id in (None, holder.organizer_id):
        subject = limits.subject_of(holder.id)
        return Buyer(holder.organizer_id, subject, holder.id, "web")
    if organizer_id is None:
        raise FieldRefused("Name the organizer, or sign in.", field="organizer_id")
    return visiting(organizer_id, request.cookies.get(VISITOR_COOKIE, ""), digest_of)


def _waiting(services: Services, organizer_id: UUID, drop_id: UUID, token: str) -> str | None:
    """Return whose place a queue token shows; None where there is no waiting room."""
    keys = services.keyring.session_keys(services.clock())
    with services.database.reading() as session:
        drop = session.get(Drop, (organizer_id, drop_id))
        if drop is None or not drop.waiting_room:
            return None
        entry_id = queue.read_token(drop, token, keys=keys)
        return queue.entry_of(session, drop, entry_id).subject


def visiting(organizer_id: UUID, cookie: str, digest_of: str) -> Buyer:
    """Return a visitor: by the browser's cookie, else by the call's own key."""
    subject = visitor_subject(cookie or digest_of)
    return Buyer(organizer_id, subject, None, "web", visitor=subject if cookie else "")


def _holder(request: Request) -> Caller | None:
    try:
        return holder_only(request)
    except NotSignedIn:
        return None


def visitor_subject(name: str) -> str:
    """Return under what a visitor's places are counted: hashed, the book holds no cookie."""
    return "v:" + hashlib.sha256(name.encode()).hexdigest()[:32]


def asked(
    buyer: Buyer,
    *,
    drop_id: UUID,
    offer_id: UUID | None,
    quantity: int,
    queue_token: str | None,
    key: str | None,
) -> HoldAsked:
    """Return what a buyer asks; the same call asks the same.

    Raises:
        KeyMissing: There is no usable Idempotency-Key.
    """
    who = limits.subject_of(buyer.holder_id) if buyer.holder_id else _house(buyer)
    return HoldAsked(
        organizer_id=buyer.organizer_id,
        drop_id=drop_id,
        offer_id=offer_id,
        quantity=quantity,
        subject=buyer.subject,
        holder_id=buyer.holder_id,
        key_digest=key_digest(buyer.organizer_id, drop_id, key),
        fingerprint=fingerprint(offer_id, quantity, who),
        queue_token=queue_token,
        channel=buyer.channel[:40],
    )


def fingerprint(offer_id: UUID | None, quantity: int, who: str) -> bytes:
    """Return what a repeated hold has to agree in: a key that somebody guesses opens nothing."""
    return hashlib.sha256(f"{offer_id}|{quantity}|{who}".encode()).digest()


def _house(buyer: Buyer) -> str:
    """Return which storefront or browser asks; without a cookie a visitor is nobody but the key."""
    return buyer.visitor if buyer.channel == "web" else buyer.channel


def caller_of(buyer: Buyer, asked: HoldAsked) -> Caller:
    """Return under whom a call that makes an order is kept: its key alone names a visitor."""
    if buyer.holder_id is not None:
        return Caller(buyer.organizer_id, "holder", buyer.holder_id)
    named = hashlib.sha256(asked.key_digest + _house(buyer).encode()).digest()
    return Caller(buyer.organizer_id, "guest", UUID(bytes=named[:16]))


@dataclass(frozen=True, slots=True)
class OrderCaller:
    """Somebody who may act for one order, and the order's id."""

    caller: Caller
    order_id: UUID


def order_caller(order_id: UUID, request: Request) -> OrderCaller:
    """Return who asks about an order: its token, an API key or staff, its holder's login.

    Raises:
        NotSignedIn, NotAllowed, NotFound: Nobody who may.
    """
    services = services_of(request)
    sent = bearer(request)
    if sent is not None and sent.startswith(ORDER_TOKEN_PREFIX):
        found = order_behind(services, sent)
        if found.link_id != order_id:
            raise NotFound("There is no such order here.")
        return by_token(found)
    if sent is not None:
        caller = staff_or_key(request)
        caller.require("passes:write")
        return OrderCaller(caller, order_id)
    caller = holder_only(request)
    with services.database.reading() as session:
        _check_mine(session, caller, order_id)
    return OrderCaller(caller, order_id)


def by_token(found: tokens.DerivedToken) -> OrderCaller:
    """Return who a genuine order token stands for."""
    caller = Caller(found.organizer_id, "guest", found.link_id)
    return OrderCaller(caller, found.link_id)


def _check_mine(session: Session, caller: Caller, order_id: UUID) -> None:
    row = session.get(Order, (caller.organizer_id, order_id))
    mine = (caller.id, limits.subject_of(caller.id))
    if row is None or (row.holder_id != mine[0] and row.subject != mine[1]):
        raise NotFound("There is no such order here.")


CurrentOrder = Annotated[OrderCaller, Depends(order_caller)]


async def _order_call(
    request: Request,
    current: CurrentOrder,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Call:
    services = services_of(request)
    return open_call(services, request, current.caller, key, services.clock())


OrderCall = Annotated[Call, Depends(_order_call)]
