"""Sessions: create, change, move, cancel. A counter moves only when what is shown moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import calendars, portions
from passes_service.catalog.errors import SessionInvalid, SessionOver
from passes_service.core import localtime
from passes_service.core.events import SessionChanged
from passes_service.db import outbox
from passes_service.db.models import CalendarSession

LONGEST = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Details:
    """What an organizer says about a session. Instants are aware; an all-day end is exclusive."""

    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    description: str = ""
    location: str = ""
    join_link: str = ""
    all_day: bool = False
    capacity: int | None = None


def create(
    session: Session, *, organizer_id: UUID, calendar_id: UUID, details: Details, now: datetime
) -> CalendarSession:
    """Add a session to a calendar.

    Raises:
        NotFound: The calendar is not this organizer's.
        SessionInvalid, TimeZoneUnknown: A field makes no sense.
    """
    calendars.get(session, organizer_id=organizer_id, calendar_id=calendar_id)
    details = checked(details)
    row = CalendarSession(
        organizer_id=organizer_id,
        calendar_id=calendar_id,
        changed_at=now,
        created_at=now,
        **vars(details),
    )
    session.add(row)
    session.flush()
    calendars.bump(session, organizer_id=organizer_id, calendar_id=calendar_id)
    return row


def checked(details: Details) -> Details:
    """Return the details with instants in UTC at whole seconds, or refuse them."""
    localtime.zone(details.time_zone)
    if details.starts_at.tzinfo is None or details.ends_at.tzinfo is None:
        raise SessionInvalid("Start and end need an offset from UTC.", field="starts_at")
    starts = details.starts_at.astimezone(UTC).replace(microsecond=0)
    ends = details.ends_at.astimezone(UTC).replace(microsecond=0)
    if not details.title.strip():
        raise SessionInvalid("A session needs a title.", field="title")
    if ends <= starts:
        raise SessionInvalid("A session ends after it starts.", field="ends_at")
    if ends - starts > LONGEST:
        raise SessionInvalid("A session lasts 31 days at most.", field="ends_at")
    if details.capacity is not None and details.capacity < 1:
        raise SessionInvalid("Capacity is at least 1, or empty for no limit.", field="capacity")
    return replace(details, title=details.title.strip(), starts_at=starts, ends_at=ends)


def get(session: Session, *, organizer_id: UUID, session_id: UUID) -> CalendarSession:
    """Return a session of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(CalendarSession, (organizer_id, session_id))
    if found is None:
        raise NotFound("There is no such session here.")
    return found


def of_calendar(
    session: Session, *, organizer_id: UUID, calendar_id: UUID
) -> Sequence[CalendarSession]:
    """Return a calendar's sessions in order of time."""
    return session.exec(
        select(CalendarSession)
        .where(
            CalendarSession.organizer_id == organizer_id,
            CalendarSession.calendar_id == calendar_id,
        )
        .order_by(col(CalendarSession.starts_at), col(CalendarSession.id))
    ).all()


def details_of(row: CalendarSession) -> Details:
    """Return what the row says, in the form that `change` takes."""
    return Details(**{name: getattr(row, name) for name in Details.__dataclass_fields__})


def change(
    session: Session, *, organizer_id: UUID, session_id: UUID, details: Details, now: datetime
) -> CalendarSession:
    """Give a session new details; a new time publishes a move (see `portions.publish_move`).

    Raises:
        SessionOver: It has ended or was cancelled.
    """
    row = get(session, organizer_id=organizer_id, session_id=session_id)
    details = checked(details)
    before = details_of(row)
    if details == before:
        return row
    if row.status == "cancelled" or row.ends_at <= now:
        raise SessionOver("It has ended or was cancelled.", session_id=str(session_id))
    moved = (before.starts_at, before.ends_at) != (details.starts_at, details.ends_at)
    if moved and details.starts_at <= now:
        raise SessionInvalid("A session can only be moved to a later time.", field="starts_at")
    for name, value in vars(details).items():
        setattr(row, name, value)
    if moved:
        row.status = "moved"
    _publish(session, row, now=now)
    if moved:
        portions.publish_move(session, moved=row, now=now)
        _tell(session, row, "moved", now=now)
    return row


def cancel(
    session: Session, *, organizer_id: UUID, session_id: UUID, now: datetime
) -> CalendarSession:
    """Cancel a session for good; Portions that lose their last session are owed for.

    Raises:
        SessionOver: It has ended already. Cancelling twice changes nothing.
    """
    row = get(session, organizer_id=organizer_id, session_id=session_id)
    if row.status == "cancelled":
        return row
    if row.ends_at <= now:
        raise SessionOver("It has ended.", session_id=str(session_id))
    row.status = "cancelled"
    _publish(session, row, now=now)
    portions.publish_cancellation(session, cancelled=row, now=now)
    _tell(session, row, "cancelled", now=now)
    return row


def reinstate(
    session: Session, *, organizer_id: UUID, session_id: UUID, now: datetime
) -> CalendarSession:
    """Bring a cancelled session back. Money already promised for it stays promised.

    Raises:
        SessionOver: Its time has passed. Reinstating what is not cancelled changes nothing.
    """
    row = get(session, organizer_id=organizer_id, session_id=session_id)
    if row.status != "cancelled":
        return row
    if row.ends_at <= now:
        raise SessionOver("Its time has passed.", session_id=str(session_id))
    row.status = "scheduled"
    _publish(session, row, now=now)
    _tell(session, row, "reinstated", now=now)
    return row


def _publish(session: Session, row: CalendarSession, *, now: datetime) -> None:
    row.sequence += 1
    row.changed_at = now
    session.add(row)
    session.flush()
    calendars.bump(session, organizer_id=row.organizer_id, calendar_id=row.calendar_id)


def _tell(session: Session, row: CalendarSession, change: str, *, now: datetime) -> None:
    event = SessionChanged(organizer_id=row.organizer_id, session_id=row.id, change=change)
    outbox.add(session, event, now=now)
