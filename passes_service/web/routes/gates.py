"""Gates: enrolled, listed and revoked by whoever manages the door."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, field_validator
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.checkin import gates
from passes_service.core import enrolment
from passes_service.db.models import Gate
from passes_service.web import problems, sealing, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created

router = APIRouter(
    prefix="/api/v1/gates",
    tags=["Door"],
    responses=problems.declare(NotSignedIn, NotAllowed),
)
MANAGE = "door:manage"


class GateNew(shapes.Body):
    """A device to enrol; without sessions it scans for all of them."""

    name: shapes.Text = Field(min_length=1, max_length=gates.LONGEST_NAME)
    session_ids: list[UUID] = Field(default_factory=list, max_length=1000)
    may_search_names: bool = False


class GateRead(shapes.Read):
    """A gate without its secret; no `session_ids` means all sessions.

    `enrolled_at` and `key_fingerprint` are there once a phone has opened the link.
    """

    id: UUID
    name: str
    session_ids: list[UUID]
    may_search_names: bool
    created_at: datetime
    enrolled_at: datetime | None
    revoked_at: datetime | None
    key_fingerprint: str | None

    @field_validator("session_ids", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @staticmethod
    def of(row: Gate) -> GateRead:
        """Return the shape of a gate."""
        key = row.public_key
        return GateRead(
            **row.model_dump(include=set(GateRead.model_fields)),
            key_fingerprint=None if key is None else enrolment.fingerprint(key),
        )


class GateMade(GateRead):
    """A new gate with its token and the link that puts it into a phone, shown this once."""

    token: str
    enrol_url: str


@router.post(
    "",
    status_code=201,
    response_model=GateMade,
    responses=problems.declare(NotFound, FieldRefused, sealing.SecretGone),
)
def enrol(body: GateNew, call: StaffCall) -> Response:
    """Make a gate. The first phone that opens the link becomes it; the link is a secret.

    The token in it works as it is until a phone swaps it for one of its own.
    """
    call.caller.require(MANAGE)

    def work(session: Session) -> Reply:
        made = gates.enrol(
            session,
            organizer_id=call.caller.organizer_id,
            name=body.name,
            session_ids=body.session_ids,
            may_search_names=body.may_search_names,
            random=call.services.random_bytes(32),
            now=call.now,
        )
        read = GateRead.of(made.gate)
        sealed = GateMade(**read.model_dump(), token=sealing.seal(made.token, call), enrol_url="")
        return created(sealed, f"/api/v1/gates/{read.id}")

    answer = sealing.opened(call.run(work), call)
    if answer.status_code != 201:
        return answer  # a refusal, replayed
    shown = json.loads(bytes(answer.body))
    shown["enrol_url"] = f"{call.services.settings.origin}/door/enrol/{shown['token']}"
    answer.body = json.dumps(shown).encode()
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer


@router.get("")
def every(caller: CurrentStaff, session: Reading) -> list[GateRead]:
    """List the enrolled gates, newest first, revoked ones too."""
    caller.require(MANAGE)
    rows = gates.every(session, organizer_id=caller.organizer_id)
    return [GateRead.of(row) for row in rows]


@router.delete("/{gate_id}", status_code=204, responses=problems.declare(NotFound))
def revoke(gate_id: UUID, call: StaffCall) -> Response:
    """Revoke a gate at once: its next scan is refused."""
    call.caller.require(MANAGE)

    def work(session: Session) -> Reply:
        gates.revoke(session, organizer_id=call.caller.organizer_id, gate_id=gate_id, now=call.now)
        return Reply(204, media_type="")

    return call.run(work)
