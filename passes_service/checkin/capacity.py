"""How many are inside, and whether one more fits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from sqlmodel import Session, col, func, select

from passes_service.checkin.judge import Judgement
from passes_service.checkin.outcome import GOOD, ScanCode
from passes_service.db.models import CalendarSession, CheckIn, Scan

_FULL = "The room is full: {inside} of {capacity} are inside. Please wait until someone leaves."


@dataclass(frozen=True, kw_only=True)
class DoorCount:
    """The state of a session's door.

    Attributes:
        admitted: Entries that were not taken back, re-entries included.
        left: Those of them with a recorded exit.
        refused: Scans that opened nothing.
    """

    inside: int
    admitted: int
    left: int
    refused: int
    capacity: int | None


def count(session: Session, *, at: CalendarSession) -> DoorCount:
    """Count who is inside, who left and what was refused."""
    admitted, left = session.exec(
        select(func.count(), func.count(col(CheckIn.exited_at))).where(
            CheckIn.organizer_id == at.organizer_id,
            CheckIn.session_id == at.id,
            col(CheckIn.annulled_at).is_(None),
        )
    ).one()
    refused = session.exec(
        select(func.count())
        .select_from(Scan)
        .where(
            Scan.organizer_id == at.organizer_id,
            Scan.session_id == at.id,
            col(Scan.code).not_in([code.value for code in GOOD]),
        )
    ).one()
    return DoorCount(
        inside=admitted - left,
        admitted=admitted,
        left=left,
        refused=refused,
        capacity=at.capacity,
    )


def with_room(
    session: Session, verdict: Judgement, *, organizer_id: UUID, session_id: UUID, lock: bool
) -> Judgement:
    """Turn an admission into FULL when the room is; other decisions stay as they are.

    With `lock`, the session's row is held until commit: admissions to a room with a capacity
    pass one at a time, so it never holds one too many. Rooms without a capacity take no lock.
    """
    if verdict.code is not ScanCode.ADMIT:
        return verdict
    at = session.get(CalendarSession, (organizer_id, session_id))
    if at is None or at.capacity is None:
        return verdict
    if lock:  # FOR NO KEY UPDATE: rows that only refer to the session are not held up
        key = (organizer_id, session_id)
        at = session.get(
            CalendarSession, key, populate_existing=True, with_for_update={"key_share": True}
        )
    if at is None or at.capacity is None:
        return verdict
    inside = session.exec(
        select(func.count()).where(
            CheckIn.organizer_id == organizer_id,
            CheckIn.session_id == session_id,
            col(CheckIn.annulled_at).is_(None),
            col(CheckIn.exited_at).is_(None),
        )
    ).one()
    if inside < at.capacity:
        return verdict
    sentence = _FULL.format(inside=inside, capacity=at.capacity)
    return replace(verdict, code=ScanCode.FULL, sentence=sentence, rule="capacity")
