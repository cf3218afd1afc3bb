"""A pass that was withdrawn because its payment was in doubt comes back, in a higher epoch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import versions
from passes_service.core.events import PassReissued
from passes_service.db import outbox
from passes_service.db.models import Pass, PassEvent
from passes_service.passes.errors import PassMoved
from passes_service.passes.service import note


def withdrawn_by(session: Session, row: Pass) -> str:
    """Return who withdrew a pass last, as its history has it; "" if nobody did."""
    found = session.exec(
        select(PassEvent.actor)
        .where(
            PassEvent.organizer_id == row.organizer_id,
            PassEvent.pass_row_id == row.id,
            PassEvent.kind == "void",
        )
        .order_by(col(PassEvent.id).desc())
    ).first()
    return found or ""


def reinstate(session: Session, row: Pass, *, reason: str, actor: str, now: datetime) -> Pass:
    """Make a void pass active again; codes shown before stay dead.

    Raises:
        PassMoved: It is not void (any more).
    """
    back = session.scalars(
        update(Pass)
        .where(
            col(Pass.organizer_id) == row.organizer_id,
            col(Pass.id) == row.id,
            col(Pass.state) == "void",
            col(Pass.epoch) == row.epoch,
        )
        .values(state="active", epoch=row.epoch + 1)
        .returning(Pass),
        execution_options={"populate_existing": True},
    ).first()
    if back is None:
        raise PassMoved("Another change came first.", pass_id=str(row.pass_id))
    note(session, back, "reinstated", f"Good again: {reason}.", actor=actor, now=now)
    versions.bump(session, organizer_id=back.organizer_id, holder_ids=[back.holder_id])
    event = PassReissued(
        organizer_id=back.organizer_id, pass_id=str(back.pass_id), epoch=back.epoch
    )
    outbox.add(session, event, now=now)
    return back
