"""A phone as a gate: enrolling it with keys of its own, and what it is told about itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotSignedIn
from passes_service.checkin import doors, enrolment, gates
from passes_service.checkin.enrolment import PhoneKeys
from passes_service.checkin.errors import GateEnrolledElsewhere, GateProofWrong
from passes_service.checkin.gates import GateRef
from passes_service.core import binary, device_key, tokens
from passes_service.core.device_key import DeviceKeyMalformed
from passes_service.core.enrolment import PROOF_LENGTH
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentGate, Now, Reading, TheServices, bearer

router = APIRouter(prefix="/api/v1", tags=["Door"], responses=problems.declare(NotSignedIn))
Binary = Annotated[str, Field(min_length=1, max_length=200)]


class EnrolmentNew(shapes.Body):
    """Two P-256 keys (uncompressed), a secret of 32 bytes, the proof; all in base64url."""

    public_key: Binary
    agreement_key: Binary
    secret: Binary
    proof: Binary


class GateSelf(BaseModel):
    """The gate that a phone is; no `session_ids` means all sessions."""

    id: UUID
    name: str
    session_ids: list[UUID]
    may_search_names: bool

    @staticmethod
    def of(gate: GateRef) -> GateSelf:
        """Return the shape of a gate."""
        return GateSelf(
            id=gate.id,
            name=gate.name,
            session_ids=sorted(gate.session_ids),
            may_search_names=gate.may_search_names,
        )


class EnrolmentRead(BaseModel):
    """What a phone needs to work as the gate; it pins `issuer_keys` (hex)."""

    gate: GateSelf
    organizer_id: UUID
    token: str
    issuer_keys: list[str]
    now: datetime


class DoorSession(shapes.Read):
    """A session that this gate may scan for."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    location: str


class GateHere(BaseModel):
    """Who is asking, and for which sessions it may scan. `now` is the service's clock.

    `enrolled` is false for staff and API keys. A gate `has_keys` once a phone enrolled with its
    own; without, it scans online only. `issuer_keys` (hex) are good now; a gate pins the ones that
    it was enrolled with.
    """

    gate: str
    gate_id: UUID
    organizer_id: UUID
    enrolled: bool
    has_keys: bool
    may_search_names: bool
    issuer_keys: list[str]
    now: datetime
    sessions: list[DoorSession]


@router.post(
    "/gates/enrolments",
    responses=problems.declare(
        DeviceKeyMalformed, FieldRefused, GateProofWrong, GateEnrolledElsewhere
    ),
)
def enrol(body: EnrolmentNew, request: Request, services: TheServices, now: Now) -> EnrolmentRead:
    """Make this phone the gate of a link, sent as `Authorization: Bearer`.

    The same phone may repeat it; another one is refused.
    """
    link = bearer(request)
    if link is None:
        raise NotSignedIn("Send the token of the enrolment link as a Bearer token.")
    phone = PhoneKeys(
        public_key=device_key.parse(body.public_key),
        agreement_key=device_key.parse(body.agreement_key, field="agreement_key"),
        proof=_bytes(body.proof, PROOF_LENGTH, "proof"),
        secret=_bytes(body.secret, tokens.SECRET_LENGTH, "secret"),
    )
    with services.database.transaction() as session:
        made = enrolment.take(session, link=link, phone=phone, now=now)
    return EnrolmentRead(
        gate=GateSelf.of(gates.ref(made.gate)),
        organizer_id=made.gate.organizer_id,
        token=made.token,
        issuer_keys=[key.hex() for key in services.keyring.gate_public_keys(now)],
        now=now,
    )


@router.get("/door", responses=problems.declare(NotAllowed))
def here(caller: CurrentGate, session: Reading, services: TheServices, now: Now) -> GateHere:
    """Say which gate this is and for which sessions it may scan."""
    gate = gates.of_caller(session, caller)
    rows = doors.sessions_at(session, organizer_id=caller.organizer_id, gate=gate, now=now)
    return GateHere(
        gate=gate.name,
        gate_id=gate.id,
        organizer_id=caller.organizer_id,
        enrolled=caller.kind == "gate",
        has_keys=gate.has_keys,
        may_search_names=gate.may_search_names,
        issuer_keys=[key.hex() for key in services.keyring.gate_public_keys(now)],
        now=now,
        sessions=[DoorSession.model_validate(row) for row in rows],
    )


def _bytes(text: str, length: int, field: str) -> bytes:
    raw = binary.from_text(text, length)
    if raw is None:
        raise FieldRefused(f"This takes {length} bytes in base64url.", field=field)
    return raw
