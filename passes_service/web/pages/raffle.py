"""A raffle in a browser: enter, see what became of the entry, check the draw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session, col, select

from passes_service.accounts import organizers
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotSignedIn
from passes_service.bootstrap import Services
from passes_service.db.models import Drop, DropDraw, DropOffer, Organizer, RaffleEntry
from passes_service.drops import raffle
from passes_service.web.deps import HolderCall, Now, Reading, TheServices, holder_only
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages.drop_address import drop_at
from passes_service.web.pages.forms import Trouble, identity, submit
from passes_service.web.pages.rendering import page
from passes_service.web.routes.raffles import file_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Seen:
    """A raffle as somebody sees it. `stage`: before, open, stopped, closed, drawn."""

    drop: Drop
    row: DropDraw
    stage: str
    closes_at: datetime
    count: int
    offers: tuple[DropOffer, ...]
    entry: RaffleEntry | None


@router.get("/o/{slug}/drops/{drop_slug}/draw.json")
def published(slug: str, drop_slug: str, session: Reading) -> Response:
    """Show what anyone needs to repeat the draw."""
    return file_of(session, drop_at(session, organizers.by_slug(session, slug), drop_slug))


@router.get("/o/{slug}/drops/{drop_slug}/raffle")
def show(slug: str, drop_slug: str, request: Request, services: TheServices, now: Now) -> Response:
    """Show the raffle, and to who has entered what became of it."""
    return _page(request, services, slug, drop_slug, _caller(request), now=now)


@router.post("/o/{slug}/drops/{drop_slug}/raffle")
def enter(
    slug: str,
    drop_slug: str,
    request: Request,
    call: HolderCall,
    offer_id: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Enter; pressing twice enters once."""
    chosen = identity(offer_id, field="offer_id") if offer_id else None

    def work(session: Session) -> Reply:
        organizer = organizers.by_slug(session, slug)
        if organizer.id != call.caller.organizer_id:
            raise NotSignedIn("You are signed in with another organizer.")
        drop = drop_at(session, organizer, drop_slug)
        raffle.enter(
            session,
            drop,
            holder_id=call.caller.id,
            offer_id=chosen,
            random=call.services.random_bytes,
            now=call.now,
        )
        return see_other(f"/o/{organizer.slug}/drops/{drop.slug}/raffle")

    def again(trouble: Trouble) -> Response:
        return _page(request, call.services, slug, drop_slug, call.caller, trouble, now=call.now)

    return submit(call, work, again)


def _page(
    request: Request,
    services: Services,
    slug: str,
    drop_slug: str,
    caller: Caller | None,
    trouble: Trouble | None = None,
    *,
    now: datetime,
) -> Response:
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, slug)
        at_home = caller is not None and caller.organizer_id == organizer.id
        holder_id = caller.id if caller is not None and at_home else None
        seen = _seen(session, organizer, drop_slug, holder_id, now)
    network = services.networks.get(seen.row.chain_id or 0)
    home = f"/o/{organizer.slug}/drops/{seen.drop.slug}"
    return page(
        request,
        "public/raffle.html",
        status=trouble.status if trouble else 200,
        caller=caller if at_home else None,
        organizer=organizer,
        seen=seen,
        chain=network.name if network else f"chain {seen.row.chain_id}",
        home=home,
        file=f"{services.settings.origin}{home}/draw.json",
        trouble=trouble,
        zone=organizer.time_zone,
        now=now,
    )


def _seen(
    session: Session, organizer: Organizer, slug: str, holder_id: UUID | None, now: datetime
) -> Seen:
    drop = drop_at(session, organizer, slug)
    row = raffle.draw_of(session, drop)
    offers = session.exec(
        select(DropOffer)
        .where(DropOffer.organizer_id == drop.organizer_id, DropOffer.drop_id == drop.id)
        .order_by(col(DropOffer.position))
    ).all()
    return Seen(
        drop=drop,
        row=row,
        stage=_stage(session, drop, row, now),
        closes_at=raffle.entries_close_at(session, drop),
        count=raffle.count(session, drop) if row.entries is None else row.entries,
        offers=tuple(offers),
        entry=None if holder_id is None else raffle.find(session, drop, holder_id=holder_id),
    )


def _stage(session: Session, drop: Drop, row: DropDraw, now: datetime) -> str:
    if row.drawn_at is not None:
        return "drawn"
    if row.closed_at is not None or raffle.are_over(session, drop, now=now):
        return "closed"
    if now < drop.opens_at or not drop.agreed:
        return "before"
    return "stopped" if drop.state == "paused" else "open"


def _caller(request: Request) -> Caller | None:
    try:
        return holder_only(request)
    except NotSignedIn:
        return None
