"""After coming in: going out, and taking an admission back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.checkin import gates, records
from passes_service.checkin.asking import Ask
from passes_service.checkin.errors import AnnulTooLate, NonceReused
from passes_service.checkin.gates import GateRef
from passes_service.checkin.identify import Shown, identify, read_ask
from passes_service.checkin.judge import Judgement, scope_of
from passes_service.checkin.known import Entered, SessionRow
from passes_service.checkin.looking import Case, Hold, look_up
from passes_service.checkin.offline import placing
from passes_service.checkin.outcome import ANNUL_WITHIN, Outcome, ScanCode
from passes_service.checkin.service import session_for
from passes_service.core.events import AdmissionAnnulled
from passes_service.db import outbox
from passes_service.db.models import CheckIn


def exit_scan(session: Session, ask: Ask) -> Outcome:
    """Record that the person with this pass went out.

    A code counts here whatever became of the pass meanwhile: whoever is inside may leave.

    Raises:
        NotFound, GateNotForSession, NonceReused: As for `scan`.
    """
    at = SessionRow.of(session_for(session, ask.organizer_id, ask.gate, ask.session_id))
    gates.ensure(session, organizer_id=ask.organizer_id, gate=ask.gate, now=ask.now)
    case = Case(ask, at, read_ask(ask))
    session.flush()
    look_up(session, [case], hold=Hold.WAIT)
    fingerprint = ask.fingerprint("exit")
    earlier = records.repeat(session, ask, fingerprint)
    if earlier is not None:
        return earlier
    shown = identify(ask, case.reading, case.known)
    verdict, entry = _leave(session, at, shown, ask.now)
    row = records.row_of(ask, shown, verdict, entry, fingerprint)
    if records.insert(session, [row]):
        return records.outcome(row, shown, verdict, entry)
    earlier = None if entry else records.repeat(session, ask, fingerprint)
    if earlier is None:
        raise NonceReused("This nonce was used for another scan at the same moment.", field="nonce")
    return earlier


def _leave(
    session: Session, at: SessionRow, shown: Shown, now: datetime
) -> tuple[Judgement, Entered | None]:
    known = shown.held
    if known is None:
        code, sentence = shown.refusal or (ScanCode.UNKNOWN, "We do not know this pass.")
        return Judgement(code=code, sentence=sentence, rule="code"), None
    terms, row = known.facts.terms, known.row
    scope = scope_of(at, terms, now)
    inside = session.exec(
        select(CheckIn)
        .where(
            CheckIn.organizer_id == row.organizer_id,
            CheckIn.pass_row_id == row.id,
            col(CheckIn.annulled_at).is_(None),
            CheckIn.conflict_code == "",
            col(CheckIn.exited_at).is_(None),
            or_(col(CheckIn.session_id) == at.id, col(CheckIn.scope) == scope),
        )
        .order_by(col(CheckIn.number).desc()),
        execution_options={"populate_existing": True},
    ).first()
    if inside is None:
        sentence = "This pass is not inside: no entry without an exit is recorded."
        code = ScanCode.NOT_INSIDE
        return Judgement(code=code, sentence=sentence, rule="entry", scope=scope), None
    inside.exited_at = now
    session.add(inside)
    session.flush()
    back = terms.entry.reentry or terms.entry.mode == "unlimited"
    sentence = "Goodbye. " + ("Come back any time." if back else "This entry is used up.")
    verdict = Judgement(
        code=ScanCode.EXIT, sentence=sentence, rule="entry.reentry", scope=inside.scope
    )
    return verdict, Entered(
        inside.id, row.id, inside.scope, inside.number, inside.created_at, inside.exited_at, ""
    )


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
    held = placing.hold(session, organizer_id, row.pass_row_id)
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
    if taken is None:
        return session.get_one(CheckIn, (organizer_id, check_in_id), populate_existing=True)
    event = AdmissionAnnulled(
        organizer_id=organizer_id, pass_id=str(held.pass_id), check_in_id=check_in_id
    )
    outbox.add(session, event, now=now)
    placing.free(session, taken, now=now)
    return taken
