"""A Drop with a waiting room or a raffle for tests, written row by row."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.db.models import (
    Drop,
    DropOffer,
    DropPart,
    DropPhase,
    DropQueue,
    DropStock,
    QueueEntry,
    new_id,
)
from passes_service.drops import queue, queue_look, queue_moving
from tests.season import Season, season

OPENS_IN = timedelta(hours=1)
LASTS = timedelta(hours=6)
PLACES = 3


def drop(
    services: Services, made: Season | None = None, *, places: int = PLACES, **values: Any
) -> Drop:
    """Make a Drop of one Series that opens in an hour."""
    made = made or season(services)
    now = services.clock()
    row = Drop(
        organizer_id=made.organizer_id,
        id=new_id(),
        created_at=now,
        changed_at=now,
        calendar_id=made.calendar.id,
        **{
            "slug": "spring",
            "title": "Spring nights",
            "opens_at": now + OPENS_IN,
            "closes_at": now + OPENS_IN + LASTS,
            **values,
        },
    )
    scope: dict[str, Any] = {"organizer_id": made.organizer_id, "created_at": now}
    stock = DropStock(
        **scope, id=new_id(), drop_id=row.id, series_id=made.series.id, quantity=places
    )
    offer = DropOffer(
        **scope, id=new_id(), drop_id=row.id, position=1, title="Season pass", kind="single"
    )
    part = DropPart(organizer_id=made.organizer_id, offer_id=offer.id, stock_id=stock.id, step=1)
    with services.database.transaction() as session:
        for each in (row, stock, offer, part):
            session.add(each)
            session.flush()
    return row


def phase(services: Services, of: Drop, kind: str, **values: Any) -> DropPhase:
    """Give a Drop a phase from its opening to its end."""
    row = DropPhase(
        organizer_id=of.organizer_id,
        id=new_id(),
        drop_id=of.id,
        created_at=services.clock(),
        kind=kind,
        **{
            "position": 1,
            "name": kind.title(),
            "opens_at": of.opens_at,
            "closes_at": of.closes_at,
            **values,
        },
    )
    with services.database.transaction() as session:
        session.add(row)
    return row


def room(services: Services, made: Season | None = None, **values: Any) -> Drop:
    """Make a Drop with a waiting room."""
    limits = {name: values.pop(name) for name in tuple(values) if name in queue.LIMITS}
    row = drop(services, made, waiting_room=True, **values)
    with services.database.transaction() as session:
        queue.open_room(session, row, random=secrets.token_bytes, now=services.clock(), **limits)
    return row


def join(services: Services, drop: Drop, subject: str) -> QueueEntry:
    with services.database.transaction() as session:
        return queue.join(session, drop, subject=subject, now=services.clock())


def move(services: Services, drop: Drop) -> DropQueue:
    now = services.clock()
    with services.database.transaction() as session:
        room = queue_moving.number_early(session, drop, now=now)
        assert room is not None
        return queue_moving.move(session, room, now=now)


def numbers(services: Services, drop: Drop) -> dict[str, int | None]:
    with services.database.reading() as session:
        rows = session.exec(select(QueueEntry).where(QueueEntry.drop_id == drop.id)).all()
    return {row.subject: row.number for row in rows}


def look(services: Services, drop: Drop, entry: QueueEntry) -> queue_look.Look:
    with services.database.reading() as session:
        return queue_look.look(session, drop, entry.id, now=services.clock())


def leave(services: Services, drop: Drop, subject: str) -> None:
    with services.database.transaction() as session:
        queue.leave(
            session,
            organizer_id=drop.organizer_id,
            drop_id=drop.id,
            subject=subject,
            now=services.clock(),
        )
