"""The page of an order: what is held and until when, for whom, at what price, how to pay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused
from passes_service.bootstrap import Services
from passes_service.checkout import ending, paying, placing
from passes_service.checkout.errors import CurrencyNotOffered, PriceChanged
from passes_service.core.errors import DomainError, Kind
from passes_service.core.money import Money, format_money
from passes_service.db.models import Payment
from passes_service.payments.model import PaymentAnswer
from passes_service.web import buyers, checkout
from passes_service.web.deps import Now, Reading, TheServices
from passes_service.web.idempotency import Call, CallRunning, Reply, open_call
from passes_service.web.pages import checkout_views, order_views
from passes_service.web.pages.forms import Trouble
from passes_service.web.pages.order_views import Opened
from passes_service.web.pages.problem import wants_page
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
PATH = "/o/{slug}/orders/{token}"
DONE = Reply(303, media_type="")
"""Where it leads is written into the answer afterwards: the book keeps no token."""
_SHOWN_AGAIN = (Kind.CONFLICT, Kind.INVALID, Kind.GONE, Kind.UNAVAILABLE)


class Naming(BaseModel):
    """Who gets the passes, and on what terms."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(default="", alias="_key", max_length=200)
    email: str = Field(default="", max_length=300)
    name: str = Field(default="", max_length=120)
    currency: str = Field(default="", max_length=4)
    coupon: str = Field(default="", max_length=60)


