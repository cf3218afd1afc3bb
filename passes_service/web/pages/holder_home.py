"""A holder's home: my passes, offers to me and from me, where my calendar is."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from passes_service.accounts import holders, unlinking
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotFound
from passes_service.catalog import series, terms
from passes_service.core.money import Money
from passes_service.core.rules.words import plain_words
from passes_service.db.models import TransferOffer
from passes_service.passes import directory
from passes_service.transfers import service as transfers
from passes_service.web.deps import (
    CurrentHolder,
    HolderCall,
    Now,
    Reading,
    TheServices,
    services_of,
)
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages import holder_links, holder_mail, holder_views
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page
from passes_service.web.routes.wallets import site_of

router = APIRouter(include_in_schema=False)


@router.get("/me")
def home(request: Request, caller: CurrentHolder, session: Reading, now: Now) -> Response:
    """Show what I hold and what waits for me."""
    scope = {"organizer_id": caller.organizer_id, "holder_id": caller.id}
    emails, wallets = holders.emails(session, **scope), holders.wallets(session, **scope)
    return page(
        request,
        "me/home.html",
        cards=holder_views.cards(session, caller, now=now),
        offers_in=holder_views.offers(session, caller, "in", now=now),
        offers_out=holder_views.offers(session, caller, "out", now=now),
        **holder_links.values(session, caller),
        **holder_mail.values(session, caller),
        addresses=[
            *(("email", row.id, row.email, row.verified_at) for row in emails),
            *(("wallet", row.id, row.address, row.verified_at) for row in wallets),
        ],
        removable=unlinking.removable(emails, wallets),
        chains=site_of(services_of(request)).wallet_chains,
        **frame(session, caller, now=now),
    )


@router.get("/me/offers/{offer_id}")
def offer(
    offer_id: UUID, request: Request, caller: CurrentHolder, session: Reading, now: Now
) -> Response:
    """Show what accepting an offer means, before it is accepted."""
    return _offer_page(request, caller, session, offer_id, None, now=now)


def _offer_page(
    request: Request,
    caller: Caller,
    session: Session,
    offer_id: UUID,
    trouble: Trouble | None,
    *,
    now: Now,
) -> Response:
    found = next(
        (
            one
            for one in holder_views.offers(session, caller, "in", now=now)
            if one.row.id == offer_id
        ),
        None,
    )
    if found is None:
        raise NotFound("This offer is not for you, or it has ended.")
    scope = scope_of(caller)
    document = terms.get(session, **scope, terms_hash=found.held.series.terms_hash)
    price = Money(found.held.series.price_minor, found.held.series.currency)
    values = frame(session, caller, now=now) | {"zone": document.time_zone}
    return page(
        request,
        "me/offer.html",
        status=trouble.status if trouble else 200,
        offer=found,
        sections=plain_words(document, price),
        sessions=series.sessions_of(session, **scope, series_id=found.held.series.id),
        decision=transfers.check(session, found.held, now=now),
        trouble=trouble,
        **values,
    )


@router.post("/me/offers/{offer_id}/accept")
def accept(offer_id: UUID, call: HolderCall, services: TheServices) -> Response:
    """Take the pass."""

    def work(session: Session) -> Reply:
        row = transfers.accept(session, **_mine(call), offer_id=offer_id, now=call.now)
        return see_other(f"/me/passes/{row.pass_id}")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _offer_page(call.request, call.caller, session, offer_id, trouble, now=call.now)

    return submit(call, work, again)


@router.post("/me/offers/{offer_id}/decline")
def decline(offer_id: UUID, call: HolderCall) -> Response:
    """Say no."""

    def work(session: Session) -> Reply:
        transfers.decline(session, **_mine(call), offer_id=offer_id, now=call.now)
        return see_other("/me")

    return call.run(work)


@router.post("/me/offers/{offer_id}/withdraw")
def withdraw(offer_id: UUID, call: HolderCall) -> Response:
    """Take my own offer back."""

    def work(session: Session) -> Reply:
        row: TransferOffer = transfers.withdraw(
            session, **_mine(call), offer_id=offer_id, now=call.now
        )
        found = directory.by_rows(session, organizer_id=row.organizer_id, ids=[row.pass_row_id])
        return see_other(f"/me/passes/{found[row.pass_row_id].row.pass_id}")

    return call.run(work)


def _mine(call: Call) -> dict[str, UUID]:
    return {"organizer_id": call.caller.organizer_id, "holder_id": call.caller.id}
