"""The outbox: effects are written with their cause and delivered at least once, by lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import tuple_, update
from sqlmodel import Session, col, select

from passes_service.core.events import Event
from passes_service.db import bulk
from passes_service.db.models import OutboxEvent
from passes_service.db.upsert import insert_if_absent

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 12


def add(session: Session, event: Event, *, now: datetime) -> None:
    """Store `event` in the caller's transaction.

    The worker delivers it after commit, at least once, so every consumer is idempotent on its id.
    """
    session.add(
        OutboxEvent(
            organizer_id=event.organizer_id,
            type=event.type,
            payload=event.payload(),
            created_at=now,
            available_at=now,
        )
    )


def add_once(session: Session, event: Event, *, event_id: UUID, now: datetime) -> bool:
    """Store `event` unless one with this id is there already; tell whether it was stored."""
    fresh = {
        "organizer_id": event.organizer_id,
        "id": event_id,
        "type": event.type,
        "payload": event.payload(),
        "attempts": 0,
        "last_error": "",
        "created_at": now,
        "available_at": now,
    }
    return insert_if_absent(session, OutboxEvent, fresh)


def add_all(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Store many events in the caller's transaction, in this order; see `add`."""
    shared = {"attempts": 0, "last_error": "", "created_at": now, "available_at": now}
    rows = [
        {
            "organizer_id": event.organizer_id,
            "type": event.type,
            "payload": event.payload(),
            **shared,
        }
        for event in events
    ]
    bulk.insert_rows(session, OutboxEvent, rows)


def claim(session: Session, *, owner: str, now: datetime, limit: int = 20) -> list[OutboxEvent]:
    """Take up to `limit` due events for one lease; other workers skip them meanwhile.

    A lease moves `available_at` forward, so a dead worker's events come due by themselves.
    """
    due = (
        select(OutboxEvent.organizer_id, OutboxEvent.id)
        .where(
            col(OutboxEvent.delivered_at).is_(None),
            col(OutboxEvent.failed_at).is_(None),
            col(OutboxEvent.available_at) <= now,
        )
        .order_by(col(OutboxEvent.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys: Sequence[tuple[UUID, UUID]] = session.exec(due).all()
    if not keys:
        return []
    key = tuple_(col(OutboxEvent.organizer_id), col(OutboxEvent.id))
    session.execute(
        update(OutboxEvent)
        .where(key.in_(keys))
        .values(lease_owner=owner, available_at=now + LEASE, attempts=col(OutboxEvent.attempts) + 1)
    )
    rows = session.exec(select(OutboxEvent).where(key.in_(keys)).order_by(col(OutboxEvent.id)))
    return list(rows)


def mark_delivered(session: Session, claimed: OutboxEvent, *, now: datetime) -> bool:
    """Record delivery, unless the lease was lost to another worker meanwhile."""
    return _settle(session, claimed, delivered_at=now, lease_owner=None, last_error="")


def mark_failed(session: Session, claimed: OutboxEvent, *, error: str, now: datetime) -> bool:
    """Put the event back with a growing pause; after `MAX_ATTEMPTS` it waits for a person."""
    pause = min(timedelta(seconds=2**claimed.attempts), timedelta(hours=1))
    failed_at = now if claimed.attempts >= MAX_ATTEMPTS else None
    return _settle(
        session,
        claimed,
        available_at=now + pause,
        lease_owner=None,
        failed_at=failed_at,
        last_error=error[:500],
    )


def release(session: Session, claimed: OutboxEvent, *, now: datetime) -> bool:
    """Give a claimed event back untouched, as a worker does that is asked to stop."""
    return _settle(
        session, claimed, available_at=now, lease_owner=None, attempts=claimed.attempts - 1
    )


def _settle(session: Session, claimed: OutboxEvent, **values: object) -> bool:
    result = session.execute(
        update(OutboxEvent)
        .where(
            col(OutboxEvent.organizer_id) == claimed.organizer_id,
            col(OutboxEvent.id) == claimed.id,
            col(OutboxEvent.lease_owner) == claimed.lease_owner,
            col(OutboxEvent.attempts) == claimed.attempts,
            col(OutboxEvent.delivered_at).is_(None),
        )
        .values(**values)
        .returning(col(OutboxEvent.id))
    )
    return result.first() is not None
