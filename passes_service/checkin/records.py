"""Scans as they are kept: reserved under their nonce, finished once, read again as they were."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.checkin.errors import NonceReused
from passes_service.checkin.gates import GateRef
from passes_service.checkin.identify import Shown
from passes_service.checkin.judge import Judgement
from passes_service.checkin.outcome import Entry, Outcome, ScanCode
from passes_service.db.models import CheckIn, Gate, Holder, Pass, Scan, Series
from passes_service.db.upsert import insert_if_absent

RECENT = 20


def reserve(session: Session, fresh: Scan) -> Outcome | None:
    """Take the nonce for a new scan, or return what it came to when it was used before.

    The same scan running beside this one is waited for, so its answer is always finished.

    Raises:
        NonceReused: The nonce belongs to a scan of something else.
    """
    if insert_if_absent(session, Scan, fresh.model_dump()):
        return None
    earlier = session.exec(
        select(Scan).where(
            Scan.organizer_id == fresh.organizer_id,
            Scan.gate_id == fresh.gate_id,
            Scan.nonce == fresh.nonce,
        )
    ).one()
    if earlier.fingerprint != fresh.fingerprint:
        raise NonceReused("This nonce was used for another scan.", field="nonce")
    return outcome_of(session, earlier)


def blank(
    *,
    organizer_id: UUID,
    gate: GateRef,
    session_id: UUID,
    nonce: str,
    fingerprint: bytes,
    now: datetime,
) -> Scan:
    """Return a scan that is not decided yet."""
    return Scan(
        organizer_id=organizer_id,
        gate_id=gate.id,
        session_id=session_id,
        nonce=nonce,
        fingerprint=fingerprint,
        code="",
        sentence="",
        created_at=now,
    )


def decided(scan: Scan, shown: Shown, verdict: Judgement, check_in: CheckIn | None) -> Scan:
    """Write a decision into a scan that is not stored by itself."""
    values: dict[str, Any] = {
        "code": verdict.code.value,
        "sentence": verdict.sentence,
        "decided_by": verdict.rule,
        "typed": shown.typed,
        "pass_row_id": shown.held.row.id if shown.held else None,
        "holder_id": shown.held.row.holder_id if shown.held else None,
        "check_in_id": check_in.id if check_in else None,
        "first_check_in_id": verdict.first.id if verdict.first else None,
    }
    for name, value in values.items():
        setattr(scan, name, value)
    return scan


def finish(session: Session, scan: Scan) -> Outcome:
    """Store the decision of a reserved scan and return it as it will be read again."""
    kept = scan.model_dump(exclude={"organizer_id", "id", "gate_id", "session_id", "nonce"})
    session.execute(
        update(Scan)
        .where(col(Scan.organizer_id) == scan.organizer_id, col(Scan.id) == scan.id)
        .values(**kept)
    )
    return outcome_of(session, scan)


def recent(
    session: Session, *, organizer_id: UUID, gate_id: UUID, session_id: UUID
) -> list[Outcome]:
    """Return the last scans of a gate for a session, newest first."""
    rows = session.exec(
        select(Scan)
        .where(
            Scan.organizer_id == organizer_id,
            Scan.session_id == session_id,
            Scan.gate_id == gate_id,
        )
        .order_by(col(Scan.id).desc())
        .limit(RECENT)
    ).all()
    return [outcome_of(session, row) for row in rows]


def outcome_of(session: Session, scan: Scan, *, simulated: bool = False) -> Outcome:
    """Return a decided scan with what is shown beside it."""
    key = scan.organizer_id
    held = None if scan.pass_row_id is None else session.get(Pass, (key, scan.pass_row_id))
    series = None if held is None else session.get(Series, (key, held.series_id))
    holder = None if scan.holder_id is None else session.get(Holder, (key, scan.holder_id))
    check_in = _check_in(session, key, scan.check_in_id)
    first = _check_in(session, key, scan.first_check_in_id)
    return Outcome(
        code=ScanCode(scan.code),
        sentence=scan.sentence,
        decided_by=scan.decided_by,
        decided_at=scan.created_at,
        session_id=scan.session_id,
        pass_id=held.pass_id if held else None,
        pass_label=f"{held.serial} of {series.cap}" if held and series else "",
        series_title=series.title if series else "",
        holder_name=holder.name if holder else "",
        check_in_id=scan.check_in_id,
        number=check_in.number if check_in else None,
        first=_entry(session, first) if first else None,
        typed=scan.typed,
        forced=bool(check_in and check_in.force_reason and scan.code == ScanCode.ADMIT),
        simulated=simulated,
        annulled=bool(check_in and check_in.annulled_at),
    )


def _check_in(session: Session, organizer_id: UUID, check_in_id: UUID | None) -> CheckIn | None:
    return None if check_in_id is None else session.get(CheckIn, (organizer_id, check_in_id))


def _entry(session: Session, row: CheckIn) -> Entry:
    gate = session.get(Gate, (row.organizer_id, row.gate_id))
    return Entry(check_in_id=row.id, gate=gate.name if gate else "", at=row.created_at)
