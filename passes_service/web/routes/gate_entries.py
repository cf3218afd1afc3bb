"""A gate brings back what it decided without a network."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from passes_service.accounts import authenticate
from passes_service.accounts.errors import NotSignedIn
from passes_service.bootstrap import Services
from passes_service.checkin.offline import upload
from passes_service.checkin.offline.upload import Received, Sent
from passes_service.core import gate_log, qr_step
from passes_service.core.qr_step import TimeStepCode
from passes_service.db.models import CheckIn, Gate, Pass
from passes_service.web import problems
from passes_service.web.deps import Now, TheServices, bearer

router = APIRouter(prefix="/api/v1/gate", tags=["Door"], responses=problems.declare(NotSignedIn))
_LONGEST_SIGNATURE = 100


class EntrySent(BaseModel):
    """One entry of the log: the text as it was signed, and the signature."""

    model_config = ConfigDict(extra="forbid")

    entry: Annotated[str, Field(max_length=gate_log.LONGEST_ENTRY)]
    signature: Annotated[str, Field(max_length=_LONGEST_SIGNATURE)]


class Upload(BaseModel):
    """A piece of the log: any entries in any order, as often as needed."""

    model_config = ConfigDict(extra="forbid")

    entries: Annotated[list[EntrySent], Field(min_length=1, max_length=upload.MOST)]


class ConflictRead(BaseModel):
    """Why an admission does not count, and which entry stands, if one does."""

    code: str
    gate: str | None
    at: datetime | None
    offline: bool | None


class EntryRead(BaseModel):
    """What became of one entry: merged, forked, quarantined or refused."""

    sequence: int
    state: str
    code: str | None
    conflict: ConflictRead | None
    detail: str


class UploadRead(BaseModel):
    """What of the log is here; there is no gap up to `have_until`."""

    stored: int
    have_until: int
    now: datetime
    results: list[EntryRead]


@router.post("/entries")
def receive(body: Upload, request: Request, services: TheServices, now: Now) -> UploadRead:
    """Take in a piece of a gate's log. A revoked gate's is kept too, and lets nobody in."""
    sent = [Sent(one.entry, one.signature) for one in body.entries]
    with services.database.reading() as session:
        gate = authenticate.gate_of_log(session, bearer(request) or "")
    checked = upload.check(sent, public_key=gate.public_key)
    with services.database.transaction() as session:
        answer = upload.receive(
            session,
            gate=gate,
            sent=sent,
            checked=checked,
            keys_at=services.keyring.gate_public_keys,
            secret_of=lambda row, code: _secret(services, row, code, now),
            now=now,
        )
        results = [_read(session, one) for one in answer.results]
    return UploadRead(stored=answer.stored, have_until=answer.have_until, now=now, results=results)


def _secret(services: Services, row: Pass, code: TimeStepCode, now: datetime) -> bytes | None:
    """Return the secret that a time-step code names, in the epoch that it was made in."""
    secrets = (
        qr_step.pass_secret(
            key, pass_number=row.pass_id, epoch=code.epoch, organizer_id=row.organizer_id
        )
        for key in services.keyring.step_keys(now)
    )
    return next((one for one in secrets if qr_step.secret_id(one) == code.key_id), None)


def _read(session: Session, one: Received) -> EntryRead:
    scan, row = one.scan, one.check_in
    code = row.conflict_code if row is not None else scan.conflict_code if scan is not None else ""
    conflict = None
    if code:
        stands = _standing(session, one, row)
        gate = session.get(Gate, (stands.organizer_id, stands.gate_id)) if stands else None
        conflict = ConflictRead(
            code=code,
            gate=gate.name if gate else None,
            at=stands.created_at if stands else None,
            offline=stands.via != "online" if stands else None,
        )
    return EntryRead(
        sequence=one.sequence,
        state=one.state,
        code=scan.code if scan is not None else None,
        conflict=conflict,
        detail=one.detail,
    )


def _standing(session: Session, one: Received, row: CheckIn | None) -> CheckIn | None:
    if one.stands is not None or row is None or row.conflict_of is None:
        return one.stands
    key: tuple[UUID, UUID] = (row.organizer_id, row.conflict_of)
    return session.get(CheckIn, key)
