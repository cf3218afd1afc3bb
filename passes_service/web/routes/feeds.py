"""The feed itself: what calendar apps fetch, forgiving towards every client's habits."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from sqlalchemy import update
from sqlmodel import col

from passes_service.bootstrap import Services
from passes_service.db.models import FeedCopy, FeedLink
from passes_service.feeds import delivery, links, service
from passes_service.web.deps import Now, TheServices
from passes_service.web.problems import NoSuchAddress

router = APIRouter(prefix="/feeds", tags=["Feeds"])

SEEN_EVERY = timedelta(hours=1)


@router.head("/{name}", include_in_schema=False)
@router.get(
    "/{name}",
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {}}, "description": "the holder's sessions"},
        304: {"description": "nothing changed since the ETag that was sent"},
        404: {"description": "we never gave out this address"},
    },
)
def feed(name: str, request: Request, services: TheServices, now: Now) -> Response:
    """Serve a personal calendar (RFC 5545). No login, no cookie: the address is the secret."""
    token = name.removesuffix(".ics")
    with services.database.reading() as session:
        link = links.find(session, token)
        if link is None:
            raise NoSuchAddress("There is no calendar at this address.")
        found = service.serve(session, link=link, origin=services.settings.origin, now=now)
        is_new = isinstance(found, FeedCopy) and found not in session
    if isinstance(found, FeedCopy) and is_new:
        with services.database.transaction() as session:
            service.keep(session, found)
    if link.last_fetched_at is None or now - link.last_fetched_at > SEEN_EVERY:
        _seen(services, link, now)
    answer = delivery.answer(
        found.body,
        found.etag,
        if_none_match=request.headers.get("if-none-match", ""),
        accept_encoding=request.headers.get("accept-encoding", ""),
    )
    body = b"" if request.method == "HEAD" else answer.body
    return Response(body, answer.status, answer.headers)


def _seen(services: Services, link: FeedLink, now: datetime) -> None:
    """Remember, at most hourly, that a device still asks: its holder sees when."""
    with services.database.transaction() as session:
        session.execute(
            update(FeedLink)
            .where(col(FeedLink.organizer_id) == link.organizer_id, col(FeedLink.id) == link.id)
            .values(last_fetched_at=now)
        )
