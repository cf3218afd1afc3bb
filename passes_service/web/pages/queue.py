"""The waiting room in a browser: join, see how the place stands, go on when it is one's turn."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from passes_service.accounts import organizers
from passes_service.bootstrap import Services
from passes_service.db.models import Drop, DropQueue, Organizer
from passes_service.drops import queue
from passes_service.drops.queue_look import Look
from passes_service.web import buyers, waiting
from passes_service.web.deps import Now, TheServices
from passes_service.web.pages.drop_address import drop_at
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
SOON: Final = 5
LATER: Final = 30
_OVER: Final = ("sold_out", "closed", "settled")


@router.get("/o/{slug}/drops/{drop_slug}/queue")
async def show(
    slug: str, drop_slug: str, request: Request, services: TheServices, now: Now
) -> Response:
    """Show the place of this browser, or how to take one."""
    return await waiting.aside(lambda: _show(slug, drop_slug, request, services, now))


def _show(
    slug: str, drop_slug: str, request: Request, services: Services, now: datetime
) -> Response:
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, slug)
        drop = drop_at(session, organizer, drop_slug)
        room = queue.room_of(session, drop)
    subject = waiting.subject_of(request, organizer.id)
    found = None
    if subject is not None:
        found = waiting.mine(services, request, drop, subject, now=now)
    if found is not None:
        found = waiting.moved(services, drop, found, now=now)
        room = found.room
    return _page(request, services, organizer, drop, room, found, now)


@router.post("/o/{slug}/drops/{drop_slug}/queue")
async def join(
    slug: str, drop_slug: str, request: Request, services: TheServices, now: Now
) -> Response:
    """Take a place: pressing twice takes one."""
    return await waiting.aside(lambda: _join(slug, drop_slug, request, services, now))


def _join(
    slug: str, drop_slug: str, request: Request, services: Services, now: datetime
) -> Response:
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, slug)
        drop = drop_at(session, organizer, drop_slug)
    answer = RedirectResponse(f"/o/{organizer.slug}/drops/{drop.slug}/queue", 303)
    subject = waiting.subject_of(request, organizer.id)
    if subject is None:
        visitor = waiting.new_visitor(services)
        subject = buyers.visitor_subject(visitor)
        waiting.keep_visitor(answer, visitor, services)
    if waiting.mine(services, request, drop, subject, now=now) is None:
        waiting.joined(services, drop, subject, now=now)
    return answer


def _page(
    request: Request,
    services: Services,
    organizer: Organizer,
    drop: Drop,
    room: DropQueue,
    found: Look | None,
    now: datetime,
) -> Response:
    home = f"/o/{organizer.slug}/drops/{drop.slug}"
    token = ""
    if found is not None:
        token = queue.token_of(found.entry, key=services.keyring.session_key)
    return page(
        request,
        "public/queue.html",
        organizer=organizer,
        drop=drop,
        room=room,
        found=found,
        home=home,
        go=f"{home}?queue={token}" if token else home,
        over=now >= drop.closes_at or (found is not None and found.drop_state in _OVER),
        again=_again(drop, found, now),
        zone=organizer.time_zone,
        now=now,
    )


def _again(drop: Drop, found: Look | None, now: datetime) -> int:
    """Return after how many seconds the page should be looked at again; 0 is never."""
    if found is None or found.state == "admitted" or now >= drop.closes_at:
        return 0
    left = (drop.opens_at - now).total_seconds()
    return SOON if left <= LATER else LATER
