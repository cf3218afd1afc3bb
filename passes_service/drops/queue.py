"""The waiting room of a Drop: one place per person, in fair order, kept whatever they reload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.core import queue_token
from passes_service.db.models import Drop, DropQueue, QueueEntry, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.drops import queue_moving, queue_order
from passes_service.drops.queue_errors import (
    NoWaitingRoom,
    QueueEntryUnknown,
    QueueNotYourTurn,
    QueueRoomOdd,
    QueueTokenElsewhere,
    QueueTokenForged,
    QueueTokenMissing,
    QueueTokenOthers,
    WaitingRoomOver,
)

LIMITS = {"at_once": 100_000, "per_minute": 100_000, "stay_seconds": 86_400}
RETRY_SECONDS = 5


def open_room(
    session: Session,
    drop: Drop,
    *,
    at_once: int = 100,
    per_minute: int = 600,
    stay_seconds: int = 600,
    random: Callable[[int], bytes],
    now: datetime,
) -> DropQueue:
    """Give a Drop its waiting room, before it opens; later calls set its numbers anew.

    The secret is chosen by the first call, and never again.

    Args:
        at_once: How many may be in checkout together.
        per_minute: How many are let in within any minute.
        stay_seconds: How long somebody who was let in counts as being in checkout.

    Raises:
        QueueRoomOdd: A number is not positive or beyond reason, or the Drop has opened.
    """
    given = {"at_once": at_once, "per_minute": per_minute, "stay_seconds": stay_seconds}
    for field, value in given.items():
        if not 1 <= value <= LIMITS[field]:
            raise QueueRoomOdd(f"`{field}` goes from 1 to {LIMITS[field]:,}.", field=field)
    changed = session.scalars(
        update(DropQueue)
        .where(col(DropQueue.organizer_id) == drop.organizer_id, col(DropQueue.drop_id) == drop.id)
        .values(**given)
        .returning(DropQueue),
        execution_options={"populate_existing": True},
    ).first()
    if changed is not None:
        return changed
    if now >= drop.opens_at:
        raise QueueRoomOdd("A waiting room is opened before its Drop.", field="opens_at")
    secret = random(32)
    fresh = DropQueue(
        organizer_id=drop.organizer_id,
        drop_id=drop.id,
        secret=secret,
        commitment=queue_order.commitment(secret),
        at_once=at_once,
        per_minute=per_minute,
        stay_seconds=stay_seconds,
    )
    insert_if_absent(session, DropQueue, fresh.model_dump())
    drop.waiting_room = True
    return room_of(session, drop)


def room_of(session: Session, drop: Drop) -> DropQueue:
    """Return the waiting room of a Drop.

    Raises:
        NoWaitingRoom: It has none.
    """
    found = session.get(DropQueue, (drop.organizer_id, drop.id))
    if found is None:
        raise NoWaitingRoom("This Drop is sold without a waiting room.")
    return found


def join(session: Session, drop: Drop, *, subject: str, now: datetime) -> QueueEntry:
    """Take a place, or return the one that this subject has: joining twice is joining once.

    Raises:
        NoWaitingRoom, WaitingRoomOver: Nobody waits for this Drop.
    """
    room = room_of(session, drop)
    if now >= drop.closes_at or drop.ended_at is not None:
        raise WaitingRoomOver("This Drop is over; nobody has to wait any more.")
    if room.numbered_at is None and now >= drop.opens_at:
        room = queue_moving.number_early(session, drop, now=now) or room
    # After the lot nobody may look as if they had been there before it.
    came = now if room.numbered_at is None else max(now, room.numbered_at)
    fresh = QueueEntry(
        organizer_id=drop.organizer_id,
        id=new_id(),
        drop_id=drop.id,
        subject=subject,
        created_at=came,
    )
    if insert_if_absent(session, QueueEntry, fresh.model_dump()):
        return fresh
    found = find(session, organizer_id=drop.organizer_id, drop_id=drop.id, subject=subject)
    if found is None:
        raise QueueEntryUnknown("This place was just given up.")
    return found


def find(session: Session, *, organizer_id: UUID, drop_id: UUID, subject: str) -> QueueEntry | None:
    """Return the place of a subject."""
    return session.exec(
        select(QueueEntry).where(
            QueueEntry.organizer_id == organizer_id,
            QueueEntry.drop_id == drop_id,
            QueueEntry.subject == subject,
        )
    ).first()


def token_of(entry: QueueEntry, *, key: bytes) -> str:
    """Return the signed token of a place; `key` is the keyring's session key."""
    return queue_token.mint(entry.organizer_id, entry.drop_id, entry.id, key=key)


