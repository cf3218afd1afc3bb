"""Import a calendar file into a calendar: first the plan, then all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from passes_service.catalog import calendars, sessions
from passes_service.catalog.ics_import import Import, Occurrence, Skipped, read
from passes_service.catalog.ics_import.diff import GONE, Changes, Known, diff, fingerprint
from passes_service.catalog.sessions import Details
from passes_service.db.models import CalendarSession

HORIZON_BACK = timedelta(days=1)
HORIZON = timedelta(days=730)
LIMIT = 1000
_TITLE, _LOCATION, _UID = 300, 500, 500


@dataclass(frozen=True)
class Plan:
    """What an import would do to one calendar."""

    found: Import
    changes: Changes


@dataclass(frozen=True)
class Report:
    """What an import did; skipped entries carry their reasons."""

    created: int
    changed: int
    cancelled: int
    unchanged: int
    skipped: tuple[Skipped, ...]


def plan(
    session: Session,
    *,
    organizer_id: UUID,
    calendar_id: UUID,
    body: bytes,
    floating_zone: str | None = None,
    now: datetime,
) -> Plan:
    """Return what importing `body` would change: sessions from yesterday to two years ahead.

    Raises:
        ImportBroken, ImportTooLarge, ImportZoneNeeded, ImportZoneUnknown: See `ics_import.read`.
        NotFound: The calendar is not this organizer's.
    """
    calendar = calendars.get(session, organizer_id=organizer_id, calendar_id=calendar_id)
    found = read(
        body,
        floating_zone=floating_zone,
        calendar_zone=calendar.time_zone,
        horizon_start=now - HORIZON_BACK,
        horizon_end=now + HORIZON,
        limit=LIMIT,
    )
    found = replace(
        found,
        occurrences=tuple(_fitting(one) for one in found.occurrences),
        outside=tuple(_fitting(one) for one in found.outside),
    )
    rows = _imported(session, organizer_id, calendar_id)
    changes = diff([_known(row) for row in rows.values()], found)
    return Plan(found, _without_past(changes, now=now))


def apply(
    session: Session,
    *,
    organizer_id: UUID,
    calendar_id: UUID,
    body: bytes,
    floating_zone: str | None = None,
    now: datetime,
) -> Report:
    """Plan and carry out an import in the caller's transaction.

    Raises:
        As `plan`; then nothing was changed.
    """
    made = plan(
        session,
        organizer_id=organizer_id,
        calendar_id=calendar_id,
        body=body,
        floating_zone=floating_zone,
        now=now,
    )
    rows = _imported(session, organizer_id, calendar_id)
    for one in made.changes.created:
        row = sessions.create(
            session,
            organizer_id=organizer_id,
            calendar_id=calendar_id,
            details=_details(one),
            now=now,
        )
        row.ics_uid, row.ics_recurrence = one.uid, one.recurrence_id
        row.ics_fingerprint = fingerprint(one)
    for change in made.changes.changed:
        row = rows[change.known.uid, change.known.recurrence_id]
        if row.status == "cancelled":
            sessions.reinstate(session, organizer_id=organizer_id, session_id=row.id, now=now)
        keep = {"join_link": row.join_link, "capacity": row.capacity}
        sessions.change(
            session,
            organizer_id=organizer_id,
            session_id=row.id,
            details=replace(_details(change.found), **keep),  # type: ignore[arg-type]
            now=now,
        )
        row.ics_fingerprint = fingerprint(change.found)
    for gone in made.changes.cancelled:
        row = rows[gone.known.uid, gone.known.recurrence_id]
        sessions.cancel(session, organizer_id=organizer_id, session_id=row.id, now=now)
        row.ics_fingerprint = fingerprint(gone.found) if gone.found else GONE
    session.flush()
    return Report(
        created=len(made.changes.created),
        changed=len(made.changes.changed),
        cancelled=len(made.changes.cancelled),
        unchanged=len(made.changes.unchanged),
        skipped=made.changes.skipped,
    )


def _imported(
    session: Session, organizer_id: UUID, calendar_id: UUID
) -> dict[tuple[str, str], CalendarSession]:
    rows = sessions.of_calendar(session, organizer_id=organizer_id, calendar_id=calendar_id)
    return {(row.ics_uid, row.ics_recurrence or ""): row for row in rows if row.ics_uid is not None}


def _known(row: CalendarSession) -> Known:
    return Known(
        uid=row.ics_uid or "",
        recurrence_id=row.ics_recurrence or "",
        title=row.title,
        description=row.description,
        location=row.location,
        url=None,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.time_zone,
        all_day=row.all_day,
        cancelled=row.status == "cancelled",
        imported=row.ics_fingerprint,
    )


def _details(one: Occurrence) -> Details:
    ends = one.ends_at if one.ends_at > one.starts_at else one.starts_at + timedelta(minutes=1)
    return Details(
        title=one.title or "Untitled session",
        description=one.description,
        location=one.location,
        starts_at=one.starts_at,
        ends_at=ends,
        time_zone=one.time_zone,
        all_day=one.all_day,
    )


def _fitting(one: Occurrence) -> Occurrence:
    """Cut what no calendar app shows anyway to the width of our columns."""
    return replace(
        one, title=one.title[:_TITLE], location=one.location[:_LOCATION], uid=one.uid[:_UID]
    )


def _without_past(changes: Changes, *, now: datetime) -> Changes:
    """Leave alone what is over, and what the file would move into the past."""
    late = Skipped("over", "This session is over; it stays as it was.", "", None)
    skipped = list(changes.skipped)
    changed, cancelled = [], []
    for change in changes.changed:
        over = change.known.ends_at <= now and not change.known.cancelled
        moved = change.found.starts_at != change.known.starts_at
        if over or (moved and change.found.starts_at <= now):
            skipped.append(_named(late, change.known))
        else:
            changed.append(change)
    for gone in changes.cancelled:
        if gone.known.ends_at <= now:
            skipped.append(_named(late, gone.known))
        else:
            cancelled.append(gone)
    return replace(
        changes, changed=tuple(changed), cancelled=tuple(cancelled), skipped=tuple(skipped)
    )


def _named(skip: Skipped, known: Known) -> Skipped:
    return replace(skip, uid=known.uid, recurrence_id=known.recurrence_id)
