"""What somebody in a waiting room is told: their turn, who is before them, how long it may take.

Whoever has their place looks with two reads, the Drop's and this one, so that thousands may look
every few seconds. The pace is measured, never promised: how long the last people took who came in,
as many as are still before the one who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import bindparam, case, func, true
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from passes_service.db import bulk
from passes_service.db.models import Drop, DropQueue, DropStock, QueueEntry
from passes_service.drops.queue_errors import NoWaitingRoom, QueueEntryUnknown
from passes_service.drops.queue_moving import is_due
from passes_service.drops.standing import standing

MOST_MEASURED: Final = 200
LEAST_MEASURED: Final = 5
SETTLING: Final = timedelta(seconds=60)
"""The first group comes in at once: what follows from it says nothing about the pace."""
CANNOT_SAY: Final = "We cannot say yet how long it will take."
State = Literal["early", "arriving", "waiting", "admitted"]


@dataclass(frozen=True)
class Look:
    """A place as it is at an instant.

    `state`: early (before the opening), arriving (a number is about to be given), waiting,
    admitted. `ahead`: how many come first. `drop_state` one of DROP_STATES; `left` and `held`
    count places of all Series of the Drop.
    """

    entry: QueueEntry
    room: DropQueue
    state: State
    ahead: int | None
    seconds: int | None
    estimate: str
    drop_state: str
    left: int
    held: int
    due: bool
    at: datetime


def look(session: Session, drop: Drop, entry_id: UUID, *, now: datetime) -> Look:
    """Return how a place stands; one statement.

    Raises:
        QueueEntryUnknown: There is no such place in this Drop's room.
    """
    asked = {"organizer": drop.organizer_id, "drop": drop.id, "entry": entry_id}
    found = session.execute(_by_entry(), asked).first()
    if found is None or found[0].drop_id != drop.id:
        raise QueueEntryUnknown("No place with this token is on record.")
    return _look(drop, found, now)


def look_for(session: Session, drop: Drop, subject: str, *, now: datetime) -> Look | None:
    """Return how the place of a subject stands, None if they have none; one statement."""
    asked = {"organizer": drop.organizer_id, "drop": drop.id, "subject": subject}
    found = session.execute(_by_subject(), asked).first()
    return None if found is None else _look(drop, found, now)


def early(session: Session, drop: Drop) -> tuple[DropQueue, list[tuple[UUID, int]]]:
    """Return the room, and who was numbered by lot: entry ids with their numbers.

    With the secret, which is shown from then on, anyone can put these ids in order.

    Raises:
        NoWaitingRoom: The Drop has none.
    """
    room = session.get(DropQueue, (drop.organizer_id, drop.id))
    if room is None:
        raise NoWaitingRoom("This Drop is sold without a waiting room.")
    if room.numbered_at is None:
        return room, []
    rows = session.exec(
        select(QueueEntry.id, QueueEntry.number)
        .where(
            QueueEntry.organizer_id == drop.organizer_id,
            QueueEntry.drop_id == drop.id,
            col(QueueEntry.number).is_not(None),
            QueueEntry.created_at < room.numbered_at,
        )
        .order_by(col(QueueEntry.number))
    )
    return room, [(one, number) for one, number in rows if number is not None]


# Statements are built once: building costs more than asking, and thousands ask every few seconds.
_ORGANIZER: Any = bindparam("organizer")
_DROP: Any = bindparam("drop")


@cache
def _by_entry() -> Any:
    return _question().where(col(QueueEntry.id) == bindparam("entry"))


@cache
def _by_subject() -> Any:
    subject = col(QueueEntry.subject) == bindparam("subject")
    return _question().where(col(QueueEntry.drop_id) == _DROP, subject)


def _question() -> Any:
    """Ask for an entry with its room, the stock, and when the one came in who shows the pace."""
    stock = _stock()
    before = bulk.table_of(QueueEntry).alias("before")
    ahead = col(QueueEntry.number) - col(DropQueue.admitted)
    measured = case(
        (ahead < LEAST_MEASURED, LEAST_MEASURED), (ahead > MOST_MEASURED, MOST_MEASURED),
        else_=ahead,
    )  # fmt: skip
    came = (
        select(before.c.admitted_at)
        .where(
            before.c.organizer_id == _ORGANIZER,
            before.c.drop_id == _DROP,
            before.c.number > col(DropQueue.admitted) - measured,
        )
        .order_by(before.c.number)  # without statistics PostgreSQL would pick another index
        .limit(1)
        .correlate(QueueEntry, DropQueue)
        .scalar_subquery()
    )
    asked: list[Any] = [
        QueueEntry, DropQueue, came.label("came"), measured.label("measured"),
        stock.c.left, stock.c.held,
    ]  # fmt: skip
    return (
        select_columns(*asked)
        .select_from(QueueEntry)
        .join(
            DropQueue,
            (col(DropQueue.organizer_id) == col(QueueEntry.organizer_id))
            & (col(DropQueue.drop_id) == col(QueueEntry.drop_id)),
        )
        .join(stock, true())
        .where(col(QueueEntry.organizer_id) == _ORGANIZER)
    )


def _stock() -> Any:
    left = func.coalesce(func.sum(DropStock.quantity - DropStock.sold - DropStock.held), 0)
    held = func.coalesce(func.sum(DropStock.held), 0)
    return (
        select(left.label("left"), held.label("held"))
        .where(col(DropStock.organizer_id) == _ORGANIZER, col(DropStock.drop_id) == _DROP)
        .subquery("stock")
    )


def _look(drop: Drop, found: Any, now: datetime) -> Look:
    entry, room, came, measured, left, held = found
    state, ahead = _turn(drop, entry, room, now)
    seconds = None
    if state == "waiting" and ahead is not None:
        seconds = pace(room, came, min(int(measured), room.admitted), ahead + 1, now)
    opening = room.numbered_at is None and now >= drop.opens_at
    return Look(
        entry=entry,
        room=room,
        state=state,
        ahead=ahead,
        seconds=seconds,
        estimate=in_words(seconds) if state in ("waiting", "arriving") else "",
        drop_state=standing(drop, left=int(left), held=int(held), now=now),
        left=int(left),
        held=int(held),
        due=opening or (state in ("arriving", "waiting") and is_due(room, now=now)),
        at=now,
    )


def _turn(
    drop: Drop, entry: QueueEntry, room: DropQueue, now: datetime
) -> tuple[State, int | None]:
    if entry.admitted_at is not None:
        return "admitted", 0
    if entry.number is not None:
        return "waiting", max(0, entry.number - room.admitted - 1)
    if room.numbered_at is None and now < drop.opens_at:
        return "early", None
    return "arriving", None


def pace(
    room: DropQueue, came: datetime | None, measured: int, turns: int, now: datetime
) -> int | None:
    """Return how many seconds `turns` more admissions take at the pace of the last ones.

    None where that cannot be said: too little has happened, or a clock jumped.

    Args:
        came: When the first of the last `measured` people came in.
    """
    if came is None or room.numbered_at is None or measured < LEAST_MEASURED:
        return None
    took = (now - came).total_seconds()
    if now - room.numbered_at < SETTLING or took <= 0:
        return None
    return int(turns * took / measured)


def in_words(seconds: int | None) -> str:
    """Return an estimate as a sentence that promises nothing."""
    if seconds is None:
        return CANNOT_SAY
    minutes = round(seconds / 60)
    if minutes < 1:
        return "Less than a minute at the present pace."
    if minutes == 1:
        return "About 1 minute at the present pace."
    if minutes <= 90:
        return f"About {minutes} minutes at the present pace."
    return "More than an hour and a half at the present pace."
