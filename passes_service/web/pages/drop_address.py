"""A Drop by its public address."""

from __future__ import annotations

from sqlmodel import Session, select

from passes_service.accounts.errors import NotFound
from passes_service.db.models import Drop, Organizer


def drop_at(session: Session, organizer: Organizer, slug: str) -> Drop:
    """Return the Drop at an organizer's address; one read, without all that it sells.

    Raises:
        NotFound: There is none.
    """
    found = session.exec(
        select(Drop).where(Drop.organizer_id == organizer.id, Drop.slug == slug)
    ).first()
    if found is None:
        raise NotFound("There is no such Drop here.")
    return found