def read_token(drop: Drop, token: str | None, *, keys: Sequence[bytes]) -> UUID:
    """Return whose place a token shows: an entry's id.

    Raises:
        QueueTokenMissing, QueueTokenForged, QueueTokenElsewhere: It shows none in this room.
    """
    if not token:
        raise QueueTokenMissing("There is no queue token with this call.")
    said = queue_token.verify(token, keys=keys)
    if said is None:
        raise QueueTokenForged("Nobody of us signed this queue token as it is.")
    if (said.organizer_id, said.drop_id) != (drop.organizer_id, drop.id):
        raise QueueTokenElsewhere("This queue token was given out for another Drop.")
    return said.entry_id


def require(
    session: Session,
    drop: Drop,
    token: str | None,
    *,
    subject: str,
    keys: Sequence[bytes],
    now: datetime,
) -> QueueEntry | None:
    """Let only those order whose turn it is; None where there is no waiting room.

    One read. Whoever was admitted may order until the Drop ends.

    Args:
        subject: Who orders: "h:<holder id>" or "v:<visitor id>"; the place must be theirs.
        keys: The keyring's session keys that are good now.

    Raises:
        QueueTokenMissing, QueueTokenForged, QueueTokenElsewhere, QueueEntryUnknown,
        QueueTokenOthers: The token shows no place of this subject.
        QueueNotYourTurn: It does, and others come first.
    """
    if not drop.waiting_room:
        return None
    entry_id = read_token(drop, token, keys=keys)
    entry = entry_of(session, drop, entry_id)
    if entry.subject != subject:
        raise QueueTokenOthers("The place that this token shows was taken by somebody else.")
    if entry.admitted_at is None:
        raise QueueNotYourTurn(
            "Others who wait come first." if now >= drop.opens_at else "The Drop is not open yet.",
            retry_after=RETRY_SECONDS,
        )
    return entry


def entry_of(session: Session, drop: Drop, entry_id: UUID) -> QueueEntry:
    """Return a place in a Drop's room.

    Raises:
        QueueEntryUnknown: There is none.
    """
    found = session.get(QueueEntry, (drop.organizer_id, entry_id))
    if found is None or found.drop_id != drop.id:
        raise QueueEntryUnknown("No place with this token is on record.")
    return found


def leave(
    session: Session, *, organizer_id: UUID, drop_id: UUID, subject: str, now: datetime
) -> None:
    """Free somebody's place in checkout when their order has ended; others may come in.

    They may order again later: what is counted is who is in checkout, not who was.
    """
    session.execute(
        update(QueueEntry)
        .where(
            col(QueueEntry.organizer_id) == organizer_id,
            col(QueueEntry.drop_id) == drop_id,
            col(QueueEntry.subject) == subject,
            col(QueueEntry.admitted_at).is_not(None),
            col(QueueEntry.left_at).is_(None),
        )
        .values(left_at=now)
        .execution_options(synchronize_session=False)
    )


def adopt(session: Session, entry: QueueEntry, *, subject: str) -> QueueEntry:
    """Take a guest's place along into the account they signed in to, unless it has one already.

    The caller has made sure that it is the same person: by the visitor's cookie, not the token.
    """
    if entry.subject == subject or not entry.subject.startswith("v:"):
        return entry
    own = find(session, organizer_id=entry.organizer_id, drop_id=entry.drop_id, subject=subject)
    if own is not None:
        return own
    taken = session.scalars(
        update(QueueEntry)
        .where(
            col(QueueEntry.organizer_id) == entry.organizer_id,
            col(QueueEntry.id) == entry.id,
            col(QueueEntry.subject) == entry.subject,
        )
        .values(subject=subject)
        .returning(QueueEntry),
        execution_options={"populate_existing": True},
    ).first()
    return taken or entry
