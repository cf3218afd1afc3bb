"""A new code at the door: for who lost the phone that shows theirs, when holders can no longer."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from passes_service.core.events import PassReissued
from passes_service.db import outbox
from passes_service.db.models import Pass, PassEvent
from passes_service.passes import devices
from passes_service.passes.errors import PassInactive, RenewedTooOften
from passes_service.passes.service import note

PER_DAY = 3
KIND = "renewed_at_door"


def renew(
    session: Session,
    row: Pass,
    *,
    gate_name: str,
    reason: str,
    actor: str,
    now: datetime,
) -> Pass:
    """Raise the epoch of a pass or token in the same hands: what was bound or printed is dead.

    Raises:
        PassInactive: The pass was given up, withdrawn or is on its way to a chain.
        RenewedTooOften: Three times within a day; `retry_after` says when it is possible again.
        PassMoved: Another change came first.
    """
    if row.state not in devices.ALIVE:
        raise PassInactive(f"The pass is {row.state.replace('_', ' ')}.", state=row.state)
    _require_seldom(session, row, now)
    row = devices.next_epoch(session, row)
    why = f" Said there: {reason}" if reason else ""
    said = f"Its code was renewed at “{gate_name}”; earlier codes no longer open the door.{why}"
    note(session, row, KIND, said, actor=actor, now=now)
    event = PassReissued(organizer_id=row.organizer_id, pass_id=str(row.pass_id), epoch=row.epoch)
    outbox.add(session, event, now=now)
    return row


def _require_seldom(session: Session, row: Pass, now: datetime) -> None:
    """Count after the epoch was read: whoever renews meanwhile moves it, and this one fails."""
    lately = session.exec(
        select(PassEvent.created_at)
        .where(
            PassEvent.organizer_id == row.organizer_id,
            PassEvent.pass_row_id == row.id,
            PassEvent.kind == KIND,
            col(PassEvent.created_at) > now - devices.DAY,
        )
        .order_by(col(PassEvent.created_at).desc())
        .limit(PER_DAY)
    ).all()
    if len(lately) == PER_DAY:
        wait = int((lately[-1] + devices.DAY - now).total_seconds()) + 1
        raise RenewedTooOften(f"It was renewed {PER_DAY} times within a day.", retry_after=wait)
