"""How a waiting room moves: numbers at the opening, numbers on arrival, and who may order.

Whoever looks does it, and the worker. All of it happens under the row of the room, which the first
statement of each step takes; who comes second finds it done. Only `admitted` and `last_number` may
grow, so a clock that jumps makes nobody lose a place: at worst one more group goes in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Update, func, update
from sqlmodel import Session, col, select

from passes_service.db import bulk
from passes_service.db.models import Drop, DropQueue, QueueEntry
from passes_service.drops.queue_order import by_lot

MINUTE: Final = timedelta(minutes=1)
PAUSE: Final = timedelta(seconds=1)
"""A room with people waiting is moved no more often than this, however many look."""
ARRIVALS: Final = 20_000
"""How many arrivals get their numbers in one step."""


def number_early(session: Session, drop: Drop, *, now: datetime) -> DropQueue | None:
    """Give everybody who came before the opening a number by lot; once, whoever asks first.

    Returns the room, numbered or not yet to be; None if there is none. Whoever asks meanwhile
    waits for the one who does it.
    """
    if now >= drop.opens_at:
        taken = session.scalars(
            _room(drop.organizer_id, drop.id)
            .where(col(DropQueue.numbered_at).is_(None))
            .values(numbered_at=now)
            .returning(DropQueue),
            execution_options={"populate_existing": True},
        ).first()
        if taken is not None:
            _draw(session, taken, now)
    return session.get(DropQueue, (drop.organizer_id, drop.id), populate_existing=True)


def _draw(session: Session, room: DropQueue, now: datetime) -> None:
    ids = session.exec(
        select(QueueEntry.id).where(
            QueueEntry.organizer_id == room.organizer_id,
            QueueEntry.drop_id == room.drop_id,
            col(QueueEntry.number).is_(None),
            QueueEntry.created_at < now,
        )
    ).all()
    _write(session, room.organizer_id, by_lot(room.secret, ids), first=room.last_number + 1)
    session.execute(
        _room(room.organizer_id, room.drop_id).values(last_number=room.last_number + len(ids))
    )


def is_due(room: DropQueue, *, now: datetime) -> bool:
    """Tell whether moving the room could change anything: where nobody waits, each arrival does."""
    if room.numbered_at is None:
        return False
    idle = room.admitted >= room.last_number
    return idle or room.moved_at is None or abs(now - room.moved_at) >= PAUSE


def move(session: Session, room: DropQueue, *, now: datetime) -> DropQueue:
    """Give arrivals their numbers and admit whom there is room for; return the room as it is then.

    Somebody who moved it since `room` was read has done the work: then nothing changes.
    """
    seen = col(DropQueue.moved_at)
    taken = session.scalars(
        _room(room.organizer_id, room.drop_id)
        .where(
            col(DropQueue.numbered_at).is_not(None),
            seen.is_(None) if room.moved_at is None else seen == room.moved_at,
            col(DropQueue.admitted) == room.admitted,
        )
        .values(moved_at=now)
        .returning(DropQueue),
        execution_options={"populate_existing": True},
    ).first()
    if taken is not None:
        last = _number_arrivals(session, taken)
        _admit(session, taken, last, now)
    found = session.get(DropQueue, (room.organizer_id, room.drop_id), populate_existing=True)
    return found or room


def _number_arrivals(session: Session, room: DropQueue) -> int:
    """Give numbers in order of arrival to those without; return the last number."""
    rows = session.execute(
        select(QueueEntry.id, QueueEntry.created_at)
        .where(
            QueueEntry.organizer_id == room.organizer_id,
            QueueEntry.drop_id == room.drop_id,
            col(QueueEntry.number).is_(None),
        )
        .order_by(col(QueueEntry.created_at), col(QueueEntry.id))
        .limit(ARRIVALS)
    ).all()
    if not rows:
        return room.last_number
    _write(session, room.organizer_id, [one for one, _ in rows], first=room.last_number + 1)
    late = [one for one, came in rows if room.numbered_at and came < room.numbered_at]
    if late:  # written before the lot was drawn, seen after: from now on it counts as an arrival
        ids = [{"organizer_id": room.organizer_id, "id": one} for one in late]
        at = [{**one, "created_at": room.numbered_at} for one in ids]
        bulk.update_rows(session, QueueEntry, at, names=("created_at",))
    return room.last_number + len(rows)


def _admit(session: Session, room: DropQueue, last: int, now: datetime) -> None:
    """Let in as many as checkout has room for and the last minute leaves."""
    inside, lately = _counts(session, room, now)
    most = min(room.at_once - inside, room.per_minute - lately, last - room.admitted)
    to = room.admitted + max(0, most)
    if to > room.admitted:
        session.execute(
            update(QueueEntry)
            .where(
                col(QueueEntry.organizer_id) == room.organizer_id,
                col(QueueEntry.drop_id) == room.drop_id,
                col(QueueEntry.number) > room.admitted,
                col(QueueEntry.number) <= to,
            )
            .values(admitted_at=now)
            .execution_options(synchronize_session=False)
        )
    if (to, last) != (room.admitted, room.last_number):
        session.execute(
            _room(room.organizer_id, room.drop_id).values(admitted=to, last_number=last)
        )


def _counts(session: Session, room: DropQueue, now: datetime) -> tuple[int, int]:
    """Return how many are in checkout, and how many were let in within a minute.

    Both windows reach into the future as far as into the past: who was let in while a clock was
    ahead does not stop everybody until that hour has come.
    """
    stay = timedelta(seconds=room.stay_seconds)
    minutes = int((stay + MINUTE) / MINUTE) + 1
    came = col(QueueEntry.admitted_at)
    counts = session.execute(
        select(
            func.count()
            .filter(came > now - stay, came < now + stay, col(QueueEntry.left_at).is_(None))
            .label("inside"),
            func.count().filter(came > now - MINUTE, came < now + MINUTE).label("lately"),
        ).where(
            col(QueueEntry.organizer_id) == room.organizer_id,
            col(QueueEntry.drop_id) == room.drop_id,
            col(QueueEntry.number) > room.admitted - minutes * room.per_minute,
            col(QueueEntry.number) <= room.admitted,
        )
    ).one()
    return int(counts[0]), int(counts[1])


def _write(session: Session, organizer_id: UUID, order: list[UUID], *, first: int) -> None:
    rows = [
        {"organizer_id": organizer_id, "id": one, "number": number}
        for number, one in enumerate(order, first)
    ]
    bulk.update_rows(session, QueueEntry, rows, names=("number",))


def _room(organizer_id: UUID, drop_id: UUID) -> Update:
    return update(DropQueue).where(
        col(DropQueue.organizer_id) == organizer_id, col(DropQueue.drop_id) == drop_id
    )
