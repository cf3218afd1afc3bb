"""Scans as they are kept: written once under their nonce, read again as they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.checkin.asking import Ask
from passes_service.checkin.errors import NonceReused
from passes_service.checkin.identify import Shown
from passes_service.checkin.judge import Judgement
from passes_service.checkin.known import Entered
from passes_service.checkin.outcome import Entry, Outcome, ScanCode
from passes_service.core.receipt import Decided
from passes_service.db import bulk
from passes_service.db.models import CheckIn, Gate, Holder, Pass, Scan, Series, new_id

RECENT = 20
ONLINE = "online"
Row = dict[str, Any]


def repeat(session: Session, ask: Ask, fingerprint: bytes) -> Outcome | None:
    """Return what the nonce came to before, None if it is fresh.

    Raises:
        NonceReused: The nonce belongs to a scan of something else.
    """
    earlier = session.exec(
        select(Scan).where(
            Scan.organizer_id == ask.organizer_id,
            Scan.gate_id == ask.gate.id,
            Scan.nonce == ask.nonce,
        )
    ).first()
    if earlier is None:
        return None
    if earlier.fingerprint != fingerprint:
        raise NonceReused("This nonce was used for another scan.", field="nonce")
    return outcome_of(session, earlier)


def row_of(
    ask: Ask, shown: Shown, verdict: Judgement, entry: Entered | None, fingerprint: bytes
) -> Row:
    """Return a decision as it is stored; `entry` is what was written or left."""
    held = shown.held
    return {
        "organizer_id": ask.organizer_id,
        "id": new_id(),
        "gate_id": ask.gate.id,
        "session_id": ask.session_id,
        "nonce": ask.nonce,
        "fingerprint": fingerprint,
        "code": verdict.code.value,
        "sentence": verdict.sentence,
        "decided_by": verdict.rule,
        "typed": shown.typed,
        "pass_row_id": held.row.id if held else None,
        "holder_id": held.row.holder_id if held else None,
        "check_in_id": entry.id if entry else None,
        "first_check_in_id": verdict.first.id if verdict.first else None,
        "scope": verdict.scope,
        "epoch": shown.epoch,
        "made_at": shown.made_at,
        "via": ONLINE,
        "sequence": 0,
        "bundle_sequence": None,
        "conflict_code": "",
        "reserved_id": None,
        "created_at": ask.now,
    }


def insert(session: Session, rows: Sequence[Row]) -> int:
    """Store decisions whose nonces are fresh; return how many were."""
    return bulk.insert_absent(session, Scan, rows)


def outcome(
    row: Row, shown: Shown, verdict: Judgement, entry: Entered | None, *, simulated: bool = False
) -> Outcome:
    """Return a decision that was just made, as `outcome_of` will read it again."""
    held, first = shown.held, verdict.first
    return Outcome(
        code=verdict.code,
        sentence=verdict.sentence,
        decided_by=verdict.rule,
        decided_at=row["created_at"],
        session_id=row["session_id"],
        pass_id=held.row.pass_id if held else None,
        pass_label=held.label if held else "",
        series_title=held.title if held else "",
        holder_name=held.holder_name if held else "",
        check_in_id=entry.id if entry else None,
        number=entry.number if entry else None,
        first=Entry(check_in_id=first.id, gate=first.gate, at=first.created_at) if first else None,
        typed=shown.typed,
        forced=verdict.rule.startswith("force:"),
        simulated=simulated,
        scope=verdict.scope,
        decided=None
        if simulated
        else Decided(
            organizer_id=row["organizer_id"],
            session_id=row["session_id"],
            gate_id=row["gate_id"],
            scan_id=row["id"],
            nonce=row["nonce"],
            pass_id=held.row.pass_id if held else None,
            epoch=shown.epoch,
            code=verdict.code.value,
            rule=verdict.rule,
            terms_hash=held.terms_hash if held else None,
            decided_at=row["created_at"],
            via=ONLINE,
            bundle=None,
            check_in_id=entry.id if entry else None,
            number=entry.number if entry else None,
        ),
    )


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


def outcome_of(session: Session, scan: Scan) -> Outcome:
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
        annulled=bool(check_in and check_in.annulled_at),
        scope=scan.scope,
        decided=_decided(scan, held, series, check_in),
    )


def _decided(
    scan: Scan, held: Pass | None, series: Series | None, check_in: CheckIn | None
) -> Decided:
    return Decided(
        organizer_id=scan.organizer_id,
        session_id=scan.session_id,
        gate_id=scan.gate_id,
        scan_id=scan.id,
        nonce=scan.nonce,
        pass_id=held.pass_id if held else None,
        epoch=scan.epoch,
        code=scan.code,
        rule=scan.decided_by,
        terms_hash=series.terms_hash if series else None,
        decided_at=scan.created_at,
        via=scan.via,
        bundle=scan.bundle_sequence,
        check_in_id=scan.check_in_id,
        number=check_in.number if check_in else None,
    )


def _check_in(session: Session, organizer_id: UUID, check_in_id: UUID | None) -> CheckIn | None:
    return None if check_in_id is None else session.get(CheckIn, (organizer_id, check_in_id))


def _entry(session: Session, row: CheckIn) -> Entry:
    gate = session.get(Gate, (row.organizer_id, row.gate_id))
    return Entry(check_in_id=row.id, gate=gate.name if gate else "", at=row.created_at)
