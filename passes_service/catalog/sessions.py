"""Sessions: create, change, move, cancel. A counter moves only when what is shown moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import calendars, marks, news, portions, wording
from passes_service.catalog.errors import SessionInvalid, SessionOver
from passes_service.core import localtime
from passes_service.db.models import CalendarSession

LONGEST = timedelta(days=31)
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
# What calendar apps are shown. Capacity and join link are not: changing them moves no counter.
RENDERED = (
    *("title", "description", "location", "starts_at", "ends_at", "time_zone", "all_day"),
    *("latitude", "longitude", "categories", "texts"),
)


@dataclass(frozen=True, kw_only=True)
class Details(wording.Wording):
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
    row = new(organizer_id=organizer_id, calendar_id=calendar_id, details=details, now=now)
    session.add(row)
    session.flush()
    calendars.bump(session, organizer_id=organizer_id, calendar_id=calendar_id)
    return row


def new(
    *, organizer_id: UUID, calendar_id: UUID, details: Details, now: datetime
) -> CalendarSession:
    """Return a session that is not stored yet.

    Raises:
        SessionInvalid, TimeZoneUnknown: A field makes no sense.
    """
    return CalendarSession(
        organizer_id=organizer_id,
        calendar_id=calendar_id,
        changed_at=now,
        created_at=now,
        **wording.columns(checked(details)),
    )


def checked(details: Details) -> Details:
    """Return the details with instants in UTC at whole seconds, or refuse them."""
    localtime.zone(details.time_zone)
    if details.starts_at.tzinfo is None or details.ends_at.tzinfo is None:
        raise SessionInvalid("Start and end need an offset from UTC.", field="starts_at")
    starts, ends = _instant(details.starts_at, "starts_at"), _instant(details.ends_at, "ends_at")
    if not details.title.strip():
        raise SessionInvalid("A session needs a title.", field="title")
    if ends <= starts:
        raise SessionInvalid("A session ends after it starts.", field="ends_at")
    if ends - starts > LONGEST:
        raise SessionInvalid("A session lasts 31 days at most.", field="ends_at")
    if details.capacity is not None and details.capacity < 1:
        raise SessionInvalid("Capacity is at least 1, or empty for no limit.", field="capacity")
    more = wording.checked(details)
    return replace(details, title=details.title.strip(), starts_at=starts, ends_at=ends, **more)


def _instant(moment: datetime, field: str) -> datetime:
    try:
        found = moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        span = f"{EARLIEST.year} and {LATEST.year}"
        raise SessionInvalid(f"A session takes place between {span}.", field=field)
    return found


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
    known = {name: getattr(row, name) for name in Details.__dataclass_fields__}
    return Details(**known | wording.read(row.categories, row.texts))


def change(
    session: Session, *, organizer_id: UUID, session_id: UUID, details: Details, now: datetime
) -> CalendarSession:
    """Give a session new details; a new time publishes a move (see `portions.publish_move`).

    Raises:
        SessionOver: It has ended or was cancelled.
        SessionInvalid, TimeZoneUnknown: A field makes no sense, or the new time is over already.
    """
    row = lock(session, organizer_id=organizer_id, session_id=session_id)
    return revise(session, row, details, now=now)


def amend(
    session: Session,
    *,
    organizer_id: UUID,
    session_id: UUID,
    fields: Mapping[str, Any],
    now: datetime,
) -> CalendarSession:
    """Change some fields and leave the others as they are, also if they change at this moment.

    Raises:
        As `change`.
    """
    row = lock(session, organizer_id=organizer_id, session_id=session_id)
    return revise(session, row, replace(details_of(row), **fields), now=now)


def lock(session: Session, *, organizer_id: UUID, session_id: UUID) -> CalendarSession:
    """Return a session as it is now, its whole calendar held until the transaction ends.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    row = get(session, organizer_id=organizer_id, session_id=session_id)
    calendars.lock(session, organizer_id=organizer_id, calendar_id=row.calendar_id)
    session.refresh(row)  # it may have changed while we waited
    return row


