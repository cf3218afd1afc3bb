"""Drops: the list, one of them with its counts, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.db.models import Audience, Drop, DropPhase, Organizer, Series
from passes_service.drops import changing, reading, shares
from passes_service.drops.predicates import KINDS
from passes_service.drops.reading import Shop
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall
from passes_service.web.drop_shapes import prices_of
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.org_drops_form import percent
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
_ACTS: dict[str, Callable[..., Drop]] = {
    "open": changing.open_early,
    "pause": changing.pause,
    "resume": changing.resume,
    "close": changing.close,
}


@router.get("/org/drops")
def every(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """List the Drops, those that sell or will first."""
    caller.require("catalog:read")
    shops = [reading.of(session, row) for row in reading.every(session, **scope_of(caller))]
    states = {shop.drop.id: shop.state(now) for shop in shops}
    over = [shop for shop in shops if states[shop.drop.id] in ("closed", "settled")]
    live = [shop for shop in shops if shop not in over]
    offered = shares.offered_to(session, partner_id=caller.organizer_id)
    return page(
        request,
        "org/drops.html",
        live=list(reversed(live)),
        over=over,
        states=states,
        offered=sum(share.accepted_at is None for share, _ in offered),
        partner=bool(offered),
        **frame(session, caller, now=now),
    )


@router.get("/org/drops/{drop_id}")
def one(
    drop_id: UUID, request: Request, caller: CurrentStaff, session: Reading, now: Now
) -> Response:
    """Show how a Drop stands."""
    caller.require("catalog:read")
    return _one(request, caller, session, drop_id, None, now=now)


def _one(
    request: Request,
    caller: Caller,
    session: Session,
    drop_id: UUID,
    trouble: Trouble | None,
    *,
    typed: dict[str, str] | None = None,
    now: datetime,
) -> Response:
    shop = reading.load(session, **scope_of(caller), drop_id=drop_id)
    return page(
        request,
        "org/drop.html",
        status=trouble.status if trouble else 200,
        shop=shop,
        drop=shop.drop,
        state=shop.state(now),
        offers=[_offer(shop, offer) for offer in shop.offers],
        phases=[(phase, _who(session, phase)) for phase in shop.phases],
        partners=[(session.get_one(Organizer, share.partner_id), share) for share in shop.shares],
        final=_settlement(session, shop),
        trouble=trouble,
        typed=typed or {},
        **frame(session, caller, now=now),
    )


def _offer(shop: Shop, offer: reading.Offered) -> dict[str, Any]:
    parts = [(part, [price.text for price in prices_of(part).values()]) for part in offer.parts]
    return {"row": offer.row, "parts": parts, "left": shop.left_of(offer)}


def _who(session: Session, phase: DropPhase) -> str:
    """Return for whom a phase is, with the name of the list or the Series."""
    params = json.loads(phase.params)
    words = KINDS[phase.kind].words
    if "audience_id" in params:
        row = session.get(Audience, (phase.organizer_id, UUID(params["audience_id"])))
        return f"{words}: {row.name}" if row else words
    if "series_id" in params:
        sold = session.get_one(Series, (phase.organizer_id, UUID(params["series_id"])))
        return f"{words}: {sold.title}"
    return words


def _settlement(session: Session, shop: Shop) -> dict[str, Any] | None:
    """Return what was taken, and by whom, once there is something to tell."""
    found = shares.settlement(session, shop.drop)
    if not found.revenue:
        return None
    parts = [
        (session.get_one(Organizer, partner).name, part) for partner, part in found.parts.items()
    ]
    return {"revenue": found.revenue, "lead": found.lead, "parts": parts}


@router.post("/org/drops/{drop_id}/{verb}")
def act(drop_id: UUID, verb: str, call: StaffCall) -> Response:
    """Open early, pause, resume or close."""
    call.caller.require("catalog:write")
    do = _ACTS.get(verb)
    if do is None:
        raise NotFound("There is nothing like this to do with a Drop.")

    def work(session: Session) -> Reply:
        do(session, **scope_of(call.caller), drop_id=drop_id, now=call.now)
        return see_other(f"/org/drops/{drop_id}")

    return submit(call, work, lambda trouble: _again(call, drop_id, trouble))


@router.post("/org/drops/{drop_id}/shares/offer")
def offer_share(
    drop_id: UUID,
    call: StaffCall,
    partner: Annotated[str, Form()] = "",
    share: Annotated[str, Form()] = "",
) -> Response:
    """Offer another organizer a share, or change it."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        drop = reading.get(session, **scope_of(call.caller), drop_id=drop_id)
        found = _partner(session, partner)
        bp = percent(share, "share")
        shares.offer(session, drop, partner_id=found.id, share_bp=bp, now=call.now)
        return see_other(f"/org/drops/{drop_id}#shares")

    typed = {"partner": partner, "share": share}
    return submit(call, work, lambda trouble: _again(call, drop_id, trouble, typed))


@router.post("/org/drops/{drop_id}/shares/{partner_id}/withdraw")
def withdraw_share(drop_id: UUID, partner_id: UUID, call: StaffCall) -> Response:
    """Take a share back."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        drop = reading.get(session, **scope_of(call.caller), drop_id=drop_id)
        shares.withdraw(session, drop, partner_id=partner_id, now=call.now)
        return see_other(f"/org/drops/{drop_id}#shares")

    return submit(call, work, lambda trouble: _again(call, drop_id, trouble))


def _partner(session: Session, name: str) -> Organizer:
    try:
        return organizers.by_slug(session, name)
    except NotFound as error:
        raise FieldRefused("No organizer has this short name here.", field="partner") from error


def _again(
    call: Call, drop_id: UUID, trouble: Trouble, typed: dict[str, str] | None = None
) -> Response:
    with call.services.database.reading() as session:
        return _one(call.request, call.caller, session, drop_id, trouble, typed=typed, now=call.now)
