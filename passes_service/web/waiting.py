"""Who waits, and how their place stands: shared by the page and the API of waiting rooms."""

from __future__ import annotations

import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response

from passes_service.accounts.errors import NotSignedIn
from passes_service.bootstrap import Services
from passes_service.db.models import Drop
from passes_service.drops import queue, queue_look, queue_moving
from passes_service.drops.queue_look import Look
from passes_service.web.buyers import VISITOR_COOKIE, visitor_subject
from passes_service.web.deps import holder_only

T = TypeVar("T")
VISITOR_SECONDS: Final = 90 * 86_400
_FEW: Final = CapacityLimiter(4)
_MOVING: Final = threading.Lock()


async def aside(work: Callable[[], T]) -> T:
    """Do something on one of a few threads: many at once would only wait for each other."""
    return await to_thread.run_sync(work, limiter=_FEW)


def subject_of(request: Request, organizer_id: UUID) -> str | None:
    """Return who this browser is for an organizer: its holder, else its visitor, else nobody."""
    try:
        caller = holder_only(request)
    except NotSignedIn:
        caller = None
    if caller is not None and caller.organizer_id == organizer_id:
        return f"h:{caller.id}"
    return guest_of(request)


def guest_of(request: Request) -> str | None:
    """Return who this browser is without a login, nobody if it has no visitor cookie."""
    visitor = request.cookies.get(VISITOR_COOKIE)
    return visitor_subject(visitor) if visitor else None


def new_visitor(services: Services) -> str:
    """Return a fresh visitor id: whoever knows it is that visitor."""
    return urlsafe_b64encode(services.random_bytes(16)).rstrip(b"=").decode()


def keep_visitor(response: Response, visitor: str, services: Services) -> None:
    """Let the browser remember which visitor it is."""
    response.set_cookie(
        VISITOR_COOKIE,
        visitor,
        max_age=VISITOR_SECONDS,
        httponly=True,
        samesite="lax",
        secure=services.settings.secure_cookies,
    )


def mine(
    services: Services, request: Request, drop: Drop, subject: str, *, now: datetime
) -> Look | None:
    """Return the place of a subject; a holder's is also the one this browser took as a guest."""
    guest = guest_of(request)
    with services.database.reading() as session:
        found = queue_look.look_for(session, drop, subject, now=now)
        if found is not None or guest is None or guest == subject:
            return found
        found = queue_look.look_for(session, drop, guest, now=now)
    return None if found is None else adopted(services, drop, found, subject)


def adopted(services: Services, drop: Drop, found: Look, subject: str) -> Look:
    """Return the place as the holder's own, who came to it as a guest."""
    with services.database.transaction() as session:
        entry = queue.adopt(session, found.entry, subject=subject)
        return queue_look.look(session, drop, entry.id, now=found.at)


def joined(services: Services, drop: Drop, subject: str, *, now: datetime) -> Look:
    """Return the place of a subject, taken now if they had none.

    Raises:
        NoWaitingRoom, WaitingRoomOver: Nobody waits for this Drop.
    """
    with services.database.transaction() as session:
        entry = queue.join(session, drop, subject=subject, now=now)
        found = queue_look.look(session, drop, entry.id, now=now)
    return moved(services, drop, found, now=now)


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
