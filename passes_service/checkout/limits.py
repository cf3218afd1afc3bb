"""The limit per person when a visitor who held places says who they are."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from passes_service.checkout import till
from passes_service.checkout.errors import LimitReached, PhaseNotYours
from passes_service.db.models import Drop, DropPhase, DropTaken, Order


def subject_of(holder_id: UUID) -> str:
    """Return under which name a holder's places are counted."""
    return f"h:{holder_id}"


def hand_over(session: Session, order: Order, holder_id: UUID) -> None:
    """Count an order's places for its buyer from now on.

    Raises:
        LimitReached: The buyer has as many as one may have, of the Drop or in this phase.
        PhaseNotYours: The places are those of somebody whom a phase, or a raffle, let in.
    """
    drop = session.get_one(Drop, (order.organizer_id, order.drop_id))
    phase = session.get_one(DropPhase, (order.organizer_id, order.phase_id))
    if order.subject.startswith("h:") and (phase.kind != "public" or drop.mode == "raffle"):
        raise PhaseNotYours("These places were held for whoever was let in, not for others.")
    subject = subject_of(holder_id)
    allowed = (drop.per_holder, phase.per_holder or drop.per_holder)
    limits = dict(zip(till.buckets(phase, subject), allowed, strict=False))
    before = till.buckets(phase, order.subject)
    here = {"organizer_id": order.organizer_id, "drop_id": order.drop_id}
    for bucket in sorted({*limits, *before}):  # as everywhere: so nobody waits in a ring
        if bucket in limits:
            _count(session, order, bucket, limits[bucket])
        else:
            till.less_taken(session, **here, counts=Counter({bucket: order.quantity}))


def _count(session: Session, order: Order, bucket: str, limit: int) -> None:
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    counted = session.execute(
        insert(DropTaken)
        .values(
            organizer_id=order.organizer_id,
            drop_id=order.drop_id,
            bucket=bucket,
            taken=order.quantity,
        )
        .on_conflict_do_update(
            index_elements=["organizer_id", "drop_id", "bucket"],
            set_={"taken": col(DropTaken.taken) + order.quantity},
            where=col(DropTaken.taken) + order.quantity <= limit,
        )
        .returning(col(DropTaken.taken))
    ).first()
    if counted is None or counted[0] > limit:
        raise LimitReached(f"One person may have {limit} here.", left_for_you=0)
