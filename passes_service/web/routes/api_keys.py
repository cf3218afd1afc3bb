"""API keys: made, listed and revoked by whoever manages people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from sqlmodel import Session

from passes_service.accounts import api_keys
from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.db.models import ApiKey
from passes_service.web import problems, sealing
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created

router = APIRouter(prefix="/api/v1/api-keys", tags=["API keys"])
_REFUSALS = (NotSignedIn, NotAllowed)


class KeyAsked(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    scopes: Annotated[list[str], Field(min_length=1, max_length=40)]


class KeyRead(BaseModel):
    """A key without its secret; `hint` is its last four characters."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None = None

    @field_validator("scopes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value


class KeyMade(KeyRead):
    """A fresh key with its token, shown this once."""

    token: str


@router.post(
    "",
    status_code=201,
    response_model=KeyMade,
    responses=problems.declare(*_REFUSALS, FieldRefused, sealing.SecretGone),
)
def make(body: KeyAsked, call: StaffCall) -> Response:
    """Make a key with at most the caller's own permissions. Its token is shown only here."""

    def work(session: Session) -> Reply:
        key, token = api_keys.create(
            session,
            caller=call.caller,
            name=body.name,
            scopes=body.scopes,
            random=call.services.random_bytes,
            now=call.now,
        )
        sealed = sealing.seal(token, call)
        made = KeyMade(token=sealed, **KeyRead.model_validate(key).model_dump())
        return created(made, f"/api/v1/api-keys/{key.id}")

    return sealing.opened(call.run(work), call)


@router.get("", response_model=list[KeyRead], responses=problems.declare(*_REFUSALS))
def listed(caller: CurrentStaff, session: Reading) -> Sequence[ApiKey]:
    """List the keys that work."""
    return api_keys.every(session, caller=caller)


@router.delete("/{key_id}", status_code=204, responses=problems.declare(*_REFUSALS, NotFound))
def revoke(key_id: UUID, call: StaffCall) -> Response:
    """Revoke a key at once."""

    def work(session: Session) -> Reply:
        api_keys.revoke(session, caller=call.caller, key_id=key_id, now=call.now)
        return Reply(204, media_type="")

    return call.run(work)
