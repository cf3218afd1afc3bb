"""The door: scans, exits, taking an admission back, counters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.bootstrap import Services
from passes_service.checkin import capacity, gates, leaving, records, service
from passes_service.checkin.asking import Ask
from passes_service.checkin.errors import AnnulTooLate, GateNotForSession, NonceReused
from passes_service.checkin.gates import GateRef
from passes_service.checkin.outcome import Outcome, ScanCode
from passes_service.core import receipt
from passes_service.keyring.model import GateKey
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentGate, Now, Reading, TheServices

router = APIRouter(
    prefix="/api/v1",
    tags=["Door"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound, GateNotForSession),
)
LONGEST_TEXT = 4096


class ExitAsked(BaseModel):
    """A code that was scanned or a number that was typed, at the exit."""

    # Not stripped: a blank is a digit of base45, so it is no space around a code.
    model_config = ConfigDict(extra="forbid")

    session_id: UUID
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class ScanAsked(ExitAsked):
    """A scan at the entrance. `simulate` writes nothing; `force_reason` overrules a refusal."""

    simulate: bool = False
    force_reason: shapes.Text = Field(default="", max_length=200)


class EntryRead(shapes.Read):
    """An admission as a host hears of it."""

    check_in_id: UUID
    gate: str
    at: datetime


class ReceiptRead(shapes.Read):
    """The decision as the service signed it, see docs/receipts.md."""

    statement: str
    key_id: str
    signature: str


class OutcomeRead(shapes.Read):
    """The decision on a scan. `sentence` is for the host to say aloud.

    `scope` is within what the pass admits once: `session:` and an id, or `day:` and a date.
    """

    code: ScanCode
    sentence: str
    decided_by: str
    decided_at: datetime
    session_id: UUID
    pass_id: str | None
    pass_label: str
    series_title: str
    holder_name: str
    check_in_id: UUID | None
    number: int | None
    first: EntryRead | None
    typed: bool
    forced: bool
    forceable: bool
    simulated: bool
    annulled: bool
    scope: str
    receipt: ReceiptRead | None

    @staticmethod
    def of(outcome: Outcome, key: GateKey) -> OutcomeRead:
        """Return the shape of a decision, with a receipt if it was more than a simulation."""
        signed = None
        if outcome.decided is not None:
            signed = receipt.sign(outcome.decided, key=key.private_key, public_key=key.public_key)
        known = vars(outcome) | {
            "pass_id": None if outcome.pass_id is None else str(outcome.pass_id),
            "first": None if outcome.first is None else vars(outcome.first),
            "forceable": outcome.forceable,
            "receipt": None if signed is None else ReceiptRead.model_validate(signed),
        }
        return OutcomeRead(**known)


class CheckInRead(shapes.Read):
    """An admission."""

    id: UUID
    session_id: UUID
    number: int
    created_at: datetime
    exited_at: datetime | None
    annulled_at: datetime | None


class DoorRead(shapes.Read):
    """The counters of a session's door."""

    inside: int
    admitted: int
    left: int
    refused: int
    capacity: int | None


def _ask(caller: Caller, gate: GateRef, body: ExitAsked, services: Services, now: datetime) -> Ask:
    return Ask(
        organizer_id=caller.organizer_id,
        gate=gate,
        session_id=body.session_id,
        text=body.text,
        nonce=body.nonce,
        public_keys=services.keyring.gate_public_keys(now),
        now=now,
        step_keys=services.keyring.step_keys(now),
    )


@router.post("/check-ins", responses=problems.declare(NonceReused))
def scan(body: ScanAsked, caller: CurrentGate, services: TheServices, now: Now) -> OutcomeRead:
    """Decide on a scan: 200 whatever the decision is. The same nonce again is the same scan."""
    if body.simulate:
        with services.database.reading() as session:
            gate = gates.of_caller(session, caller)
            asked = _ask(caller, gate, body, services, now)
            return OutcomeRead.of(service.simulate(session, asked), services.keyring.gate)
    with services.database.transaction() as session:
        gate = gates.of_caller(session, caller)
        ask = _ask(caller, gate, body, services, now)
        found = service.scan(session, ask, force_reason=body.force_reason.strip())
    return OutcomeRead.of(found, services.keyring.gate)


@router.post("/check-ins/exits", responses=problems.declare(NonceReused))
def leave(body: ExitAsked, caller: CurrentGate, services: TheServices, now: Now) -> OutcomeRead:
    """Record that somebody went out; where the Terms say so, they may come back in."""
    with services.database.transaction() as session:
        gate = gates.of_caller(session, caller)
        ask = _ask(caller, gate, body, services, now)
        found = leaving.exit_scan(session, ask)
    return OutcomeRead.of(found, services.keyring.gate)


@router.post("/check-ins/{check_in_id}/annul", responses=problems.declare(AnnulTooLate))
def annul(check_in_id: UUID, caller: CurrentGate, services: TheServices, now: Now) -> CheckInRead:
    """Take an admission back within 15 minutes; doing it twice changes nothing."""
    with services.database.transaction() as session:
        row = leaving.annul(
            session,
            organizer_id=caller.organizer_id,
            gate=gates.of_caller(session, caller),
            check_in_id=check_in_id,
            actor=caller.actor,
            now=now,
        )
        return CheckInRead.model_validate(row)


@router.get("/sessions/{session_id}/door")
def door(session_id: UUID, caller: CurrentGate, session: Reading) -> DoorRead:
    """Count who is inside, who left and what was refused."""
    gate = gates.of_caller(session, caller)
    at = service.session_for(session, caller.organizer_id, gate, session_id)
    return DoorRead.model_validate(capacity.count(session, at=at))


@router.get("/sessions/{session_id}/scans")
def scans(
    session_id: UUID, caller: CurrentGate, session: Reading, services: TheServices
) -> list[OutcomeRead]:
    """Return the last 20 scans of this gate for a session, newest first."""
    gate = gates.of_caller(session, caller)
    service.session_for(session, caller.organizer_id, gate, session_id)
    found = records.recent(
        session, organizer_id=caller.organizer_id, gate_id=gate.id, session_id=session_id
    )
    return [OutcomeRead.of(outcome, services.keyring.gate) for outcome in found]
