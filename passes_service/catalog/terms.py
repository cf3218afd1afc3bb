"""Publishing Terms: checked against the calendar once, then immutable, known by their hash."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import calendars
from passes_service.catalog.errors import TermsUnfit
from passes_service.core.events import TermsPublished
from passes_service.core.rules.canonical import canonical, terms_hash
from passes_service.core.rules.portioning import SessionRef
from passes_service.core.rules.resolve import resolve
from passes_service.core.rules.schema import parse
from passes_service.core.rules.terms import Portion, Terms
from passes_service.db import outbox
from passes_service.db.models import CalendarSession, Organizer, TermsDocument
from passes_service.db.upsert import insert_if_absent

MOST_KNOWN = 1024
_KNOWN: dict[tuple[UUID, str], Terms] = {}  # published Terms never change
_HASH = re.compile(r"0x[0-9a-f]{64}")


def draft(
    session: Session, *, organizer_id: UUID, calendar_id: UUID, typed: dict[str, Any]
) -> Terms:
    """Return the absolute Terms that an organizer's draft means for this calendar's sessions.

    Nothing is stored: the editor shows these words while typing.

    Raises:
        TermsInvalid: The draft has a field that makes no sense.
    """
    calendar = calendars.get(session, organizer_id=organizer_id, calendar_id=calendar_id)
    organizer = session.get(Organizer, organizer_id)
    names = {
        "organizer": organizer.name if organizer else "",
        "calendar": calendar.name,
        "time_zone": calendar.time_zone,
    }
    coming = [
        SessionRef(id=str(row.id), title=row.title, starts_at=row.starts_at, ends_at=row.ends_at)
        for row in _sessions(session, organizer_id, calendar_id).values()
        if row.status != "cancelled"
    ]
    if not coming:
        raise TermsUnfit("This calendar has no sessions yet.", field="portions")
    return resolve(names | typed, coming)


def publish(
    session: Session,
    *,
    organizer_id: UUID,
    calendar_id: UUID,
    document: Terms,
    now: datetime,
) -> str:
    """Store Terms for ever and return their hash; publishing the same Terms again is no change.

    Raises:
        TermsUnfit: They name sessions of another calendar, cancelled ones, or other times.
    """
    calendars.get(session, organizer_id=organizer_id, calendar_id=calendar_id)
    _check_fit(document, _sessions(session, organizer_id, calendar_id))
    name = terms_hash(document)
    fresh = {
        "organizer_id": organizer_id,
        "terms_hash": name,
        "canonical": canonical(document).decode(),
        "calendar_id": calendar_id,
        "published_at": now,
    }
    if insert_if_absent(session, TermsDocument, fresh):
        outbox.add(session, TermsPublished(organizer_id=organizer_id, terms_hash=name), now=now)
    return name


def check_still_fit(session: Session, *, organizer_id: UUID, terms_hash: str) -> None:
    """Refuse Terms whose sessions were moved or cancelled after they were published.

    What is published for a Series counts from its opening on: a change that came before it would
    be owed to nobody.

    Raises:
        NotFound: No such Terms here.
        TermsUnfit: The calendar has other times now.
    """
    found = row(session, organizer_id=organizer_id, terms_hash=terms_hash)
    _check_fit(_parsed(found.canonical), _sessions(session, organizer_id, found.calendar_id))


def get(session: Session, *, organizer_id: UUID, terms_hash: str) -> Terms:
    """Return published Terms.

    Raises:
        NotFound: This organizer never published Terms with that hash.
    """
    known = _KNOWN.get((organizer_id, terms_hash))
    if known is None:
        known = _parsed(row(session, organizer_id=organizer_id, terms_hash=terms_hash).canonical)
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[organizer_id, terms_hash] = known
    return known


def row(session: Session, *, organizer_id: UUID, terms_hash: str) -> TermsDocument:
    """Return the stored document: its canonical text hashes to `terms_hash`."""
    known = _HASH.fullmatch(terms_hash) is not None
    found = session.get(TermsDocument, (organizer_id, terms_hash)) if known else None
    if found is None:
        raise NotFound("There are no Terms with this hash here.")
    return found


def of_calendar(
    session: Session, *, organizer_id: UUID, calendar_id: UUID
) -> Sequence[TermsDocument]:
    """Return the Terms published for a calendar, newest first."""
    return session.exec(
        select(TermsDocument)
        .where(TermsDocument.organizer_id == organizer_id, TermsDocument.calendar_id == calendar_id)
        .order_by(col(TermsDocument.published_at).desc())
    ).all()


def _parsed(text: str) -> Terms:
    return parse(json.loads(text))


def _sessions(
    session: Session, organizer_id: UUID, calendar_id: UUID
) -> dict[str, CalendarSession]:
    rows = session.exec(
        select(CalendarSession)
        .where(
            CalendarSession.organizer_id == organizer_id,
            CalendarSession.calendar_id == calendar_id,
        )
        .order_by(col(CalendarSession.starts_at), col(CalendarSession.id))
    )
    return {str(found.id): found for found in rows}


def _check_fit(document: Terms, known: dict[str, CalendarSession]) -> None:
    doors = timedelta(minutes=document.entry.doors_minutes_before)
    for portion in document.portions:
        rows = list(_named(portion, known))
        opens = min(found.starts_at for found in rows) - doors
        ends = max(found.ends_at for found in rows)
        field = f"portions[{portion.index}]"
        if portion.doors_at != opens:
            raise TermsUnfit(f"“{portion.title}” opens its doors at {opens}.", field=field)
        if portion.ends_at != ends or portion.settles_at < ends:
            raise TermsUnfit(f"“{portion.title}” ends at {ends}.", field=field)


def _named(portion: Portion, known: dict[str, CalendarSession]) -> Iterable[CalendarSession]:
    for session_id in portion.session_ids:
        found = known.get(session_id)
        if found is None or found.status == "cancelled":
            raise TermsUnfit(
                f"“{portion.title}” names a session that this calendar does not offer (any more).",
                field=f"portions[{portion.index}].session_ids",
            )
        yield found
