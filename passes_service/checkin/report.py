"""What a door did over an evening: for the organizer, afterwards or while it runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from passes_service.accounts.errors import NotFound
from passes_service.checkin import conflicts
from passes_service.checkin.conflicts import Conflict, Oddities
from passes_service.checkin.outcome import GOOD, ScanCode
from passes_service.db.models import (
    CalendarSession,
    CheckIn,
    Gate,
    Pass,
    Scan,
    Series,
    SeriesSession,
)

STEPS: Final = tuple(timedelta(minutes=n) for n in (1, 2, 5, 10, 15, 30, 60, 240, 1440))
MOST_STEPS: Final = 48
ADMITTING: Final = (ScanCode.ADMIT, ScanCode.ADMIT_PROVISIONAL)
HOLDING: Final = ("active", "claiming", "on_chain")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One scan, as it is told afterwards."""

    at: datetime
    gate: str
    code: ScanCode
    sentence: str
    series: str = ""
    serial: int | None = None
    typed: bool = False
    forced: str = ""
    annulled: bool = False
    exited_at: datetime | None = None
    via: str = "online"
    conflict: str = ""


@dataclass(frozen=True, kw_only=True)
class GateLine:
    """What one gate did; `alone` is how many of its scans it decided without a network."""

    name: str
    admitted: int
    refused: int
    alone: int
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True)
class Step:
    """Admissions and refusals in a stretch of time."""

    starts_at: datetime
    admitted: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class DoorReport:
    """A session's door in figures.

    Attributes:
        expected: Passes that open the session and can be used now.
        came: Different passes that were let in and not taken back.
        entries: Admissions, re-entries included, without those taken back.
        refusals: Scans that opened nothing, by code, the most frequent first.
        alone: Scans that gates decided without a network.
        conflicts: Entries that do not count, with what stands against them.
        step: Length of each of `over_time`.
    """

    session: CalendarSession
    expected: int
    came: int
    entries: int
    left: int
    annulled: int
    forced: int
    typed: int
    alone: int
    conflicts: tuple[Conflict, ...]
    odd: Oddities
    refusals: tuple[tuple[ScanCode, int], ...]
    gates: tuple[GateLine, ...]
    step: timedelta
    over_time: tuple[Step, ...]
    lines: tuple[Line, ...]

    @property
    def no_shows(self) -> int:
        """Return how many passes that could have been used were not."""
        return max(0, self.expected - self.came)

    @property
    def refused(self) -> int:
        """Return how many scans opened nothing."""
        return sum(count for _, count in self.refusals)


def of_session(session: Session, *, organizer_id: UUID, session_id: UUID) -> DoorReport:
    """Return what happened at the door of a session so far.

    Raises:
        NotFound: The session is not this organizer's.
    """
    at = session.get(CalendarSession, (organizer_id, session_id))
    if at is None:
        raise NotFound("There is no such session here.")
    lines = _lines(session, organizer_id, session_id)
    entries = session.execute(
        select(col(CheckIn.pass_row_id), col(CheckIn.exited_at), col(CheckIn.force_reason)).where(
            CheckIn.organizer_id == organizer_id,
            CheckIn.session_id == session_id,
            col(CheckIn.annulled_at).is_(None),
            CheckIn.conflict_code == "",
        )
    ).all()
    found, odd = conflicts.of_session(session, organizer_id=organizer_id, session_id=session_id)
    refusals = Counter(line.code for line in lines if line.code not in GOOD)
    step, over_time = _over_time(lines)
    return DoorReport(
        session=at,
        expected=_expected(session, organizer_id, session_id),
        came=len({row[0] for row in entries}),
        entries=len(entries),
        left=sum(row[1] is not None for row in entries),
        annulled=sum(line.annulled for line in lines),
        forced=sum(bool(row[2]) for row in entries),
        typed=sum(line.typed for line in lines),
        alone=sum(line.via != "online" for line in lines),
        conflicts=tuple(found),
        odd=odd,
        refusals=tuple(sorted(refusals.items(), key=lambda pair: (-pair[1], pair[0]))),
        gates=_gates(lines),
        step=step,
        over_time=over_time,
        lines=lines,
    )


