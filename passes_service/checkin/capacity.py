"""How many are inside, and whether one more fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlmodel import Session, col, func, select

from passes_service.checkin.judge import Judgement
from passes_service.checkin.known import SessionRow
from passes_service.checkin.looking import Case, reads_of
from passes_service.checkin.outcome import GOOD, ScanCode
from passes_service.db.models import CalendarSession, CheckIn, Scan

_FULL = "The room is full: {inside} of {capacity} are inside. Please wait until someone leaves."


@dataclass(frozen=True, kw_only=True)
class DoorCount:
    """The state of a session's door.

    Attributes:
        admitted: Entries that were not taken back, re-entries included. Those in conflict count,
            too: they are people, and they are inside.
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


class Rooms:
    """How full the rooms of a group's sessions are, read when the first one is to be let in.

    With `hold` the rows of all its sessions with a capacity are held until commit, in the order of
    their ids: admissions pass one at a time, so a room never holds one too many. Rooms without a
    capacity hold nobody up.
    """

    def __init__(self, session: Session, cases: Sequence[Case], *, hold: bool) -> None:
        self._session, self._hold = session, hold
        self._organizer_id = cases[0].ask.organizer_id
        self._limited = {case.at.id for case in cases if case.at.capacity is not None}
        self._inside: dict[UUID, int] = {}
        self._capacity: dict[UUID, int | None] | None = None

    def with_room(self, verdict: Judgement, at: SessionRow) -> Judgement:
        """Turn an admission into FULL when the room is; other decisions stay as they are."""
        if verdict.code is not ScanCode.ADMIT or at.id not in self._limited:
            return verdict
        capacity = self._limits()[at.id]
        inside = self._inside.get(at.id, 0)
        if capacity is None or inside < capacity:
            return verdict
        sentence = _FULL.format(inside=inside, capacity=capacity)
        return replace(verdict, code=ScanCode.FULL, sentence=sentence, rule="capacity")

    def came_in(self, at: SessionRow) -> None:
        """Count one more inside, for those who come after."""
        self._inside[at.id] = self._inside.get(at.id, 0) + 1

    def _limits(self) -> dict[UUID, int | None]:
        if self._capacity is None:
            reads = reads_of(self._session)
            wanted = {"organizer": self._organizer_id, "sessions": list(self._limited)}
            rows = reads.hold_sessions if self._hold else reads.sessions
            self._capacity = {row.id: row.capacity for row in self._session.execute(rows, wanted)}
            for session_id, inside in self._session.execute(reads.inside, wanted):
                self._inside[session_id] = self._inside.get(session_id, 0) + inside
        return self._capacity