def revise(
    session: Session, row: CalendarSession, details: Details, *, now: datetime
) -> CalendarSession:
    """Do as `change` says; the caller holds the calendar (`lock`)."""
    details = checked(details)
    before, was = details_of(row), news.known(row)
    if details == before:
        return row
    if row.status == "cancelled" or row.ends_at <= now:
        raise SessionOver("It has ended or was cancelled.", session_id=str(row.id))
    moved = (before.starts_at, before.ends_at) != (details.starts_at, details.ends_at)
    if before.starts_at != details.starts_at and details.starts_at <= now:
        raise SessionInvalid("A session cannot be moved into the past.", field="starts_at")
    if moved and details.ends_at <= now:
        raise SessionInvalid("Its new end is over already.", field="ends_at")
    for name, value in wording.columns(details).items():
        setattr(row, name, value)
    if moved:
        row.status = "moved"
    shown = any(getattr(before, name) != getattr(details, name) for name in RENDERED)
    if shown:
        _publish(session, row, now=now)
    session.flush()
    if moved:
        portions.publish_move(session, moved=row, now=now)
        news.publish(session, row, "moved", was=was, now=now)
    elif shown:
        place = before.location != details.location
        news.publish(session, row, "place" if place else "details", was=was, now=now)
    return row


def cancel(
    session: Session, *, organizer_id: UUID, session_id: UUID, now: datetime
) -> CalendarSession:
    """Cancel a session; Portions that lose their last session are owed for, their sale closes.

    Raises:
        SessionOver: It has ended already. Cancelling twice changes nothing.
    """
    row = lock(session, organizer_id=organizer_id, session_id=session_id)
    return call_off(session, row, now=now)


def call_off(session: Session, row: CalendarSession, *, now: datetime) -> CalendarSession:
    """Do as `cancel` says; the caller holds the calendar (`lock`)."""
    if row.status == "cancelled":
        return row
    if row.ends_at <= now:
        raise SessionOver("It has ended.", session_id=str(row.id))
    was = news.known(row)
    row.status = "cancelled"
    _publish(session, row, now=now)
    portions.publish_cancellation(session, cancelled=row, now=now)
    news.publish(session, row, "cancelled", was=was, now=now)
    return row


def reinstate(
    session: Session, *, organizer_id: UUID, session_id: UUID, now: datetime
) -> CalendarSession:
    """Bring a cancelled session back. Money already promised for it stays promised.

    Raises:
        SessionOver: Its time has passed. Reinstating what is not cancelled changes nothing.
    """
    row = lock(session, organizer_id=organizer_id, session_id=session_id)
    if row.status != "cancelled":
        return row
    if row.ends_at <= now:
        raise SessionOver("Its time has passed.", session_id=str(row.id))
    return _bring_back(session, row, was=news.known(row), now=now)


def bring_back(
    session: Session, row: CalendarSession, details: Details, *, now: datetime
) -> CalendarSession:
    """Reinstate a cancelled session with new details, also after its old time has passed.

    The caller holds the calendar (`lock`).

    Raises:
        SessionInvalid, TimeZoneUnknown: A field makes no sense.
    """
    details, was = checked(details), news.known(row)
    moved = (was.starts_at, was.ends_at) != (details.starts_at, details.ends_at)
    for name, value in wording.columns(details).items():
        setattr(row, name, value)
    _bring_back(session, row, was=was, now=now)
    if moved:
        row.status = "moved"
        portions.publish_move(session, moved=row, now=now)
        news.publish(session, row, "moved", was=was, now=now)
    return row


def _bring_back(
    session: Session, row: CalendarSession, *, was: news.Known, now: datetime
) -> CalendarSession:
    row.status = "scheduled"
    _publish(session, row, now=now)
    news.publish(session, row, "reinstated", was=was, now=now)
    return row


def _publish(session: Session, row: CalendarSession, *, now: datetime) -> None:
    row.sequence += 1
    row.changed_at = max(now, row.changed_at)  # a clock may step back, what apps compare may not
    session.add(row)
    session.flush()
    calendars.bump(session, organizer_id=row.organizer_id, calendar_id=row.calendar_id)
    marks.holders_of(session, row)
