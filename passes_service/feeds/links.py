"""Secret calendar addresses, one per device; each can be rotated or removed alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, tuple_, update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.core import tokens
from passes_service.core.errors import DomainError, Kind
from passes_service.db.models import FeedCopy, FeedLink, Holder
from passes_service.feeds.words import LANGUAGES

MOST_LINKS = 20
REMINDERS = (15, 60, 24 * 60, 7 * 24 * 60)
REVOKED_FOR = timedelta(days=90)


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


class OptionUnknown(DomainError):
    """A calendar link was asked for something it cannot do."""

    code, title, kind = "feed-option-unknown", "Unknown calendar option", Kind.INVALID
    next_step = "Choose from the languages and reminders that are offered."


@dataclass(frozen=True, kw_only=True)
class Options:
    """What one device's calendar shows beside the sessions; nothing unless it was asked for.

    Attributes:
        language: One of `words.LANGUAGES`; empty for the holder's own.
        reminders: Minutes before the start of each session, of `REMINDERS`.
        deadlines: Also show until when money comes back and a pass can be handed on.
        drops: Also show when something new goes on sale here.
    """

    language: str = ""
    reminders: tuple[int, ...] = ()
    deadlines: bool = False
    drops: bool = False

    def __post_init__(self) -> None:
        if self.language and self.language not in LANGUAGES:
            raise OptionUnknown("There is no such language.", field="language")
        if not set(self.reminders) <= set(REMINDERS):
            raise OptionUnknown("There is no such reminder.", field="reminders")

    @classmethod
    def of(cls, row: FeedLink) -> Options:
        """Return the options of a link."""
        reminders = tuple(int(minutes) for minutes in row.reminders.split())
        return cls(
            language=row.language,
            reminders=reminders,
            deadlines=row.deadlines,
            drops=row.drops,
        )

    def columns(self) -> dict[str, Any]:
        """Return them as they are stored."""
        reminders = " ".join(str(minutes) for minutes in sorted(set(self.reminders)))
        return {
            "language": self.language,
            "reminders": reminders,
            "deadlines": self.deadlines,
            "drops": self.drops,
        }


def create(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    label: str,
    random: bytes,
    now: datetime,
    options: Options = Options(),
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
        **options.columns(),
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
    # First of all, as a merge of accounts does: the new row refers to the holder.
    key = (organizer_id, holder_id)
    session.get(Holder, key, with_for_update={"read": True, "key_share": True})
    old = remove(session, organizer_id=organizer_id, holder_id=holder_id, link_id=link_id, now=now)
    return create(
        session,
        organizer_id=organizer_id,
        holder_id=holder_id,
        label=old.label,
        random=random,
        now=now,
        options=Options.of(old),
    )


def get(session: Session, *, organizer_id: UUID, holder_id: UUID, link_id: UUID) -> FeedLink:
    """Return one living link as it is now, held until the transaction ends.

    Raises:
        NotFound: The holder has no such living link.
    """
    row = session.exec(
        select(FeedLink)
        .where(*_living(organizer_id, holder_id, link_id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("There is no such calendar link.")
    return row


def choose(
    session: Session, *, organizer_id: UUID, holder_id: UUID, link_id: UUID, options: Options
) -> FeedLink:
    """Change what one device's calendar shows, from its next fetch on.

    Raises:
        NotFound: The holder has no such living link.
    """
    row = session.scalars(
        update(FeedLink)
        .where(*_living(organizer_id, holder_id, link_id))
        .values(options.columns())
        .returning(FeedLink)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("There is no such calendar link.")
    session.execute(
        update(FeedCopy)
        .where(col(FeedCopy.organizer_id) == organizer_id, col(FeedCopy.link_id) == link_id)
        .values(rendered_from=0)
    )
    return row


def remove(
    session: Session, *, organizer_id: UUID, holder_id: UUID, link_id: UUID, now: datetime
) -> FeedLink:
    """Revoke one link; from then on it shows a quiet notice.

    Raises:
        NotFound: The holder has no such living link.
    """
    gone = session.scalars(
        update(FeedLink)
        .where(*_living(organizer_id, holder_id, link_id))
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


def _living(organizer_id: UUID, holder_id: UUID, link_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        col(FeedLink.organizer_id) == organizer_id,
        col(FeedLink.holder_id) == holder_id,
        col(FeedLink.id) == link_id,
        col(FeedLink.revoked_at).is_(None),
    )


def forget(session: Session, *, now: datetime) -> int:
    """Delete links that were revoked long ago, and the copies of all revoked ones; say how many.

    From then on such an address is like one that we never gave out.
    """
    revoked = select(FeedLink.organizer_id, FeedLink.id).where(
        col(FeedLink.revoked_at).is_not(None)
    )
    session.execute(
        delete(FeedCopy).where(
            tuple_(col(FeedCopy.organizer_id), col(FeedCopy.link_id)).in_(revoked)
        )
    )
    gone = session.execute(delete(FeedLink).where(col(FeedLink.revoked_at) < now - REVOKED_FOR))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a CursorResult, as for each DELETE
