"""Bundles as they are kept: each sequence once, the latest in full, deltas for who was away."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.core.bundle_change import Made
from passes_service.core.instants import from_seconds
from passes_service.db.models import DoorBundle
from passes_service.db.models.base import new_id
from passes_service.db.upsert import insert_if_absent

DELTAS_KEPT = 200
REFRESH = timedelta(seconds=20)
"""How long a bundle is not looked at again after it was found to be as the door is."""


def latest(session: Session, *, organizer_id: UUID, session_id: UUID) -> DoorBundle | None:
    """Return the latest bundle of a session, None if nobody ever asked for one."""
    return session.exec(
        select(DoorBundle)
        .where(
            DoorBundle.organizer_id == organizer_id,
            DoorBundle.session_id == session_id,
            col(DoorBundle.full).is_not(None),
        )
        .order_by(col(DoorBundle.sequence).desc())
        .limit(1)
    ).first()


def since(
    session: Session, *, organizer_id: UUID, session_id: UUID, sequence: int
) -> list[bytes] | None:
    """Return the deltas after a sequence in order; None where one of them is not kept."""
    rows = session.execute(
        select(col(DoorBundle.sequence), col(DoorBundle.delta))
        .where(
            DoorBundle.organizer_id == organizer_id,
            DoorBundle.session_id == session_id,
            DoorBundle.sequence > sequence,
        )
        .order_by(col(DoorBundle.sequence))
        .limit(DELTAS_KEPT + 1)
    ).all()
    deltas = [delta for _, delta in rows if delta is not None]
    whole = [number for number, _ in rows] == list(range(sequence + 1, sequence + 1 + len(rows)))
    return deltas if whole and len(deltas) == len(rows) <= DELTAS_KEPT else None


def keep(session: Session, *, organizer_id: UUID, session_id: UUID, made: Made) -> bool:
    """Store a new bundle unless another process made one of this sequence first; tell which."""
    header = made.header
    row = {
        "organizer_id": organizer_id,
        "id": new_id(),
        "session_id": session_id,
        "sequence": header.sequence,
        "created_at": from_seconds(header.issued_at),
        "not_after": from_seconds(header.not_after),
        "previous": header.previous,
        "chain": header.chain,
        "state": header.state,
        "full": made.full,
        "delta": made.delta,
    }
    if not insert_if_absent(session, DoorBundle, row):
        return False
    of_session = (
        col(DoorBundle.organizer_id) == organizer_id,
        col(DoorBundle.session_id) == session_id,
    )
    session.execute(
        update(DoorBundle)
        .where(
            *of_session,
            col(DoorBundle.sequence) < header.sequence,
            col(DoorBundle.full).is_not(None),
        )
        .values(full=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(DoorBundle)
        .where(
            *of_session,
            col(DoorBundle.sequence) <= header.sequence - DELTAS_KEPT,
            col(DoorBundle.delta).is_not(None),
        )
        .values(delta=None)
        .execution_options(synchronize_session=False)
    )
    return True
