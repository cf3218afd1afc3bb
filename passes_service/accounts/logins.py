"""Signing in without passwords: a link by mail, then a server-side login that can be revoked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import fields, holders, links, rates
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import LinkRefused, NotFound
from passes_service.core import tokens
from passes_service.db.models import LoginSession, MagicLink, StaffMember

Kind = Literal["staff", "holder"]
HOME: dict[str, str] = {"staff": "/org", "holder": "/me"}
PER_ADDRESS = rates.Rate("login-address", 5, timedelta(minutes=15))
PER_CLIENT = rates.Rate("login-client", 60, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh login: the token goes into a cookie and nowhere else."""

    login: LoginSession
    kind: Kind
    next_path: str
    token: str = field(repr=False)


def request_link(
    session: Session,
    *,
    organizer_id: UUID,
    email: str,
    kind: Kind,
    next_path: str | None,
    client: str,
    ttl: timedelta,
    now: datetime,
) -> None:
    """Have a login link mailed, if the address may sign in; do and say the same if not.

    Known and unknown addresses write the same rows, so neither the answer nor its timing tells
    who works here. A holder's account is made when the link is used, not now.

    Raises:
        FieldRefused: The address or the path is malformed.
        RateLimited: Too many requests for this address, or from this client.
    """
    address = fields.email(email)
    goal = HOME[kind] if next_path is None else fields.local_path(next_path)
    rates.take(session, organizer_id=organizer_id, rate=PER_CLIENT, subject=client, now=now)
    rates.take(
        session, organizer_id=organizer_id, rate=PER_ADDRESS, subject=f"{kind} {address}", now=now
    )
    member = session.exec(
        select(StaffMember).where(
            StaffMember.organizer_id == organizer_id,
            StaffMember.email == address,
            col(StaffMember.removed_at).is_(None),
        )
    ).first()
    links.create(
        session,
        organizer_id=organizer_id,
        purpose=links.STAFF_LOGIN if kind == "staff" else links.HOLDER_LOGIN,
        email=address,
        subject_id=member.id if member is not None and kind == "staff" else None,
        next_path=goal,
        ttl=ttl,
        now=now,
    )


def redeem(
    session: Session,
    token: str,
    *,
    keys: Sequence[bytes],
    random: Callable[[int], bytes],
    label: str,
    ttl: timedelta,
    now: datetime,
) -> SignedIn:
    """Turn a magic link into a login, once.

    Raises:
        LinkRefused: The link does not sign anyone in (any more).
    """
    link = links.read(session, token, keys=keys, now=now)
    if link.purpose == links.HOLDER_EMAIL:
        raise LinkRefused("This link adds an address; it does not sign anyone in.")
    links.use(session, link, now=now)
    kind: Kind = "holder" if link.purpose == links.HOLDER_LOGIN else "staff"
    if kind == "staff":
        subject_id = _present_member(session, link)
    else:
        found = holders.for_email(
            session, organizer_id=link.organizer_id, email=link.email, verified=True, now=now
        )
        subject_id = found.id
    return open_login(
        session,
        organizer_id=link.organizer_id,
        kind=kind,
        subject_id=subject_id,
        next_path=link.next_path,
        random=random,
        label=label,
        ttl=ttl,
        now=now,
    )


def _present_member(session: Session, link: MagicLink) -> UUID:
    member = (
        None
        if link.subject_id is None
        else session.get(StaffMember, (link.organizer_id, link.subject_id))
    )
    if member is None or member.removed_at is not None:
        raise LinkRefused("This link was used already, is too old, or was never valid.")
    return member.id


def open_login(
    session: Session,
    *,
    organizer_id: UUID,
    kind: Kind,
    subject_id: UUID,
    next_path: str | None = None,
    random: Callable[[int], bytes],
    label: str,
    ttl: timedelta,
    now: datetime,
) -> SignedIn:
    """Sign in someone who has just proved who they are; only the token's digest is stored."""
    token = tokens.mint(organizer_id, random=random(tokens.SECRET_LENGTH))
    login = LoginSession(
        organizer_id=organizer_id,
        token_digest=tokens.digest(token),
        kind=kind,
        subject_id=subject_id,
        label="".join(filter(str.isprintable, label))[:200],
        last_seen_at=now,
        expires_at=now + ttl,
        created_at=now,
    )
    session.add(login)
    session.flush()
    return SignedIn(login, kind, next_path or HOME[kind], token)


def of_caller(session: Session, *, caller: Caller, now: datetime) -> Sequence[LoginSession]:
    """Return the caller's own logins that still open something, the newest first."""
    return session.exec(
        select(LoginSession)
        .where(
            LoginSession.organizer_id == caller.organizer_id,
            LoginSession.kind == caller.kind,
            LoginSession.subject_id == caller.id,
            col(LoginSession.revoked_at).is_(None),
            LoginSession.expires_at > now,
        )
        .order_by(col(LoginSession.id).desc())
    ).all()


def is_current(login: LoginSession, token: str | None) -> bool:
    """Tell whether a cookie's token is the one of this login."""
    said = None if token is None else tokens.parse(token)
    return said is not None and said.digest == login.token_digest


def revoke(session: Session, *, caller: Caller, login_id: UUID, now: datetime) -> None:
    """End one of the caller's own logins; the browser is out at its next request.

    Raises:
        NotFound: The caller has no such login (any more).
    """
    if not _revoke(session, caller, col(LoginSession.id) == login_id, now=now):
        raise NotFound("You have no such login.")


def revoke_others(session: Session, *, caller: Caller, token: str, now: datetime) -> int:
    """End all of the caller's logins but the one with this token; return how many."""
    said = tokens.parse(token)
    kept = b"" if said is None else said.digest
    return _revoke(session, caller, col(LoginSession.token_digest) != kept, now=now)


def revoke_all(session: Session, *, caller: Caller, now: datetime) -> int:
    """End every login of someone; return how many."""
    return _revoke(session, caller, now=now)


def sign_out(session: Session, token: str, *, now: datetime) -> None:
    """End the login behind a cookie; one that is unknown or has ended stays as it is."""
    said = tokens.parse(token)
    if said is not None:
        session.execute(
            update(LoginSession)
            .where(
                col(LoginSession.organizer_id) == said.organizer_id,
                col(LoginSession.token_digest) == said.digest,
                col(LoginSession.revoked_at).is_(None),
            )
            .values(revoked_at=now)
        )


def _revoke(session: Session, caller: Caller, *conditions: object, now: datetime) -> int:
    revoked = session.execute(
        update(LoginSession)
        .where(
            col(LoginSession.organizer_id) == caller.organizer_id,
            col(LoginSession.kind) == caller.kind,
            col(LoginSession.subject_id) == caller.id,
            col(LoginSession.revoked_at).is_(None),
            *conditions,  # type: ignore[arg-type]  # SQL expressions
        )
        .values(revoked_at=now)
        .returning(col(LoginSession.id))
    )
    return len(revoked.all())
