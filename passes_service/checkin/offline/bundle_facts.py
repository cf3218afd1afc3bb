"""What a session's bundle says of its door: read in a few queries, without an object per pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog import terms
from passes_service.core.bundle import Facts, GateLine, SeriesLine, SessionLine
from passes_service.core.instants import to_seconds
from passes_service.core.rules import admission
from passes_service.core.rules.actions import Enter
from passes_service.core.rules.terms import Terms
from passes_service.db.models import (
    CalendarSession,
    CheckIn,
    Gate,
    PortionChange,
    Series,
    SeriesSession,
)

MOST_GATES = 60_000
_MOST_DAYS = 120


@dataclass(frozen=True)
class Opened:
    """A Series that opens the session, with its Terms and its place in the header."""

    row: Series
    terms: Terms
    portion: int

    @property
    def per_day(self) -> bool:
        """Tell whether a pass of it opens the door once a day."""
        return self.terms.entry.mode == "per_day"


def opened_by(session: Session, at: CalendarSession) -> list[Opened]:
    """Return the Series that open a session, sorted by number."""
    rows = session.execute(
        select(Series, col(SeriesSession.portion))
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Series.organizer_id))
            & (col(SeriesSession.series_id) == col(Series.id)),
        )
        .where(SeriesSession.organizer_id == at.organizer_id, SeriesSession.session_id == at.id)
    ).all()
    found = [
        Opened(
            row,
            terms.get(session, organizer_id=at.organizer_id, terms_hash=row.terms_hash),
            portion,
        )
        for row, portion in rows
    ]
    return sorted(found, key=lambda one: one.row.series_no)


def facts_of(
    session: Session, at: CalendarSession, opened: Sequence[Opened], issuer_keys: Sequence[bytes]
) -> Facts:
    """Return what the header of a session's bundle says."""
    cancelled = _cancelled(session, at, opened)
    return Facts(
        organizer=at.organizer_id,
        session=SessionLine(
            id=at.id,
            title=at.title,
            starts_at=to_seconds(at.starts_at),
            ends_at=to_seconds(at.ends_at),
            time_zone=at.time_zone,
            location=at.location,
            capacity=at.capacity,
            cancelled=at.status == "cancelled",
        ),
        series=tuple(_line(one, at, cancelled) for one in opened),
        gates=_gates(session, at),
        issuer_keys=tuple(issuer_keys),
    )


def _line(one: Opened, at: CalendarSession, cancelled: set[tuple[UUID, int]]) -> SeriesLine:
    entry = one.terms.entry
    return SeriesLine(
        series=one.row.series_no,
        title=one.row.title,
        cap=one.row.cap,
        terms_hash=one.row.terms_hash,
        mode=entry.mode,
        reentry=entry.reentry,
        doors_at=to_seconds(doors_of(at, one.terms)),
        day_zone=one.terms.time_zone,
        cancelled=(one.row.id, one.portion) in cancelled,
    )


def doors_of(at: CalendarSession, document: Terms) -> datetime:
    """Return when a session's doors open under a document."""
    asked = Enter(session_id=str(at.id), session_starts_at=at.starts_at, session_ends_at=at.ends_at)
    return admission.doors(asked, document)


def days_of(at: CalendarSession, document: Terms) -> list[str]:
    """Return the entry scopes of a session where entry is per day, from doors to end, in order."""
    first = admission.entry_day(doors_of(at, document), document)
    last = admission.entry_day(at.ends_at, document)
    count = min((last - first).days, _MOST_DAYS) + 1
    return [f"day:{(first + timedelta(days=n)).isoformat()}" for n in range(count)]


def _cancelled(
    session: Session, at: CalendarSession, opened: Sequence[Opened]
) -> set[tuple[UUID, int]]:
    rows = session.execute(
        select(col(PortionChange.series_id), col(PortionChange.portion)).where(
            PortionChange.organizer_id == at.organizer_id,
            col(PortionChange.series_id).in_([one.row.id for one in opened]),
            PortionChange.kind == "cancelled",
        )
    )
    return {(series_id, portion) for series_id, portion in rows}


def _gates(session: Session, at: CalendarSession) -> tuple[GateLine, ...]:
    """Return the gates that may scan here or did, in order of enrolment."""
    rows: Sequence[Any] = session.execute(
        select(col(Gate.id), col(Gate.name), col(Gate.session_ids), col(Gate.revoked_at))
        .where(Gate.organizer_id == at.organizer_id)
        .order_by(col(Gate.created_at), col(Gate.id))
    ).all()
    used = set(
        session.execute(
            select(col(CheckIn.gate_id))
            .where(CheckIn.organizer_id == at.organizer_id, CheckIn.session_id == at.id)
            .distinct()
        ).scalars()
    )
    wanted = str(at.id)
    serving = (
        GateLine(gate_id, name)
        for gate_id, name, session_ids, revoked_at in rows
        if gate_id in used or (revoked_at is None and (not session_ids or wanted in session_ids))
    )
    return tuple(serving)[:MOST_GATES]
