"""Check-in: one decision per scan; one admission per pass, scope and number."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session

from passes_service.accounts.errors import NotFound
from passes_service.checkin import gates, provisional, records, settling
from passes_service.checkin.asking import Ask
from passes_service.checkin.capacity import Rooms
from passes_service.checkin.errors import GateNotForSession, NonceReused
from passes_service.checkin.gates import GateRef
from passes_service.checkin.identify import read_ask
from passes_service.checkin.known import SessionRow
from passes_service.checkin.looking import Case, Hold, look_up
from passes_service.checkin.outcome import Outcome
from passes_service.checkin.settling import Overtaken
from passes_service.db.models import CalendarSession

__all__ = ["Ask", "scan", "session_for", "simulate"]
_TRIES = 3


def scan(session: Session, ask: Ask, *, force_reason: str = "") -> Outcome:
    """Decide on one scan and, if it is an admission, write it: once, whatever runs beside.

    The pass is held first, then the session if it has a capacity. The same request at the same
    moment waits there, or at its nonce, and then repeats this one's answer.

    Args:
        force_reason: Why the host overrules a refusal; without effect where none was made.

    Raises:
        NotFound: The session is not this organizer's.
        GateNotForSession: The gate was enrolled for others.
        NonceReused: The nonce belongs to a scan of something else.
    """
    at = session_for(session, ask.organizer_id, ask.gate, ask.session_id)
    gates.ensure(session, organizer_id=ask.organizer_id, gate=ask.gate, now=ask.now)
    reading = read_ask(ask)
    for _ in range(_TRIES):
        case = Case(ask, SessionRow.of(at), reading, force_reason)
        try:
            [decided] = settling.settle(session, [case], hold=Hold.WAIT)
        except Overtaken as overtaken:
            if not overtaken.nothing_written:
                raise _reused() from None
            decided = None  # by a writer that does not hold the pass, or an equal request
        known = decided or records.repeat(session, ask, ask.fingerprint("enter", force_reason))
        if known is not None:
            return known
    raise _reused()


def simulate(session: Session, ask: Ask) -> Outcome:
    """Say what `scan` would say; nothing is written and the nonce stays unused.

    Raises:
        NotFound, GateNotForSession: As for `scan`.
    """
    at = session_for(session, ask.organizer_id, ask.gate, ask.session_id)
    case = Case(ask, SessionRow.of(at), read_ask(ask))
    look_up(session, [case], hold=Hold.NOTHING)
    provisional.look_up(session, [case], hold=False)
    shown, verdict = settling.decide(case, Rooms(session, [case], hold=False))
    row = records.row_of(ask, shown, verdict, None, b"")
    return records.outcome(row, shown, verdict, None, simulated=True)


def _reused() -> NonceReused:
    return NonceReused("This nonce was used for another scan at the same moment.", field="nonce")


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
