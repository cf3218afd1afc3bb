"""Import a calendar file into a calendar: first the plan, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session

from passes_service.catalog import calendars, sessions, wording
from passes_service.catalog.ics_import import Import, Note, Occurrence, Skipped, read
from passes_service.catalog.ics_import.diff import GONE, Changes, Known, diff, fingerprint
from passes_service.catalog.sessions import Details
from passes_service.db.models import CalendarSession

HORIZON_BACK = timedelta(days=1)
HORIZON = timedelta(days=730)
LIMIT = 1000
SHORTEST = timedelta(minutes=1)
_TITLE, _LOCATION, _UID, _SOURCE = 300, 500, 500, 160


@dataclass(frozen=True)
class Plan:
    """What an import would do to one calendar."""

    found: Import
    changes: Changes


@dataclass(frozen=True)
class Report:
    """What an import did; skipped entries carry their reasons, notes what was decided."""

    created: int
    changed: int
    cancelled: int
    unchanged: int
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...] = ()


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
        occurrences=tuple(_fitting(one) for one in found.occurrences if not _too_long(one)),
        outside=tuple(_fitting(one) for one in found.outside if not _too_long(one)),
        skipped=(
            *found.skipped,
            *(_long(one) for one in (*found.occurrences, *found.outside) if _too_long(one)),
        ),
        notes=(*found.notes, *_endless(found.occurrences)),
    )
    rows = _imported(session, organizer_id, calendar_id)
    changes = _of_one_source(diff([_known(row) for row in rows.values()], found), rows, found)
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
    calendars.lock(session, organizer_id=organizer_id, calendar_id=calendar_id)
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
        row = sessions.new(
            organizer_id=organizer_id, calendar_id=calendar_id, details=_details(one), now=now
        )
        row.ics_uid, row.ics_recurrence = one.uid, one.recurrence_id
        row.ics_fingerprint = fingerprint(one)
        row.ics_source = _source(made.found)
        session.add(row)
    for change in made.changes.changed:
        row = rows[change.known.uid, change.known.recurrence_id]
        details = _kept(sessions.details_of(row), _details(change.found))
        if row.status == "cancelled":
            sessions.bring_back(session, row, details, now=now)
        else:
            sessions.revise(session, row, details, now=now)
        row.ics_fingerprint = fingerprint(change.found)
    for gone in made.changes.cancelled:
        row = rows[gone.known.uid, gone.known.recurrence_id]
        sessions.call_off(session, row, now=now)
        row.ics_fingerprint = fingerprint(gone.found) if gone.found else GONE
    for one in (*made.found.occurrences, *made.found.outside):
        if (one.uid, one.recurrence_id) in rows:
            rows[one.uid, one.recurrence_id].ics_source = _source(made.found)
    session.flush()
    calendars.bump(session, organizer_id=organizer_id, calendar_id=calendar_id)
    return Report(
        created=len(made.changes.created),
        changed=len(made.changes.changed),
        cancelled=len(made.changes.cancelled),
        unchanged=len(made.changes.unchanged),
        skipped=made.changes.skipped,
        notes=made.found.notes,
    )


def _imported(
    session: Session, organizer_id: UUID, calendar_id: UUID
) -> dict[tuple[str, str], CalendarSession]:
    rows = sessions.of_calendar(session, organizer_id=organizer_id, calendar_id=calendar_id)
    return {(row.ics_uid, row.ics_recurrence or ""): row for row in rows if row.ics_uid is not None}


def _source(found: Import) -> str:
    """Return the name that a file gives its calendar: which file a session came from."""
    return found.name[:_SOURCE]


def _of_one_source(
    changes: Changes, rows: dict[tuple[str, str], CalendarSession], found: Import
) -> Changes:
    """Let a file say only of its own sessions that they are gone: a season may have two files."""
    source = _source(found)
    ours = tuple(
        gone
        for gone in changes.cancelled
        if gone.found is not None
        or rows[gone.known.uid, gone.known.recurrence_id].ics_source == source
    )
    return replace(changes, cancelled=ours)


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
    ends = one.ends_at if one.ends_at > one.starts_at else one.starts_at + SHORTEST
    return Details(
        title=one.title.strip() or "Untitled session",
        description=one.description,
        location=one.location,
        starts_at=one.starts_at,
        ends_at=ends,
        time_zone=one.time_zone,
        all_day=one.all_day,
        latitude=one.geo[0] if one.geo else None,
        longitude=one.geo[1] if one.geo else None,
        categories=one.categories[: wording.MOST_CATEGORIES],
    )


def _kept(known: Details, stated: Details) -> Details:
    """Keep what files do not hold, and what this one leaves out though others hold it."""
    placed = known if stated.latitude is None else stated
    return replace(
        stated,
        join_link=known.join_link,
        capacity=known.capacity,
        texts=known.texts,
        latitude=placed.latitude,
        longitude=placed.longitude,
        categories=stated.categories or known.categories,
    )


def _fitting(one: Occurrence) -> Occurrence:
    """Cut what no calendar app shows anyway to the width of our columns; a UID stays unique."""
    uid = one.uid
    if len(uid) > _UID:
        digest = sha256(uid.encode("utf-8", "replace")).hexdigest()
        uid = uid[: _UID - len(digest)] + digest
    return replace(one, title=one.title[:_TITLE], location=one.location[:_LOCATION], uid=uid)


def _too_long(one: Occurrence) -> bool:
    return one.ends_at - one.starts_at > sessions.LONGEST or one.ends_at > sessions.LATEST


def _long(one: Occurrence) -> Skipped:
    longest, year = sessions.LONGEST.days, sessions.LATEST.year
    reason = f"It lasts longer than {longest} days, or until after {year}: this is no session."
    return Skipped("too-long", reason, _fitting(one).uid, one.line, one.recurrence_id)


def _endless(found: Sequence[Occurrence]) -> tuple[Note, ...]:
    """Say once per entry that its sessions end as they start, which ours cannot."""
    entries = {
        one.line: _fitting(one).uid
        for one in found
        if one.ends_at <= one.starts_at and not one.cancelled
    }
    text = "It has no end, or ends as it starts: it is entered with a length of one minute."
    return tuple(Note("no-length", text, uid, line) for line, uid in entries.items())


def _without_past(changes: Changes, *, now: datetime) -> Changes:
    """Leave alone what is over, and what the file would move into the past.

    Many calendars drop a session from their file as soon as it begins: one that is on now, and is
    only missing, goes on.
    """
    skipped = list(changes.skipped)
    changed, cancelled = [], []
    for change in changes.changed:
        known, found = change.known, change.found
        moved = (known.starts_at, known.ends_at) != (found.starts_at, found.ends_at)
        if known.ends_at <= now and not known.cancelled:
            reason = "This session is over; it stays as it was."
            skipped.append(_skip(known, "over", reason, found.line))
        elif (known.starts_at != found.starts_at and found.starts_at <= now) or (
            (moved or known.cancelled) and found.ends_at <= now
        ):
            reason = "The file moves it into the past; it stays as it was."
            skipped.append(_skip(known, "into-the-past", reason, found.line))
        else:
            changed.append(change)
    for gone in changes.cancelled:
        if gone.known.ends_at <= now:
            line = gone.found.line if gone.found else None
            reason = "This session is over; it stays as it was."
            skipped.append(_skip(gone.known, "over", reason, line))
        elif gone.found is None and gone.known.starts_at <= now:
            reason = "It is on now and missing from the file; it stays as it was."
            skipped.append(_skip(gone.known, "under-way", reason))
        else:
            cancelled.append(gone)
    return replace(
        changes, changed=tuple(changed), cancelled=tuple(cancelled), skipped=tuple(skipped)
    )


def _skip(known: Known, code: str, reason: str, line: int | None = None) -> Skipped:
    return Skipped(code, reason, known.uid, line, known.recurrence_id)
