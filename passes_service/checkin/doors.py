"""Which doors a gate stands at: the sessions it may scan for, around now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.checkin.gates import GateRef
from passes_service.db.models import CalendarSession

LOOK_BACK = timedelta(hours=12)
LOOK_AHEAD = timedelta(days=14)
MOST = 100


def sessions_at(
    session: Session, *, organizer_id: UUID, gate: GateRef, now: datetime
) -> Sequence[CalendarSession]:
    """Return the sessions to choose from at a gate, in order of time.

    Those it was enrolled for, whenever they are; else those of today and the next two weeks.
    """
    statement = select(CalendarSession).where(
        CalendarSession.organizer_id == organizer_id, CalendarSession.status != "cancelled"
    )
    if gate.session_ids:
        statement = statement.where(col(CalendarSession.id).in_(gate.session_ids))
    else:
        statement = statement.where(
            CalendarSession.ends_at > now - LOOK_BACK, CalendarSession.starts_at < now + LOOK_AHEAD
        )
    order = (col(CalendarSession.starts_at), col(CalendarSession.id))
    return session.exec(statement.order_by(*order).limit(MOST)).all()


def coming(session: Session, *, organizer_id: UUID, now: datetime) -> Sequence[CalendarSession]:
    """Return the sessions that a gate can be made for: running or ahead, in order of time."""
    return session.exec(
        select(CalendarSession)
        .where(
            CalendarSession.organizer_id == organizer_id,
            CalendarSession.status != "cancelled",
            CalendarSession.ends_at > now,
        )
        .order_by(col(CalendarSession.starts_at), col(CalendarSession.id))
        .limit(MOST)
    ).all()


def titles(session: Session, *, organizer_id: UUID, gates: Iterable[GateRef]) -> dict[UUID, str]:
    """Return the titles of the sessions that these gates were enrolled for, by id."""
    wanted = {one for gate in gates for one in gate.session_ids}
    rows = session.exec(
        select(col(CalendarSession.id), col(CalendarSession.title)).where(
            CalendarSession.organizer_id == organizer_id, col(CalendarSession.id).in_(wanted)
        )
    )
    return dict(rows.all())
