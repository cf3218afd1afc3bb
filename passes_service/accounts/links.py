"""Magic links: a row says whether one may still be used, the token is derived and stored nowhere.

The purpose is part of what the key signs, so a link for one thing never does another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.accounts.errors import LinkRefused
from passes_service.core import tokens
from passes_service.core.events import LoginRequested
from passes_service.db import outbox
from passes_service.db.models import MagicLink

STAFF_LOGIN = "staff-login"
STAFF_INVITE = "staff-invite"
HOLDER_LOGIN = "holder-login"
HOLDER_EMAIL = "holder-email"
PURPOSES = (STAFF_LOGIN, STAFF_INVITE, HOLDER_LOGIN, HOLDER_EMAIL)


def create(
    session: Session,
    *,
    organizer_id: UUID,
    purpose: str,
    email: str,
    subject_id: UUID | None,
    next_path: str,
    ttl: timedelta,
    now: datetime,
    tell: bool = True,
) -> MagicLink:
    """Store a link; with `tell` the worker mails it after commit."""
    link = MagicLink(
        organizer_id=organizer_id,
        purpose=purpose,
        subject_id=subject_id,
        email=email,
        next_path=next_path,
        expires_at=now + ttl,
        created_at=now,
    )
    session.add(link)
    session.flush()
    if tell:
        outbox.add(session, LoginRequested(organizer_id=organizer_id, link_id=link.id), now=now)
    return link


def path(link: MagicLink, *, key: bytes) -> str:
    """Return the secret address of a link on this site."""
    return "/l/" + tokens.derive(link.organizer_id, link.id, key=key, purpose=link.purpose)


def read(session: Session, token: str, *, keys: Sequence[bytes], now: datetime) -> MagicLink:
    """Return the link behind a token without using it up.

    Raises:
        LinkRefused: It is not ours, was used, or is too old.
    """
    for purpose in PURPOSES:
        said = tokens.verify_derived(token, keys=keys, purpose=purpose)
        if said is None:
            continue
        link = session.get(MagicLink, (said.organizer_id, said.link_id))
        if (
            link is not None
            and link.purpose == purpose
            and link.used_at is None
            and link.expires_at > now
        ):
            return link
    raise LinkRefused("This link was used already, is too old, or was never valid.")


def use(session: Session, link: MagicLink, *, now: datetime) -> None:
    """Use a link up; of several at once the database lets one through.

    Raises:
        LinkRefused: Somebody was faster, or it has expired.
    """
    used = session.execute(
        update(MagicLink)
        .where(
            col(MagicLink.organizer_id) == link.organizer_id,
            col(MagicLink.id) == link.id,
            col(MagicLink.used_at).is_(None),
            col(MagicLink.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(MagicLink.id))
    ).first()
    if used is None:
        raise LinkRefused("This link was used already, is too old, or was never valid.")
