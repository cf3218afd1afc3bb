"""After coming in: going out, and taking an admission back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.checkin import records
from passes_service.checkin.errors import AnnulTooLate
from passes_service.checkin.gates import GateRef
from passes_service.checkin.identify import Shown
from passes_service.checkin.judge import Judgement, scope_of
from passes_service.checkin.outcome import Outcome, ScanCode
from passes_service.checkin.service import Ask, begin, look, session_for
from passes_service.core.events import AdmissionAnnulled
from passes_service.db import outbox
from passes_service.db.models import CalendarSession, CheckIn, Pass
from passes_service.passes import facts

ANNUL_WITHIN = timedelta(minutes=15)


def exit_scan(session: Session, ask: Ask) -> Outcome:
    """Record that the person with this pass went out.

    A code counts here whatever became of the pass meanwhile: whoever is inside may leave.

    Raises:
        NotFound, GateNotForSession, NonceReused: As for `scan`.
    """
    at = session_for(session, ask.organizer_id, ask.gate, ask.session_id)
    row = begin(session, ask, "exit")
    if isinstance(row, Outcome):
        return row
    shown = look(session, ask, lock=True)
    verdict, check_in = _leave(session, at, shown, ask.now)
    return records.finish(session, records.decided(row, shown, verdict, check_in))


def _leave(
    session: Session, at: CalendarSession, shown: Shown, now: datetime
) -> tuple[Judgement, CheckIn | None]:
    if shown.held is None:
        code, sentence = shown.refusal or (ScanCode.UNKNOWN, "We do not know this pass.")
        return Judgement(code=code, sentence=sentence, rule="code"), None
    terms = facts.of(session, shown.held).terms
    inside = session.exec(
        select(CheckIn)
        .where(
            CheckIn.organizer_id == at.organizer_id,
            CheckIn.pass_row_id == shown.held.row.id,
            col(CheckIn.annulled_at).is_(None),
            col(CheckIn.exited_at).is_(None),
            or_(col(CheckIn.session_id) == at.id, col(CheckIn.scope) == scope_of(at, terms, now)),
        )
        .order_by(col(CheckIn.number).desc())
    ).first()
    if inside is None:
        sentence = "This pass is not inside: no entry without an exit is recorded."
        return Judgement(code=ScanCode.NOT_INSIDE, sentence=sentence, rule="entry"), None
    inside.exited_at = now
    session.add(inside)
    session.flush()
    back = terms.entry.reentry or terms.entry.mode == "unlimited"
    sentence = "Goodbye. " + ("Come back any time." if back else "This entry is used up.")
    return Judgement(code=ScanCode.EXIT, sentence=sentence, rule="entry.reentry"), inside


def annul(
    session: Session,
    *,
    organizer_id: UUID,
    gate: GateRef,
    check_in_id: UUID,
    actor: str,
    now: datetime,
) -> CheckIn:
    """Take an admission back: its row stays, its number is free. Twice changes nothing.

    Raises:
        NotFound: There is no such admission for a session of this gate.
        AnnulTooLate: It is older than 15 minutes.
    """
    row = session.get(CheckIn, (organizer_id, check_in_id))
    if row is None or not gate.serves(row.session_id):
        raise NotFound("There is no such admission here.")
    if row.annulled_at is not None:
        return row
    if now - row.created_at > ANNUL_WITHIN:
        raise AnnulTooLate("This admission is older than 15 minutes.")
    taken = session.scalars(
        update(CheckIn)
        .where(
            col(CheckIn.organizer_id) == organizer_id,
            col(CheckIn.id) == check_in_id,
            col(CheckIn.annulled_at).is_(None),
        )
        .values(annulled_at=now, annulled_by=actor)
        .returning(CheckIn),
        execution_options={"populate_existing": True},
    ).first()
    held = session.get(Pass, (organizer_id, row.pass_row_id))
    if taken is None or held is None:
        return session.get_one(CheckIn, (organizer_id, check_in_id), populate_existing=True)
    event = AdmissionAnnulled(
        organizer_id=organizer_id, pass_id=str(held.pass_id), check_in_id=check_in_id
    )
    outbox.add(session, event, now=now)
    return taken
