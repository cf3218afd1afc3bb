"""A counter per holder that says "what you hold changed": feeds compare it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.accounts.errors import HolderMerged
from passes_service.db.models import Holder


def bump(session: Session, *, organizer_id: UUID, holder_ids: Iterable[UUID]) -> None:
    """Mark the holders' feeds as outdated, in the transaction that changes what they hold.

    The row is also where a change meets a merge: whichever comes second waits for the first,
    so nothing can arrive in an account that has just been joined with another.

    Raises:
        HolderMerged: One of them is no longer an account of its own.
    """
    for holder_id in sorted(set(holder_ids)):  # sorted: two transfers cannot deadlock
        bumped = session.execute(
            update(Holder)
            .where(
                col(Holder.organizer_id) == organizer_id,
                col(Holder.id) == holder_id,
                col(Holder.merged_into).is_(None),
            )
            .values(passes_version=col(Holder.passes_version) + 1)
            .returning(col(Holder.id))
        ).first()
        if bumped is None:
            raise HolderMerged("This account was joined with another one.")
