"""Lists of people that phases read: by e-mail address or wallet, each in its one spelling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from passes_service.accounts import fields, recipients
from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.core.errors import DomainError
from passes_service.db.models import Audience, AudienceMember, Drop, DropPhase
from passes_service.db.upsert import insert_if_absent
from passes_service.drops import predicates
from passes_service.drops.errors import AudienceInUse

MOST_AT_ONCE = 10_000
_BY_LIST = ("cohort", "allow_list")


def create(
    session: Session,
    *,
    organizer_id: UUID,
    name: str,
    addresses: Iterable[str] = (),
    now: datetime,
) -> Audience:
    """Create a list, with people on it if some are named.

    Raises:
        FieldRefused: The name does not fit, or an address is none.
    """
    row = Audience(
        organizer_id=organizer_id,
        name=fields.line(name, field="name", longest=120),
        created_at=now,
    )
    session.add(row)
    session.flush()
    put_on(session, row, addresses)
    return row


def put_on(session: Session, audience: Audience, addresses: Iterable[str]) -> int:
    """Put people on a list; say how many were not on it before. All of them or none.

    Raises:
        FieldRefused: One is no address: `members["line"]` says which, from 1.
    """
    fresh = 0
    for address in _spelled(addresses):
        fresh += insert_if_absent(
            session,
            AudienceMember,
            {
                "organizer_id": audience.organizer_id,
                "audience_id": audience.id,
                "address": address,
            },
        )
    return fresh


def take_off(session: Session, audience: Audience, addresses: Iterable[str]) -> None:
    """Take people off a list; who is not on it stays off.

    Raises:
        FieldRefused: One is no address.
    """
    session.execute(
        delete(AudienceMember).where(
            col(AudienceMember.organizer_id) == audience.organizer_id,
            col(AudienceMember.audience_id) == audience.id,
            col(AudienceMember.address).in_(_spelled(addresses)),
        )
    )


def _spelled(addresses: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for line, typed in enumerate(addresses, start=1):
        if line > MOST_AT_ONCE:
            raise FieldRefused(f"Send at most {MOST_AT_ONCE} at once.", field="addresses")
        try:
            found[recipients.recipient_of(typed)] = None
        except DomainError as error:
            said = f"Line {line}: {error.detail}"
            raise FieldRefused(said, field="addresses", line=line) from error
    return sorted(found)  # in one order: two lists that grow at once cannot deadlock


def get(session: Session, *, organizer_id: UUID, audience_id: UUID) -> Audience:
    """Return a list of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Audience, (organizer_id, audience_id))
    if found is None:
        raise NotFound("There is no such list here.")
    return found


def every(session: Session, *, organizer_id: UUID) -> Sequence[tuple[Audience, int]]:
    """Return the lists of an organizer with how many are on each, newest first."""
    size = (
        select(func.count())
        .select_from(AudienceMember)
        .where(
            AudienceMember.organizer_id == Audience.organizer_id,
            AudienceMember.audience_id == Audience.id,
        )
        .scalar_subquery()
    )
    rows = session.exec(
        select(Audience, size)
        .where(Audience.organizer_id == organizer_id)
        .order_by(col(Audience.id).desc())
    )
    return [(row, int(count)) for row, count in rows]


def size(session: Session, audience: Audience) -> int:
    """Return how many are on a list."""
    return session.exec(
        select(func.count())
        .select_from(AudienceMember)
        .where(
            AudienceMember.organizer_id == audience.organizer_id,
            AudienceMember.audience_id == audience.id,
        )
    ).one()


def members(
    session: Session, audience: Audience, *, after: str = "", limit: int = 100
) -> Sequence[str]:
    """Return who is on a list, in order of spelling; page with `after`."""
    return session.exec(
        select(AudienceMember.address)
        .where(
            AudienceMember.organizer_id == audience.organizer_id,
            AudienceMember.audience_id == audience.id,
            col(AudienceMember.address) > after,
        )
        .order_by(col(AudienceMember.address))
        .limit(limit)
    ).all()


def remove(session: Session, *, organizer_id: UUID, audience_id: UUID) -> None:
    """Delete a list with all who are on it.

    Raises:
        NotFound: There is none, or it is someone else's.
        AudienceInUse: A phase of a Drop that is not over reads it.
    """
    row = get(session, organizer_id=organizer_id, audience_id=audience_id)
    phases = session.exec(
        select(DropPhase, Drop.title)
        .join(
            Drop,
            (col(Drop.organizer_id) == col(DropPhase.organizer_id))
            & (col(Drop.id) == col(DropPhase.drop_id)),
        )
        .where(
            DropPhase.organizer_id == organizer_id,
            col(DropPhase.kind).in_(_BY_LIST),
            col(Drop.state).not_in(("closed", "settled")),
        )
    )
    for phase, title in phases:
        if predicates.param(phase, "audience_id") == audience_id:
            raise AudienceInUse(f"The Drop “{title}” lets these people in.")
    session.execute(
        delete(AudienceMember).where(
            col(AudienceMember.organizer_id) == organizer_id,
            col(AudienceMember.audience_id) == audience_id,
        )
    )
    session.delete(row)
    session.flush()
