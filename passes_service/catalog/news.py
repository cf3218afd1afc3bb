"""News of a session: who changed it tells what it was, who writes letters what has been told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.core.events import SessionChanged
from passes_service.db import outbox
from passes_service.db.models import CalendarSession, SessionNews
from passes_service.db.upsert import insert_if_absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What matters to somebody on the way to a session, and the counter it belongs to."""

    starts_at: datetime
    ends_at: datetime
    location: str
    status: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Pending:
    """What holders know, and the last weighty change that they were not told of.

    `alone`: an event of an earlier version, which knows nothing of the others.
    """

    was: Known
    unsaid: str
    alone: bool = False


# These may open rights even if in the end all is as it was: moved, and moved back.
WEIGHTY = ("moved", "cancelled", "reinstated")


def known(row: CalendarSession | SessionNews) -> Known:
    """Return what a row says now; take it before the row is changed."""
    return Known(**{name: getattr(row, name) for name in Known.__dataclass_fields__})


def publish(
    session: Session, row: CalendarSession, change: str, *, was: Known, now: datetime
) -> None:
    """Store an event about a change, and what it was as long as nobody was told of another.

    The caller holds the calendar, so changes of one session come one after the other.
    """
    key: dict[str, Any] = {"organizer_id": row.organizer_id, "session_id": row.id}
    before = {name: getattr(was, name) for name in Known.__dataclass_fields__}
    insert_if_absent(session, SessionNews, {**key, **before, "latest": row.sequence, "unsaid": ""})
    unsaid = {"unsaid": change} if change in WEIGHTY else {}
    session.execute(_of(row.organizer_id, row.id).values(latest=row.sequence, **unsaid))
    event = SessionChanged(
        **key,
        change=change,
        sequence=row.sequence,
        was_starts_at=was.starts_at,
        was_ends_at=was.ends_at,
        was_location=was.location,
    )
    outbox.add(session, event, now=now)


def pending(
    session: Session, row: CalendarSession, *, change: str, sequence: int | None
) -> Pending | None:
    """Return what is to be told on behalf of one event.

    None if it has nothing to say: a later event will, or everybody was told.
    """
    found = session.get(SessionNews, (row.organizer_id, row.id), populate_existing=True)
    if found is None or sequence is None:
        return Pending(known(row), change, alone=True)
    if found.latest > sequence or found.sequence >= sequence:
        return None
    return Pending(known(found), found.unsaid)


def told(session: Session, row: CalendarSession, *, sequence: int) -> None:
    """Record that all holders were told the state which the event with this counter left.

    Whoever is slower than a later event changes nothing.
    """
    state = {name: getattr(known(row), name) for name in ("starts_at", "ends_at", "status")}
    session.execute(
        _of(row.organizer_id, row.id)
        .where(col(SessionNews.latest) == sequence, col(SessionNews.sequence) < sequence)
        .values(**state, location=row.location, sequence=sequence, unsaid="")
    )


def _of(organizer_id: UUID, session_id: UUID) -> Any:
    return update(SessionNews).where(
        col(SessionNews.organizer_id) == organizer_id, col(SessionNews.session_id) == session_id
    )
