"""What one person has in Drops under two accounts: orders, limits, entries, places in a queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import exists, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from passes_service.db.models import DropTaken, Order, QueueEntry, RaffleEntry


def join(session: Session, *, organizer_id: UUID, merged_id: UUID, survivor_id: UUID) -> None:
    """Move it to the account that lives on, where only one can be there the survivor's own stays.

    An entry in a raffle that both made stays with the account that is gone: it can win nothing.
    """
    was, now = f"h:{merged_id}", f"h:{survivor_id}"
    scope = {"organizer_id": organizer_id}
    session.execute(
        update(Order)
        .where(col(Order.organizer_id) == organizer_id, col(Order.holder_id) == merged_id)
        .values(holder_id=survivor_id)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Order)
        .where(col(Order.organizer_id) == organizer_id, col(Order.subject) == was)
        .values(subject=now)
        .execution_options(synchronize_session=False)
    )
    _add_taken(session, scope, was, now)
    _unless_there(session, RaffleEntry, "holder_id", organizer_id, merged_id, survivor_id)
    _unless_there(session, QueueEntry, "subject", organizer_id, was, now)


def _add_taken(session: Session, scope: dict[str, Any], was: str, now: str) -> None:
    """Count what either account took for the one that is left."""
    rows = session.exec(
        select(DropTaken)
        .filter_by(**scope)
        .where(col(DropTaken.bucket).endswith(was))
        .order_by(col(DropTaken.drop_id), col(DropTaken.bucket))
        .with_for_update()
    ).all()
    for row in rows:
        key = (row.organizer_id, row.drop_id, row.bucket.removesuffix(was) + now)
        mine = session.get(DropTaken, key, with_for_update=True)
        if mine is None:
            organizer_id, drop_id, bucket = key
            session.add(
                DropTaken(
                    organizer_id=organizer_id, drop_id=drop_id, bucket=bucket, taken=row.taken
                )
            )
        else:
            mine.taken += row.taken
            session.add(mine)
        session.delete(row)
    session.flush()


def _unless_there(
    session: Session, model: Any, column: str, organizer_id: UUID, was: Any, now: Any
) -> None:
    other = aliased(model)
    session.execute(
        update(model)
        .where(
            model.organizer_id == organizer_id,
            getattr(model, column) == was,
            ~exists().where(
                other.organizer_id == organizer_id,
                other.drop_id == model.drop_id,
                getattr(other, column) == now,
            ),
        )
        .values({column: now})
        .execution_options(synchronize_session=False)
    )
