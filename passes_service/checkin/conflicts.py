"""What does not add up at a door: entries in conflict, logs that fork, logs of revoked gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, func, select

from passes_service.checkin.outcome import ScanCode
from passes_service.db.models import CheckIn, Gate, GateEntry, Pass, ReservedPass, Scan, Series


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two entries: at which gate, when, and whether that gate was on its own then."""

    gate: str
    at: datetime
    alone: bool


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """An entry that does not count; `stands` is the one that does where another is the reason."""

    code: ScanCode
    series: str
    serial: int | None
    entry: Side
    stands: Side | None


@dataclass(frozen=True, kw_only=True)
class Oddities:
    """How many entries of gates' logs were kept and let nobody in."""

    forked: int
    quarantined: int
    refused: int


def of_session(
    session: Session, *, organizer_id: UUID, session_id: UUID
) -> tuple[Sequence[Conflict], Oddities]:
    """Return the conflicts of a session in order of time, and how much else is odd."""
    named = select(Gate.id, Gate.name).where(Gate.organizer_id == organizer_id)
    gates = dict(session.exec(named).all())
    found = [
        *_between_entries(session, organizer_id, session_id, gates),
        *_without_a_pass(session, organizer_id, session_id, gates),
    ]
    return sorted(found, key=lambda one: one.entry.at), _odd(session, organizer_id, session_id)


def _between_entries(
    session: Session, organizer_id: UUID, session_id: UUID, gates: dict[UUID, str]
) -> list[Conflict]:
    rows = session.execute(
        select(CheckIn, col(Pass.serial), col(Series.title))
        .join(
            Pass,
            (col(Pass.organizer_id) == col(CheckIn.organizer_id))
            & (col(Pass.id) == col(CheckIn.pass_row_id)),
        )
        .join(
            Series,
            (col(Series.organizer_id) == col(Pass.organizer_id))
            & (col(Series.id) == col(Pass.series_id)),
        )
        .where(
            CheckIn.organizer_id == organizer_id,
            CheckIn.session_id == session_id,
            CheckIn.conflict_code != "",
            col(CheckIn.annulled_at).is_(None),
        )
    ).all()
    found = []
    for row, serial, title in rows:
        other = row.conflict_of and session.get(CheckIn, (organizer_id, row.conflict_of))
        found.append(
            Conflict(
                code=ScanCode(row.conflict_code),
                series=title,
                serial=serial,
                entry=_side(row, gates),
                stands=_side(other, gates) if other else None,
            )
        )
    return found


def _without_a_pass(
    session: Session, organizer_id: UUID, session_id: UUID, gates: dict[UUID, str]
) -> list[Conflict]:
    # A number of a block that came back: no gate ever said that it had sold it.
    unsold = (
        select(ReservedPass.id)
        .where(
            ReservedPass.organizer_id == organizer_id,
            ReservedPass.id == Scan.reserved_id,
            col(ReservedPass.state).in_(("returned", "reissued")),
        )
        .exists()
    )
    rows = session.exec(
        select(Scan).where(
            Scan.organizer_id == organizer_id,
            Scan.session_id == session_id,
            or_(
                col(Scan.conflict_code) != "",
                and_(
                    col(Scan.code) == ScanCode.ADMIT_PROVISIONAL.value,
                    col(Scan.check_in_id).is_(None),
                    unsold,
                ),
            ),
        )
    )
    return [
        Conflict(
            code=ScanCode(row.conflict_code or ScanCode.UNKNOWN),
            series="",
            serial=None,
            entry=_side(row, gates),
            stands=None,
        )
        for row in rows
    ]


def _side(row: CheckIn | Scan, gates: dict[UUID, str]) -> Side:
    return Side(gate=gates.get(row.gate_id, ""), at=row.created_at, alone=row.via != "online")


def _odd(session: Session, organizer_id: UUID, session_id: UUID) -> Oddities:
    counted = dict(
        session.exec(
            select(GateEntry.state, func.count())
            .where(GateEntry.organizer_id == organizer_id, GateEntry.session_id == session_id)
            .group_by(col(GateEntry.state))
        ).all()
    )
    return Oddities(
        forked=counted.get("forked", 0),
        quarantined=counted.get("quarantined", 0),
        refused=counted.get("refused", 0),
    )
