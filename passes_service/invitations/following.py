"""Keep what attendees were sent in line with what is: the session, and who holds a pass for it.

Nothing here depends on which event came first. `due` finds invitations that say something else
than what is, `settle` says it anew with the next numbers, so the two may run as often as they like.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, exists, or_
from sqlmodel import Session, col, select

from passes_service.core.events import InvitationWritten
from passes_service.db import outbox
from passes_service.db.models import (
    CalendarSession,
    HolderEmail,
    Invitation,
    InvitationMessage,
    Organizer,
    Pass,
    SeriesSession,
)
from passes_service.invitations import rendering

LIVE = ("active", "claiming", "on_chain")
_A_SECOND = timedelta(seconds=1)
Key = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Step:
    """What to send next, and why. `whole`: the session is off, not only this attendee."""

    method: Literal["REQUEST", "CANCEL"]
    reason: str
    whole: bool = False


def due(
    session: Session,
    *,
    organizer_id: UUID | None = None,
    session_id: UUID | None = None,
    holder_ids: Collection[UUID] | None = None,
    now: datetime,
    limit: int = 1_000,
) -> list[Key]:
    """Return the invitations that have to say something new, in a stable order."""
    said_yes = col(Invitation.said) == "REQUEST"
    wanted = and_(col(Invitation.ended_at).is_(None), _opened(), _theirs())
    on = col(CalendarSession.status) != "cancelled"
    stale = col(Invitation.shown) != col(CalendarSession.sequence)
    statement = (
        select(Invitation.organizer_id, Invitation.id)
        .join(
            CalendarSession,
            (col(CalendarSession.organizer_id) == col(Invitation.organizer_id))
            & (col(CalendarSession.id) == col(Invitation.session_id)),
        )
        .where(
            col(CalendarSession.ends_at) > now,
            or_(and_(said_yes, or_(~wanted, ~on, stale)), and_(~said_yes, wanted, on)),
        )
        .order_by(col(Invitation.organizer_id), col(Invitation.id))
        .limit(limit)
    )
    if organizer_id is not None:
        statement = statement.where(Invitation.organizer_id == organizer_id)
    if session_id is not None:
        statement = statement.where(Invitation.session_id == session_id)
    if holder_ids is not None:
        statement = statement.where(col(Invitation.holder_id).in_(holder_ids))
    return list(session.exec(statement))


def settle(session: Session, key: Key, *, mail_from: str, origin: str, now: datetime) -> bool:
    """Write the next message of an invitation, if there is something to say; tell whether.

    The row is held until the transaction ends, so of two workers the second one sees what the
    first has said. SEQUENCE and DTSTAMP only grow, whatever the clock does.
    """
    row = session.exec(
        select(Invitation)
        .where(Invitation.organizer_id == key[0], Invitation.id == key[1])
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    event = session.get_one(
        CalendarSession, (row.organizer_id, row.session_id), populate_existing=True
    )
    step = _next(session, row, event, now)
    if step is None:
        return False
    stamp = now.replace(microsecond=0)
    row.stamped_at = max(stamp, row.stamped_at + _A_SECOND) if row.stamped_at else stamp
    row.sequence = max(event.sequence, row.sequence + 1)
    row.said, row.shown = step.method, event.sequence
    body = rendering.body(
        row,
        event,
        session.get_one(Organizer, row.organizer_id),
        method=step.method,
        whole=step.whole,
        mail_from=mail_from,
        origin=origin,
    )
    message = InvitationMessage(
        organizer_id=row.organizer_id,
        invitation_id=row.id,
        method=step.method,
        reason=step.reason,
        sequence=row.sequence,
        body=body,
        created_at=row.stamped_at,
    )
    session.add(row)
    session.add(message)
    session.flush()
    written = InvitationWritten(organizer_id=row.organizer_id, message_id=message.id)
    outbox.add(session, written, now=now)
    return True


def _next(session: Session, row: Invitation, event: CalendarSession, now: datetime) -> Step | None:
    if event.ends_at <= now:
        return None
    invited = row.said == "REQUEST"
    if row.ended_at is not None:
        return Step("CANCEL", "withdrawn") if invited else None
    held = select(Invitation.id).where(
        Invitation.organizer_id == row.organizer_id, Invitation.id == row.id, _opened(), _theirs()
    )
    if session.exec(held).first() is None:
        return Step("CANCEL", "lost") if invited else None
    if event.status == "cancelled":
        return Step("CANCEL", "cancelled", whole=True) if invited else None
    if not invited:
        return Step("REQUEST", "back" if row.said else "asked")
    return Step("REQUEST", "changed") if row.shown != event.sequence else None


def _opened() -> Any:
    """Whether a living pass of the holder opens the session."""
    return exists().where(
        col(SeriesSession.organizer_id) == col(Invitation.organizer_id),
        col(SeriesSession.session_id) == col(Invitation.session_id),
        col(Pass.organizer_id) == col(SeriesSession.organizer_id),
        col(Pass.series_id) == col(SeriesSession.series_id),
        col(Pass.holder_id) == col(Invitation.holder_id),
        col(Pass.state).in_(LIVE),
    )


def _theirs() -> Any:
    """Whether the address is still the holder's."""
    return exists().where(
        col(HolderEmail.organizer_id) == col(Invitation.organizer_id),
        col(HolderEmail.email) == col(Invitation.email),
        col(HolderEmail.holder_id) == col(Invitation.holder_id),
    )
