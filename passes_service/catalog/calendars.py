"""Calendars: a season under one name and time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.core import localtime
from passes_service.db.models import Calendar


def create(
    session: Session,
    *,
    organizer_id: UUID,
    name: str,
    time_zone: str,
    description: str = "",
    now: datetime,
) -> Calendar:
    """Create an empty calendar.

    Raises:
        TimeZoneUnknown: `time_zone` is not an IANA name.
    """
    localtime.zone(time_zone)
    calendar = Calendar(
        organizer_id=organizer_id,
        name=name,
        time_zone=time_zone,
        description=description,
        created_at=now,
    )
    session.add(calendar)
    session.flush()
    return calendar


def change(
    session: Session,
    *,
    organizer_id: UUID,
    calendar_id: UUID,
    name: str | None = None,
    description: str | None = None,
) -> Calendar:
    """Change what the calendar is called; feeds follow at their next fetch."""
    calendar = get(session, organizer_id=organizer_id, calendar_id=calendar_id)
    if name is not None:
        calendar.name = name
    if description is not None:
        calendar.description = description
    session.add(calendar)
    session.flush()
    bump(session, organizer_id=organizer_id, calendar_id=calendar_id)
    return calendar


def get(session: Session, *, organizer_id: UUID, calendar_id: UUID) -> Calendar:
    """Return a calendar of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Calendar, (organizer_id, calendar_id))
    if found is None:
        raise NotFound("There is no such calendar here.")
    return found


def lock(session: Session, *, organizer_id: UUID, calendar_id: UUID) -> Calendar:
    """Return a calendar that nobody else changes until this transaction ends.

    Whatever changes its sessions, or sells them, queues here: of two sessions of one Portion that
    are cancelled at once, the second has to see the first.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    session.flush()
    found = session.exec(
        select(Calendar)
        .where(Calendar.organizer_id == organizer_id, Calendar.id == calendar_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound("There is no such calendar here.")
    return found


def every(session: Session, *, organizer_id: UUID) -> Sequence[Calendar]:
    """Return all calendars of an organizer, newest first."""
    return session.exec(
        select(Calendar)
        .where(Calendar.organizer_id == organizer_id)
        .order_by(col(Calendar.id).desc())
    ).all()


def bump(session: Session, *, organizer_id: UUID, calendar_id: UUID) -> None:
    """Mark the public feed of this calendar as outdated."""
    session.execute(
        update(Calendar)
        .where(col(Calendar.organizer_id) == organizer_id, col(Calendar.id) == calendar_id)
        .values(version=col(Calendar.version) + 1)
    )
