"""Which doors a gate stands at: the sessions it may scan for, around now."""

from __future__ import annotations

from collections.abc import Sequence
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