class Paying(BaseModel):
    """In which way to pay, and the total that was shown."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(default="", alias="_key", max_length=200)
    way: str = Field(default="", max_length=20)
    total: str = Field(default="", max_length=80)


@router.get(PATH)
def show(
    slug: str, token: str, request: Request, services: TheServices, now: Now, currency: str = ""
) -> Response:
    """Show an order to whoever has its link."""
    with services.database.reading() as session:
        found = order_views.opened(session, services, request, slug, token)
    return _page(request, services, found, None, Naming(currency=currency[:4]), now=now)


@router.get(PATH + "/state.json")
def state(
    slug: str, token: str, request: Request, services: TheServices, session: Reading, now: Now
) -> Response:
    """Say how an order stands, for a page that waits for its payment."""
    found = order_views.opened(session, services, request, slug, token)
    payments = paying.of_order(session, found.order)
    said = {"state": order_views.state_of(found.order, payments, now)}
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


def _page(
    request: Request,
    services: Services,
    found: Opened,
    trouble: Trouble | None,
    typed: Naming,
    *,
    now: datetime,
) -> Response:
    with services.database.reading() as session:
        found = order_views.opened(
            session, services, request, found.organizer.slug, _token(services, found)
        )
        values = order_views.gather(session, services, found, request, now=now)
        known = values["currencies"]
        wanted = typed.currency if typed.currency in known else known[0] if known else ""
        values["price"] = _price(session, found, wanted)
    return page(
        request,
        "order/order.html",
        status=trouble.status if trouble else 200,
        trouble=trouble,
        typed=typed,
        wanted=found.order.currency or wanted,
        ways=order_views.ways(services, found.order),
        **values,
    )


def _token(services: Services, found: Opened) -> str:
    return buyers.token_of(found.order, services.keyring.session_key)


def _price(session: Session, found: Opened, currency: str) -> dict[str, Any] | None:
    try:
        return order_views.shown(order_views.price(session, found.order, currency))
    except CurrencyNotOffered:
        return None


@router.post(PATH + "/name")
def name(
    slug: str,
    token: str,
    sent: Annotated[Naming, Form()],
    request: Request,
    services: TheServices,
    now: Now,
) -> Response:
    """Name the buyer and fix the price, line by line."""
    found, call = _called(services, request, slug, token, sent.key, now)

    def work(session: Session) -> Reply:
        row = placing.live(
            session, organizer_id=found.organizer.id, order_id=found.order.id, now=now
        )
        email = None if row.subject.startswith("h:") and not sent.email.strip() else sent.email
        if email is not None and not email.strip():
            raise FieldRefused("Type the address that the passes are for.", field="email")
        checkout.place(
            session,
            row,
            email=email,
            name=sent.name.strip(),
            currency=sent.currency or None,
            coupon=sent.coupon.strip(),
            now=now,
        )
        return DONE

    def again(trouble: Trouble) -> Response:
        return _page(request, services, found, trouble, sent, now=now)

    response = _tried(request, lambda: call.run(work), again, services, found)
    if response.status_code == 303 and sent.email.strip():
        response.set_cookie(
            order_views.NAMED_COOKIE,
            order_views.written(sent.email),
            max_age=86_400,
            path=_path(services, found),
            httponly=True,
            samesite="lax",
            secure=services.settings.secure_cookies,
        )
    return response


@router.post(PATH + "/pay")
def pay(
    slug: str,
    token: str,
    sent: Annotated[Paying, Form()],
    request: Request,
    services: TheServices,
    now: Now,
) -> Response:
    """Begin to pay, or ask how the payment stands: an order has one payment at a time."""
    found, call = _called(services, request, slug, token, sent.key, now)
    organizer_id = found.organizer.id

    def before(session: Session) -> Payment | Reply:
        row = placing.live(session, organizer_id=organizer_id, order_id=found.order.id, now=now)
        if sent.total != f"{row.currency} {row.total_minor}":
            total = format_money(Money(row.total_minor, row.currency))
            raise PriceChanged(f"It is {total} now: the order was changed, perhaps in another tab.")
        if sent.way == "free":
            checkout.complete_free(session, row, now=now)
            return DONE
        way = "session" if sent.way == "stripe" else ""
        back_to = services.settings.origin + _path(services, found)
        return paying.start(session, row, provider=sent.way, way=way, return_url=back_to, now=now)

    def after(session: Session, row: Payment, answer: PaymentAnswer) -> Reply:
        fresh = paying.get(session, organizer_id=organizer_id, payment_id=row.id)
        paying.note(session, fresh, answer, now=services.clock())
        return DONE

    def run() -> Response:
        if sent.way not in ("free", "stripe", "external"):
            raise FieldRefused("Choose one of the ways on the page.", field="way")
        services.provider(organizer_id, sent.way)  # refuse before anything is written
        return call.run_around(before, lambda row: checkout.ask(services, row), after)

    def again(trouble: Trouble) -> Response:
        return _page(request, services, found, trouble, Naming(), now=services.clock())

    return _tried(request, run, again, services, found)


@router.post(PATH + "/cancel")
def cancel(
    slug: str,
    token: str,
    request: Request,
    services: TheServices,
    now: Now,
    key: Annotated[str, Form(alias="_key")] = "",
) -> Response:
    """Give the places back before anything is paid."""
    found, call = _called(services, request, slug, token, key, now)

    def work(session: Session) -> Reply:
        row = placing.live(
            session, organizer_id=found.organizer.id, order_id=found.order.id, now=now
        )
        ending.cancel(session, row, reason="You gave the places back.", now=now)
        return DONE

    def again(trouble: Trouble) -> Response:
        return _page(request, services, found, trouble, Naming(), now=now)

    return _tried(request, lambda: call.run(work), again, services, found)


def _called(
    services: Services, request: Request, slug: str, token: str, key: str, now: datetime
) -> tuple[Opened, Call]:
    """Return the order behind a form's address, and the form's call under its key."""
    behind = buyers.by_token(buyers.order_behind(services, token))
    with services.database.reading() as session:
        found = order_views.opened(session, services, request, slug, token)
    return found, open_call(services, request, behind.caller, key, now)


def _tried(
    request: Request,
    run: Callable[[], Response],
    again: Callable[[Trouble], Response],
    services: Services,
    found: Opened,
) -> Response:
    """Run a form; lead to the order, or show its page with what was refused."""
    try:
        response = run()
    except CallRunning:
        return RedirectResponse(_path(services, found), 303)  # the page says what became of it
    except DomainError as error:
        if error.kind not in _SHOWN_AGAIN or not wants_page(request):
            raise
        return again(Trouble.of(error))
    if response.status_code == 303:
        response.headers["Location"] = _path(services, found)
    return response


def _path(services: Services, found: Opened) -> str:
    return checkout_views.order_path(found.organizer, found.order, services)
