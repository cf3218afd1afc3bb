"""API keys: shown once, stored hashed, never able to do more than whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import fields
from passes_service.accounts.callers import SCOPES, Caller
from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound
from passes_service.core import tokens
from passes_service.db.models import ApiKey

PERMISSION = "people:manage"
_HINT = 4


def create(
    session: Session,
    *,
    caller: Caller,
    name: str,
    scopes: Collection[str],
    random: Callable[[int], bytes],
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its token, which cannot be had again.

    Raises:
        NotAllowed: The caller may not make keys, or lacks a scope of the new one.
        FieldRefused: No scope, an unknown one, or no name.
    """
    caller.require(PERMISSION)
    wanted = frozenset(scopes)
    if not wanted:
        raise FieldRefused("A key needs at least one permission.", field="scopes")
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        raise FieldRefused("There is no such permission.", field="scopes", known=sorted(SCOPES))
    for scope in sorted(wanted):
        caller.require(scope)
    token = tokens.mint(
        caller.organizer_id,
        random=random(tokens.SECRET_LENGTH),
        prefix=tokens.API_KEY_PREFIX,
    )
    key = ApiKey(
        organizer_id=caller.organizer_id,
        name=fields.line(name, field="name", longest=80),
        token_digest=tokens.digest(token, prefix=tokens.API_KEY_PREFIX),
        hint=token[-_HINT:],
        scopes=" ".join(sorted(wanted)),
        created_by=caller.id if caller.kind == "staff" else None,
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key, token


def every(session: Session, *, caller: Caller) -> Sequence[ApiKey]:
    """Return the organizer's keys that work, the newest first.

    Raises:
        NotAllowed: The caller does not manage people and keys.
    """
    caller.require(PERMISSION)
    return session.exec(
        select(ApiKey)
        .where(ApiKey.organizer_id == caller.organizer_id, col(ApiKey.revoked_at).is_(None))
        .order_by(col(ApiKey.id).desc())
    ).all()


def revoke(session: Session, *, caller: Caller, key_id: UUID, now: datetime) -> None:
    """End a key; whoever uses it is out at the next call.

    Raises:
        NotFound: There is no such key here, or it was revoked.
        NotAllowed: The caller lacks a permission that the key has.
    """
    caller.require(PERMISSION)
    key = session.get(ApiKey, (caller.organizer_id, key_id))
    if key is None or key.revoked_at is not None:
        raise NotFound("There is no such API key here.")
    if not frozenset(key.scopes.split()) <= caller.scopes:
        raise NotAllowed("This key may do more than you may.", needs=key.scopes)
    session.execute(
        update(ApiKey)
        .where(
            col(ApiKey.organizer_id) == caller.organizer_id,
            col(ApiKey.id) == key_id,
            col(ApiKey.revoked_at).is_(None),
        )
        .values(revoked_at=now)
    )
