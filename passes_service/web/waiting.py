"""Who waits, and how their place stands: shared by the page and the API of waiting rooms."""

from __future__ import annotations

import re
import threading
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import Request, Response

from passes_service.accounts.errors import NotSignedIn
from passes_service.bootstrap import Services
from passes_service.db.models import Drop
from passes_service.drops import queue_look, queue_moving
from passes_service.drops.queue_look import Look
from passes_service.web.deps import holder_only

VISITOR_COOKIE: Final = "passes_visitor"
VISITOR_SECONDS: Final = 90 * 86_400
_VISITOR: Final = re.compile(r"[A-Za-z0-9_-]{16,50}")
_MOVING: Final = threading.Lock()


def subject_of(request: Request, organizer_id: UUID) -> str | None:
    """Return who this browser is for an organizer: its holder, else its visitor, else nobody."""
    try:
        caller = holder_only(request)
    except NotSignedIn:
        caller = None
    if caller is not None and caller.organizer_id == organizer_id:
        return f"h:{caller.id}"
    found = request.cookies.get(VISITOR_COOKIE, "")
    return f"v:{found}" if _VISITOR.fullmatch(found) else None


def new_visitor(services: Services) -> str:
    """Return a fresh visitor id: whoever knows it is that visitor."""
    return urlsafe_b64encode(services.random_bytes(16)).rstrip(b"=").decode()


def keep_visitor(response: Response, subject: str, services: Services) -> None:
    """Let the browser remember which visitor it is; a holder is known by the login."""
    if subject.startswith("v:"):
        response.set_cookie(
            VISITOR_COOKIE,
            subject.removeprefix("v:"),
            max_age=VISITOR_SECONDS,
            httponly=True,
            samesite="lax",
            secure=services.settings.secure_cookies,
        )


def moved(services: Services, drop: Drop, found: Look, *, now: datetime) -> Look:
    """Move the room if it is due, and return how the place stands then.

    One thread of a process does it at a time: the others have seen the room a moment ago.
    """
    if not found.due or not _MOVING.acquire(blocking=False):
        return found
    try:
        with services.database.transaction() as session:
            room = found.room
            if room.numbered_at is None:
                room = queue_moving.number_early(session, drop, now=now) or room
            if queue_moving.is_due(room, now=now):
                queue_moving.move(session, room, now=now)
    finally:
        _MOVING.release()
    with services.database.reading() as session:
        return queue_look.look(session, drop, found.entry.id, now=now)
