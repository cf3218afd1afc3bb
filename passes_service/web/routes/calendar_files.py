"""Calendars for everybody, and single sessions as files; the personal feed is in `web.feeds`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from passes_service.accounts import organizers
from passes_service.accounts.errors import NotFound, NotSignedIn
from passes_service.db.models import Holder
from passes_service.feeds import delivery, public
from passes_service.feeds.copies import Stored
from passes_service.feeds.delivery import Asked, Validators
from passes_service.web import problems
from passes_service.web.deps import CurrentHolder, Now, Reading, TheServices

router = APIRouter(tags=["Calendar files"])
SHARED = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=604800"
CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {}}, "description": "a calendar (RFC 5545)"},
    304: {"description": "nothing changed since the validator that was sent"},
}


@router.head("/o/{slug}/calendars/{calendar_id}.ics", include_in_schema=False)
@router.get(
    "/o/{slug}/calendars/{calendar_id}.ics",
    response_class=Response,
    responses=CALENDAR | problems.declare(NotFound),
)
def calendar(
    slug: str,
    calendar_id: UUID,
    request: Request,
    session: Reading,
    services: TheServices,
    now: Now,
) -> Response:
    """Serve a calendar that its organizer made public; anybody may cache it for five minutes."""
    organizer = organizers.by_slug(session, slug)
    stored = public.calendar(
        session, organizer, calendar_id, origin=services.settings.origin, now=now
    )
    return answer_file(request, stored, cache=SHARED, name=slug)


@router.head("/o/{slug}/sessions/{session_id}.ics", include_in_schema=False)
@router.get(
    "/o/{slug}/sessions/{session_id}.ics",
    response_class=Response,
    responses=CALENDAR | problems.declare(NotFound),
)
def one_session(
    slug: str, session_id: UUID, request: Request, session: Reading, services: TheServices
) -> Response:
    """Serve one session of a public calendar, to be added to a calendar by hand."""
    organizer = organizers.by_slug(session, slug)
    stored = public.one_session(session, organizer, session_id, origin=services.settings.origin)
    return answer_file(request, stored, cache=SHARED, name=slug)


@router.get(
    "/me/sessions/{session_id}.ics",
    response_class=Response,
    responses=CALENDAR | problems.declare(NotFound, NotSignedIn),
)
def own_session(
    session_id: UUID,
    request: Request,
    session: Reading,
    services: TheServices,
    caller: CurrentHolder,
) -> Response:
    """Serve one session that a pass of the signed-in holder opens."""
    holder = session.get_one(Holder, (caller.organizer_id, caller.id))
    stored = public.own_session(
        session,
        organizers.get(session, organizer_id=caller.organizer_id),
        holder_id=caller.id,
        session_id=session_id,
        origin=services.settings.origin,
        language=holder.locale,
    )
    return answer_file(request, stored, cache=delivery.PRIVATE, name="session")


def answer_file(request: Request, stored: Stored, *, cache: str, name: str) -> Response:
    """Answer with a calendar file, or that it is still the one that was fetched."""
    asked = Asked(  # by tag only: what leaves the window changes no session's date
        if_none_match=request.headers.get("if-none-match", ""),
        accept_encoding=request.headers.get("accept-encoding", ""),
    )
    known = Validators(stored.etag, stored.changed_at)
    headers = delivery.headers(known, asked, cache=cache)
    if cache == SHARED:
        del headers["x-robots-tag"]
    if delivery.unchanged(known, asked):
        return Response(status_code=304, headers=headers)
    body, more = delivery.body(stored, asked, name)
    return Response(b"" if request.method == "HEAD" else body, headers=headers | more)
