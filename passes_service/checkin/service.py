"""Check-in: one decision per scan; one admission per pass, scope and number."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts.errors import NotFound
from passes_service.checkin import gates, records
from passes_service.checkin.capacity import with_room
from passes_service.checkin.errors import GateNotForSession
from passes_service.checkin.gates import GateRef
from passes_service.checkin.identify import Shown, identify
from passes_service.checkin.judge import Judgement, duplicate_sentence, judge, live
from passes_service.checkin.outcome import FORCEABLE, Outcome, ScanCode
from passes_service.core.events import PassAdmitted
from passes_service.db import outbox
from passes_service.db.models import CalendarSession, CheckIn, Scan
from passes_service.db.upsert import insert_if_absent


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a gate asks.

    Attributes:
        text: A door code (`EP1:...`), or the number of a pass as somebody typed it.
        nonce: Fresh and random for each scan; the same one repeats the same scan.
        public_keys: Raw gate keys whose codes are good now.
        step_keys: What the secrets of time-step codes are derived from.
    """

    organizer_id: UUID
    gate: GateRef
    session_id: UUID
    text: str
    nonce: str
    public_keys: Collection[bytes]
    now: datetime
    step_keys: Collection[bytes] = ()


def scan(session: Session, ask: Ask, *, force_reason: str = "") -> Outcome:
    """Decide on one scan and, if it is an admission, write it: once, whatever runs beside.

    The nonce is reserved first, so that the same request at the same moment waits for this one
    and then repeats its answer. The pass is locked next, then the session if it has a capacity.

    Args:
        force_reason: Why the host overrules a refusal; without effect where none was made.

    Raises:
        NotFound: The session is not this organizer's.
        GateNotForSession: The gate was enrolled for others.
        NonceReused: The nonce belongs to a scan of something else.
    """
    at = session_for(session, ask.organizer_id, ask.gate, ask.session_id)
    row = begin(session, ask, "enter", force_reason)
    if isinstance(row, Outcome):
        return row
    shown = look(session, ask, lock=True)
    verdict = judge(session, at=at, shown=shown, now=ask.now)
    verdict = with_room(
        session, verdict, organizer_id=ask.organizer_id, session_id=at.id, lock=True
    )
    check_in = None
    if verdict.code is not ScanCode.ADMIT and _may_force(shown, verdict, force_reason):
        check_in = _admit(session, ask, shown, verdict, force_reason)
        verdict = replace(
            verdict,
            code=ScanCode.ADMIT,
            rule=f"force:{verdict.code}",
            sentence="Let in, as the host decided.",
        )
    elif verdict.code is ScanCode.ADMIT:
        check_in = _admit(session, ask, shown, verdict, "")
    if verdict.code is ScanCode.ADMIT and check_in is None:
        verdict = _lost_race(session, at, shown, verdict, ask.now)
    return records.finish(session, records.decided(row, shown, verdict, check_in))


def simulate(session: Session, ask: Ask) -> Outcome:
    """Say what `scan` would say; nothing is written and the nonce stays unused.

    Raises:
        NotFound, GateNotForSession: As for `scan`.
    """
    at = session_for(session, ask.organizer_id, ask.gate, ask.session_id)
    shown = look(session, ask, lock=False)
    verdict = judge(session, at=at, shown=shown, now=ask.now)
    verdict = with_room(
        session, verdict, organizer_id=ask.organizer_id, session_id=at.id, lock=False
    )
    row = records.decided(_blank(ask, b""), shown, verdict, None)
    return records.outcome_of(session, row, simulated=True)


def session_for(
    session: Session, organizer_id: UUID, gate: GateRef, session_id: UUID
) -> CalendarSession:
    """Return a session that this gate may scan for.

    Raises:
        NotFound: The session is not this organizer's.
        GateNotForSession: The gate was enrolled for others.
    """
    at = session.get(CalendarSession, (organizer_id, session_id))
    if at is None:
        raise NotFound("There is no such session here.")
    if not gate.serves(session_id):
        raise GateNotForSession(f"“{gate.name}” was enrolled for other sessions.")
    return at


def begin(session: Session, ask: Ask, kind: str, force_reason: str = "") -> Scan | Outcome:
    """Reserve the nonce: return the scan to fill, or the outcome that the nonce already has."""
    parts = (kind, str(ask.session_id), ask.text, force_reason)
    asked = hashlib.sha256()
    for part in parts:
        asked.update(hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest())
    gates.ensure(session, organizer_id=ask.organizer_id, gate=ask.gate, now=ask.now)
    row = _blank(ask, asked.digest())
    return records.reserve(session, row) or row


def look(session: Session, ask: Ask, *, lock: bool) -> Shown:
    """Return what the text stands for."""
    return identify(
        session,
        organizer_id=ask.organizer_id,
        session_id=ask.session_id,
        text=ask.text,
        public_keys=ask.public_keys,
        step_keys=ask.step_keys,
        now=ask.now,
        lock=lock,
    )


def _blank(ask: Ask, fingerprint: bytes) -> Scan:
    return records.blank(
        organizer_id=ask.organizer_id,
        gate=ask.gate,
        session_id=ask.session_id,
        nonce=ask.nonce,
        fingerprint=fingerprint,
        now=ask.now,
    )


def _may_force(shown: Shown, verdict: Judgement, reason: str) -> bool:
    return bool(reason) and shown.held is not None and verdict.code in FORCEABLE


def _admit(
    session: Session, ask: Ask, shown: Shown, verdict: Judgement, force_reason: str
) -> CheckIn | None:
    """Write the admission, or return None if one with this scope and number is there already."""
    if shown.held is None:
        return None
    row = CheckIn(
        organizer_id=ask.organizer_id,
        pass_row_id=shown.held.row.id,
        session_id=ask.session_id,
        scope=verdict.scope,
        number=verdict.number,
        gate_id=ask.gate.id,
        force_reason=force_reason,
        created_at=ask.now,
    )
    if not insert_if_absent(session, CheckIn, row.model_dump()):
        return None
    event = PassAdmitted(
        organizer_id=ask.organizer_id,
        pass_id=str(shown.held.row.pass_id),
        session_id=ask.session_id,
        check_in_id=row.id,
    )
    outbox.add(session, event, now=ask.now)
    return row


def _lost_race(
    session: Session, at: CalendarSession, shown: Shown, verdict: Judgement, now: datetime
) -> Judgement:
    """Another entry took the place; with the pass locked this needs a writer that locks nothing."""
    assert shown.held is not None  # noqa: S101 - only a pass that was found is admitted
    first = live(session, shown.held.row, verdict.scope)[0]
    return replace(
        verdict,
        code=ScanCode.DUPLICATE,
        sentence=duplicate_sentence(session, first, at, now),
        rule="entry.mode",
        first=first,
    )
