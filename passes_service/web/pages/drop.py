"""The public page of a Drop: what it is, what is left, the rules, one button."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.bootstrap import Services
from passes_service.checkout import placing
from passes_service.core.errors import DomainError, Kind
from passes_service.db.models import Order, Organizer
from passes_service.drops import queue as rooms
from passes_service.drops import reading
from passes_service.drops.reading import Shop
from passes_service.web import buyers, checkout, waiting
from passes_service.web.buyers import Buyer
from passes_service.web.deps import Now, Reading, TheServices
from passes_service.web.middleware import CSP
from passes_service.web.pages import checkout_views, drop_views
from passes_service.web.pages.checkout_views import Visitor
from passes_service.web.pages.forms import Trouble, identity, whole
from passes_service.web.pages.problem import wants_page
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
_PATH = "/o/{slug}/drops/{drop_slug}"
_SHOWN_AGAIN = (Kind.CONFLICT, Kind.FORBIDDEN, Kind.INVALID, Kind.GONE)


class Wish(BaseModel):
    """What the button sends."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(default="", alias="_key", max_length=200)
    offer: str = Field(default="", max_length=40)
    quantity: str = Field(default="1", max_length=20)
    currency: str = Field(default="", max_length=4)
    queue: str = Field(default="", max_length=300)


@router.get(_PATH)
def show(
    slug: str,
    drop_slug: str,
    request: Request,
    services: TheServices,
    session: Reading,
    now: Now,
    currency: str = "",
    queue: str = "",
) -> Response:
    """Show a Drop with its rules, its price for whoever looks, and the button."""
    organizer = organizers.by_slug(session, slug)
    shop = reading.by_slug(session, organizer_id=organizer.id, slug=drop_slug)
    who = checkout_views.visitor(session, request, organizer.id)
    sent = Wish(currency=currency[:4], queue=queue[:300])
    return _page(request, session, services, organizer, shop, who, sent, None, now=now)


def _page(
    request: Request,
    session: Session,
    services: Services,
    organizer: Organizer,
    shop: Shop,
    who: Visitor,
    sent: Wish,
    trouble: Trouble | None,
    *,
    now: datetime,
) -> Response:
    values = drop_views.gather(
        session, services, organizer, shop, who, currency=sent.currency, now=now
    )
    response = page(
        request,
        "public/drop.html",
        status=trouble.status if trouble else 200,
        trouble=trouble,
        sent=sent,
        caller=who.caller,
        **values,
    )
    if values["picture"] is not None:  # the one foreign picture that the organizer chose
        policy = CSP.replace("img-src 'self'", f"img-src 'self' {values['picture'][1]}")
        response.headers["Content-Security-Policy"] = policy
    return response


@router.post(_PATH)
def get_places(
    slug: str,
    drop_slug: str,
    sent: Annotated[Wish, Form()],
    request: Request,
    services: TheServices,
    now: Now,
) -> Response:
    """Hold places, for a member place the order too, and go on to its page.

    Pressed twice, or again after going back, the same form finds the same order.
    """
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, slug)
        shop = reading.by_slug(session, organizer_id=organizer.id, slug=drop_slug)
        who = checkout_views.visitor(session, request, organizer.id)
    visitor = "" if who.subject else checkout_views.visitor_by_key(sent.key)
    if visitor:
        who = Visitor(buyers.visitor_subject(visitor))
    try:
        place = _queue_token(services, request, shop, who, now=now)
        order = _held(services, shop, who, sent, place)
    except DomainError as error:
        if error.kind not in _SHOWN_AGAIN or not wants_page(request):
            raise
        with services.database.reading() as session:
            shop = reading.by_slug(session, organizer_id=organizer.id, slug=drop_slug)
            trouble = Trouble.of(error)
            return _page(request, session, services, organizer, shop, who, sent, trouble, now=now)
    if who.holder_id is not None:
        _place(services, order, sent.currency, now=now)
    path = checkout_views.order_path(organizer, order, services)
    query = f"?currency={sent.currency}" if sent.currency.isalpha() else ""
    response = RedirectResponse(path + query, 303, {"Cache-Control": "no-store"})
    if visitor:
        waiting.keep_visitor(response, visitor, services)
    return response


def _held(services: Services, shop: Shop, who: Visitor, sent: Wish, place: str | None) -> Order:
    buyer = Buyer(shop.drop.organizer_id, who.subject or "", who.holder_id, "web")
    asked = buyers.asked(
        buyer,
        drop_id=shop.drop.id,
        offer_id=_offer(shop, sent.offer),
        quantity=whole(sent.quantity, field="quantity", low=1, high=shop.drop.per_holder),
        queue_token=sent.queue or place,
        key=sent.key,
    )
    return checkout.hold(services, asked)


def _offer(shop: Shop, text: str) -> UUID | None:
    return None if not text and len(shop.offers) == 1 else identity(text, field="offer")


def _queue_token(
    services: Services, request: Request, shop: Shop, who: Visitor, *, now: datetime
) -> str | None:
    """Return the token of the place that this browser or member has in the waiting room."""
    if not shop.drop.waiting_room or who.subject is None:
        return None
    found = waiting.mine(services, request, shop.drop, who.subject, now=now)
    return None if found is None else rooms.token_of(found.entry, key=services.keyring.session_key)


def _place(services: Services, held: Order, currency: str, *, now: datetime) -> None:
    """Place a member's order at once; what is free is theirs with this press.

    What cannot be placed stays held: the page of the order says why, and asks again.
    """
    try:
        with services.database.transaction() as session:
            scope = {"organizer_id": held.organizer_id, "order_id": held.id}
            row = placing.live(session, **scope, now=now)
            if row.state != "held":
                return
            row = checkout.place(session, row, currency=currency or None, now=now)
            if row.total_minor == 0:
                checkout.complete_free(session, row, now=now)
    except DomainError:
        return