def _expected(session: Session, organizer_id: UUID, session_id: UUID) -> int:
    return session.exec(
        select(func.count())
        .select_from(Pass)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == organizer_id,
            SeriesSession.session_id == session_id,
            col(Pass.state).in_(HOLDING),
        )
    ).one()


def _lines(session: Session, organizer_id: UUID, session_id: UUID) -> tuple[Line, ...]:
    def joined(model: type, key: object) -> object:
        return (col(model.organizer_id) == col(Scan.organizer_id)) & (col(model.id) == key)  # type: ignore[attr-defined]  # every table has both

    rows = session.execute(
        select(Scan, col(Gate.name), col(Series.title), col(Pass.serial), CheckIn)  # type: ignore[call-overload]  # more columns than its stubs count
        .join(Gate, joined(Gate, col(Scan.gate_id)))
        .outerjoin(Pass, joined(Pass, col(Scan.pass_row_id)))
        .outerjoin(
            Series,
            (col(Series.organizer_id) == col(Pass.organizer_id))
            & (col(Series.id) == col(Pass.series_id)),
        )
        .outerjoin(CheckIn, joined(CheckIn, col(Scan.check_in_id)))
        .where(Scan.organizer_id == organizer_id, Scan.session_id == session_id)
        .order_by(col(Scan.created_at), col(Scan.id))
    )
    return tuple(_line(*row) for row in rows)


def _line(
    scan: Scan, gate: str, series: str | None, serial: int | None, entry: CheckIn | None
) -> Line:
    admitted = entry is not None and scan.code in ADMITTING
    return Line(
        at=scan.created_at,
        gate=gate,
        code=ScanCode(scan.code),
        sentence=scan.sentence,
        series=series or "",
        serial=serial,
        typed=scan.typed,
        forced=entry.force_reason if entry is not None and admitted else "",
        annulled=entry is not None and admitted and entry.annulled_at is not None,
        exited_at=entry.exited_at if entry is not None and admitted else None,
        via=scan.via,
        conflict=entry.conflict_code if entry is not None else scan.conflict_code,
    )


def _counts(line: Line) -> tuple[int, int]:
    """Return (admitted, refused) of one line; what was taken back or in conflict is neither."""
    admitted = line.code in ADMITTING and not line.annulled and not line.conflict
    return int(admitted), int(line.code not in GOOD)


def _gates(lines: Sequence[Line]) -> tuple[GateLine, ...]:
    by_gate: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_gate[line.gate].append(line)
    return tuple(
        GateLine(
            name=name,
            admitted=sum(_counts(line)[0] for line in some),
            refused=sum(_counts(line)[1] for line in some),
            alone=sum(line.via != "online" for line in some),
            first=some[0].at,
            last=some[-1].at,
        )
        for name, some in sorted(by_gate.items())
    )


def _over_time(lines: Sequence[Line]) -> tuple[timedelta, tuple[Step, ...]]:
    """Return steps of equal length from the first scan to the last, `MOST_STEPS` at most."""
    if not lines:
        return STEPS[0], ()
    first, last = lines[0].at, lines[-1].at
    step = next((one for one in STEPS if (last - first) / one < MOST_STEPS - 1), STEPS[-1])
    counted: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for line in lines:
        counted[int(line.at.timestamp() // step.total_seconds())].append(_counts(line))
    return step, tuple(_steps(step, counted))


def _steps(step: timedelta, counted: dict[int, list[tuple[int, int]]]) -> Iterable[Step]:
    for number in range(min(counted), max(counted) + 1):
        some = counted.get(number, [])
        yield Step(
            starts_at=datetime.fromtimestamp(number * step.total_seconds(), UTC),
            admitted=sum(one for one, _ in some),
            refused=sum(other for _, other in some),
        )
