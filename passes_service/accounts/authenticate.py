"""From a credential to a caller. Unknown, expired and revoked ones look the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts.callers import ROLE_SCOPES, Caller
from passes_service.accounts.errors import NotSignedIn
from passes_service.core import tokens
from passes_service.core.tokens import OpaqueToken
from passes_service.db.models import ApiKey, Gate, Holder, LoginSession, StaffMember

GATE_KEY_PREFIX = "ps_gate_"
SEEN_EVERY = timedelta(minutes=10)


def by_api_key(session: Session, token: str) -> tuple[Caller, ApiKey]:
    """Return the caller behind an API key, and the key itself."""
    parsed = tokens.parse(token, prefix=tokens.API_KEY_PREFIX)
    if parsed is not None:
        key = session.exec(
            select(ApiKey).where(
                ApiKey.organizer_id == parsed.organizer_id,
                ApiKey.token_digest == parsed.digest,
                col(ApiKey.revoked_at).is_(None),
            )
        ).first()
        if key is not None:
            scopes = frozenset(key.scopes.split())
            name = f"API key “{key.name}”"
            return Caller(parsed.organizer_id, "key", key.id, scopes, name), key
    raise NotSignedIn("This API key is unknown or revoked.")


def by_gate_key(session: Session, token: str) -> Caller:
    """Return the caller behind a gate's key; a revoked gate is out at once."""
    parsed = tokens.parse(token, prefix=GATE_KEY_PREFIX)
    if parsed is not None:
        gate = session.exec(
            select(Gate).where(
                Gate.organizer_id == parsed.organizer_id,
                Gate.token_digest == parsed.digest,
                col(Gate.revoked_at).is_(None),
            )
        ).first()
        if gate is not None:
            return Caller(parsed.organizer_id, "gate", gate.id, frozenset({"door:scan"}), gate.name)
    raise NotSignedIn("This gate is unknown or revoked.")


def gate_of_log(session: Session, token: str) -> Gate:
    """Return the gate behind a key, a revoked one too: what it decided before is kept as evidence.

    Only the upload of its log asks this way.
    """
    parsed = tokens.parse(token, prefix=GATE_KEY_PREFIX)
    if parsed is not None:
        gate = session.exec(
            select(Gate).where(
                Gate.organizer_id == parsed.organizer_id, Gate.token_digest == parsed.digest
            )
        ).first()
        if gate is not None:
            return gate
    raise NotSignedIn("This gate is unknown.")


def by_login(
    session: Session, token: str, *, kind: Literal["staff", "holder"], now: datetime
) -> tuple[Caller, LoginSession]:
    """Return the caller behind a browser's login cookie, and the login itself."""
    parsed = tokens.parse(token)
    if parsed is None:
        raise NotSignedIn("This login is unknown or has ended.")
    login = session.exec(
        select(LoginSession).where(
            LoginSession.organizer_id == parsed.organizer_id,
            LoginSession.token_digest == parsed.digest,
            LoginSession.kind == kind,
            col(LoginSession.revoked_at).is_(None),
            LoginSession.expires_at > now,
        )
    ).first()
    caller = None if login is None else _caller(session, login)
    if login is None or caller is None:
        raise NotSignedIn("This login is unknown or has ended.")
    return caller, login


def holders_of(
    session: Session, logins: Sequence[OpaqueToken], *, now: datetime
) -> dict[bytes, UUID]:
    """Return the holder behind each login of one organizer that is good, by its digest."""
    rows = session.exec(
        select(LoginSession.token_digest, LoginSession.subject_id)
        .join(
            Holder,
            (col(Holder.organizer_id) == col(LoginSession.organizer_id))
            & (col(Holder.id) == col(LoginSession.subject_id)),
        )
        .where(
            LoginSession.organizer_id == logins[0].organizer_id,
            col(LoginSession.token_digest).in_([login.digest for login in logins]),
            LoginSession.kind == "holder",
            col(LoginSession.revoked_at).is_(None),
            LoginSession.expires_at > now,
            col(Holder.merged_into).is_(None),
        )
    ).all()
    return dict(rows)


def _caller(session: Session, login: LoginSession) -> Caller | None:
    key = (login.organizer_id, login.subject_id)
    if login.kind == "staff":
        member = session.get(StaffMember, key)
        if member is None or member.removed_at is not None:
            return None
        scopes = ROLE_SCOPES[member.role]
        return Caller(login.organizer_id, "staff", member.id, scopes, member.name)
    holder = session.get(Holder, key)
    if holder is None or holder.merged_into is not None:
        return None
    return Caller(login.organizer_id, "holder", holder.id, frozenset(), holder.name)


def touch_key(session: Session, key: ApiKey, *, now: datetime) -> None:
    """Remember that a key is in use; call it when `last_used_at` is older than SEEN_EVERY."""
    session.execute(
        update(ApiKey)
        .where(col(ApiKey.organizer_id) == key.organizer_id, col(ApiKey.id) == key.id)
        .values(last_used_at=now)
    )


def touch(session: Session, login: LoginSession, *, now: datetime) -> None:
    """Remember that a login was seen; call it when `last_seen_at` is older than SEEN_EVERY."""
    session.execute(
        update(LoginSession)
        .where(
            col(LoginSession.organizer_id) == login.organizer_id,
            col(LoginSession.id) == login.id,
        )
        .values(last_seen_at=now)
    )
