"""The receipt of an order: what was bought, for how much, under which rules. To print and keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from passes_service.accounts import holders, logins
from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.checkout import paying, sold
from passes_service.core.money import Money, format_amount, share
from passes_service.mail import post
from passes_service.web import buyers, cookies
from passes_service.web.deps import Now, TheServices
from passes_service.web.idempotency import Reply, open_call, see_other
from passes_service.web.pages import checkout_views, order_views
from passes_service.web.pages.checkout_views import Rules
from passes_service.web.pages.order import PATH
from passes_service.web.pages.order_views import Issued, Opened
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Bought:
    """Passes of one kind for one price, with their rules as they were and what comes back when."""

    passes: tuple[Issued, ...]
    paid: str
    rules: Rules
    steps: tuple[tuple[datetime, str, str], ...]


@router.get(PATH + "/receipt")
def receipt(slug: str, token: str, request: Request, services: TheServices, now: Now) -> Response:
    """Show what was bought; never a door code: whoever has this link has proved nothing."""
    with services.database.reading() as session:
        found = order_views.opened(session, services, request, slug, token)
        if found.order.state != "completed":
            return RedirectResponse(_path(services, found), 303, {"Cache-Control": "no-store"})
        values = order_views.gather(session, services, found, request, now=now)
        order = found.order
        paid = [row for row in paying.of_order(session, order) if sold.is_bought_by(session, row)]
        return page(
            request,
            "order/receipt.html",
            bought=_bought(session, values["passes"], order.currency),
            price=order_views.shown(order_views.price(session, order, order.currency)),
            paid=paid[0] if paid else None,
            **values,
        )


def _path(services: Services, found: Opened) -> str:
    return checkout_views.order_path(found.organizer, found.order, services)


def _bought(session: Session, passes: tuple[Issued, ...], currency: str) -> tuple[Bought, ...]:
    grouped: dict[tuple[str, int], list[Issued]] = {}
    for one in passes:
        grouped.setdefault((one.line.terms_hash, one.line.paid_minor), []).append(one)
    return tuple(_kind(session, some, currency) for some in grouped.values())


def _kind(session: Session, passes: list[Issued], currency: str) -> Bought:
    line, series = passes[0].line, passes[0].held.series
    paid = Money(line.paid_minor, currency)
    known = checkout_views.rules(session, series, paid, line.terms_hash)
    steps = tuple(
        (
            step.until,
            f"{step.share_bp / 100:g} %",
            format_amount(Money(share(paid.minor, step.share_bp), currency)),
        )
        for step in known.document.refund.steps
    )
    return Bought(tuple(passes), passes[0].paid, known, steps)


@router.post(PATH + "/mail")
def mail(
    slug: str,
    token: str,
    request: Request,
    services: TheServices,
    now: Now,
    key: Annotated[str, Form(alias="_key")] = "",
) -> Response:
    """Have a link mailed to the buyer's own address that signs in where the passes are."""
    behind = buyers.by_token(buyers.order_behind(services, token))
    call = open_call(services, request, behind.caller, key, now)

    def work(session: Session) -> Reply:
        found = order_views.opened(session, services, request, slug, token)
        holder_id = found.order.holder_id
        rows = (
            []
            if holder_id is None
            else holders.emails(session, organizer_id=found.organizer.id, holder_id=holder_id)
        )
        address = post.best_address(rows)
        if address is None:
            raise NotFound("This order has no e-mail address yet.")
        logins.request_link(
            session,
            organizer_id=found.organizer.id,
            email=address,
            kind="holder",
            next_path="/me",
            client=cookies.client_of(request),
            ttl=timedelta(minutes=services.settings.login_ttl_minutes),
            now=now,
        )
        return see_other(f"/login/sent?organizer={found.organizer.slug}")

    return call.run(work)
