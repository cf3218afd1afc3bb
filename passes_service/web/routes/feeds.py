"""The feed itself: what calendar apps fetch, forgiving towards every client's habits."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import structlog
from fastapi import APIRouter, Request, Response
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from passes_service.bootstrap import Services
from passes_service.db.models import FeedLink
from passes_service.feeds import delivery, links, service
from passes_service.feeds.memory import LastServed
from passes_service.feeds.service import Served
from passes_service.web import problems
from passes_service.web.deps import Now, TheServices

router = APIRouter(prefix="/feeds", tags=["Feeds"])
log = structlog.get_logger("feeds")

SEEN_EVERY = timedelta(hours=1)


# `path`: an address with a slash in it is no other kind of mistake than one without.
@router.head("/{name:path}", include_in_schema=False)
@router.get(
    "/{name:path}",
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {}}, "description": "the holder's sessions"},
        304: {"description": "nothing changed since the ETag that was sent"},
        404: {"description": "we never gave out this address"},
    },
)
def feed(name: str, request: Request, services: TheServices, now: Now) -> Response:
    """Serve a personal calendar (RFC 5545). No login, no cookie: the address is the secret.

    An address that we gave out never sees an error: apps switch a calendar off after one. While
    the database is away the last bytes of this process go out, or, where there are none, the one
    answer after which every app asks again later: 404.
    """
    token = name.removesuffix(".ics")
    last = _last_served(request)
    try:
        found = _look_up(services, token, now)
    except Exception as error:
        log.error("feed not read", kind=type(error).__name__)
        found = last.recall(token)
    else:
        if found is not None:
            last.remember(token, found)
    if found is None:
        return _no_such_feed()
    answer = delivery.answer(
        found.body,
        found.etag,
        if_none_match=request.headers.get("if-none-match", ""),
        accept_encoding=request.headers.get("accept-encoding", ""),
    )
    body = b"" if request.method == "HEAD" else answer.body
    return Response(body, answer.status, answer.headers)


def _last_served(request: Request) -> LastServed:
    state = request.app.state
    if not hasattr(state, "last_served"):
        state.last_served = LastServed()
    found: LastServed = state.last_served
    return found


def _look_up(services: Services, token: str, now: datetime) -> Served | None:
    with services.database.reading() as session:
        link = links.find(session, token)
        if link is None:
            return None
        found = service.serve(session, link=link, origin=services.settings.origin, now=now)
    try:
        _remember(services, link, found, now)
    except SQLAlchemyError as error:  # there is an answer, and whoever asks next stores it
        log.error("feed not kept", kind=type(error).__name__)
    return found


def _remember(services: Services, link: FeedLink, found: Served, now: datetime) -> None:
    """Keep a fresh copy, and at most hourly that a device still asks: its holder sees when."""
    seen = link.last_fetched_at is not None and now - link.last_fetched_at <= SEEN_EVERY
    if found.fresh is None and seen:
        return
    with services.database.transaction() as session:
        if found.fresh is not None:
            service.keep(session, found.fresh)
        if not seen:
            session.execute(
                update(FeedLink)
                .where(col(FeedLink.organizer_id) == link.organizer_id, col(FeedLink.id) == link.id)
                .values(last_fetched_at=now)
            )


def _no_such_feed() -> Response:
    """Answer every unknown address alike: the same bytes, and nothing of what was asked."""
    refusal = problems.NoSuchAddress("There is no calendar at this address.")
    status, document = problems.document(refusal, "/feeds")
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(json.dumps(document), status, headers, problems.MEDIA_TYPE)
