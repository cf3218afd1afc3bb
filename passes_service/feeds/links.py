"""Secret calendar addresses, one per device; each can be rotated or removed alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.core import tokens
from passes_service.core.errors import DomainError, Kind
from passes_service.db.models import FeedLink

MOST_LINKS = 20


class TooManyLinks(DomainError):
    """A holder has as many calendar links as anyone needs."""

    code, title, kind = "too-many-links", "Too many calendar links", Kind.CONFLICT
    next_step = "Remove a link that no device uses any more."


@dataclass(frozen=True)
class NewLink:
    """A link at the only moment when its address is known."""

    row: FeedLink
    token: str

    @property
    def path(self) -> str:
        """Return the secret address on this site."""
        return path(self.token)


def path(token: str) -> str:
    """Return the secret address that a token opens."""
    return f"/feeds/{token}.ics"


def create(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    label: str,
    random: bytes,
    now: datetime,
) -> NewLink:
    """Make a new secret address (256 random bits); only its digest is stored.

    Raises:
        TooManyLinks: The holder has `MOST_LINKS` already.
    """
    if len(of_holder(session, organizer_id=organizer_id, holder_id=holder_id)) >= MOST_LINKS:
        raise TooManyLinks(f"There are {MOST_LINKS} links already.")
    token = tokens.mint(organizer_id, random=random)
    row = FeedLink(
        organizer_id=organizer_id,
        holder_id=holder_id,
        token_digest=tokens.digest(token),
        label=label.strip()[:80] or "My calendar",
        created_at=now,
    )
    session.add(row)
    session.flush()
    return NewLink(row, token)


def rotate(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    link_id: UUID,
    random: bytes,
    now: datetime,
) -> NewLink:
    """Replace the address of one device; the old one is dead, the others live on."""
    old = remove(session, organizer_id=organizer_id, holder_id=holder_id, link_id=link_id, now=now)
    return create(
        session,
        organizer_id=organizer_id,
        holder_id=holder_id,
        label=old.label,
        random=random,
        now=now,
    )


def remove(
    session: Session, *, organizer_id: UUID, holder_id: UUID, link_id: UUID, now: datetime
) -> FeedLink:
    """Revoke one link; from then on it shows a quiet notice.

    Raises:
        NotFound: The holder has no such living link.
    """
    gone = session.scalars(
        update(FeedLink)
        .where(
            col(FeedLink.organizer_id) == organizer_id,
            col(FeedLink.holder_id) == holder_id,
            col(FeedLink.id) == link_id,
            col(FeedLink.revoked_at).is_(None),
        )
        .values(revoked_at=now)
        .returning(FeedLink)
    ).first()
    if gone is None:
        raise NotFound("There is no such calendar link.")
    return gone


def of_holder(session: Session, *, organizer_id: UUID, holder_id: UUID) -> list[FeedLink]:
    """Return the living links of a holder, oldest first."""
    return list(
        session.exec(
            select(FeedLink)
            .where(
                FeedLink.organizer_id == organizer_id,
                FeedLink.holder_id == holder_id,
                col(FeedLink.revoked_at).is_(None),
            )
            .order_by(col(FeedLink.id))
        )
    )


def find(session: Session, token: str) -> FeedLink | None:
    """Return the link behind an address, revoked ones too; None for what we never gave out."""
    parsed = tokens.parse(token)
    if parsed is None:
        return None
    return session.exec(
        select(FeedLink).where(
            FeedLink.organizer_id == parsed.organizer_id,
            FeedLink.token_digest == parsed.digest,
        )
    ).first()
