"""A counter per holder that says "what you hold changed": feeds compare it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlmodel import Session, SQLModel, col, select

from passes_service.accounts.errors import HolderMerged
from passes_service.db import bulk
from passes_service.db.models import Holder

_HOLDER = SQLModel.metadata.tables[str(Holder.__tablename__)]
_BUMP = (  # built once: every issue and every transfer runs it
    update(_HOLDER)
    .where(
        _HOLDER.c.organizer_id == bindparam("at_organizer"),
        _HOLDER.c.id == bindparam("at_holder"),
        _HOLDER.c.merged_into.is_(None),
    )
    .values(feed_version=_HOLDER.c.feed_version + 1)
    .returning(_HOLDER.c.id)
)


def bump(session: Session, *, organizer_id: UUID, holder_ids: Iterable[UUID]) -> None:
    """Mark the holders' feeds as outdated, in the transaction that changes what they hold.

    The row is also where a change meets a merge: whichever comes second waits for the first,
    so nothing can arrive in an account that has just been joined with another.

    Raises:
        HolderMerged: One of them is no longer an account of its own.
    """
    for holder_id in sorted(set(holder_ids)):  # sorted: two transfers cannot deadlock
        here = {"at_organizer": organizer_id, "at_holder": holder_id}
        if session.execute(_BUMP, here).first() is None:
            raise HolderMerged("This account was joined with another one.")


def bump_many(session: Session, *, organizer_id: UUID, holder_ids: Iterable[UUID]) -> None:
    """Do as `bump` for as many holders as a block of a chain concerns.

    Raises:
        HolderMerged: One of them is no longer an account of its own.
    """
    here = (col(Holder.organizer_id) == organizer_id, col(Holder.merged_into).is_(None))
    for some in bulk.slices(sorted(set(holder_ids))):
        among = col(Holder.id).in_(some)
        held = (  # in order, and before the update, which locks as its plan happens to go
            select(Holder.id)
            .where(*here, among)
            .order_by(col(Holder.id))
            .with_for_update(key_share=True)
        )
        if len(session.exec(held).all()) != len(some):
            raise HolderMerged("An account was joined with another one.")
        session.execute(
            update(_HOLDER)
            .where(_HOLDER.c.organizer_id == organizer_id, _HOLDER.c.id.in_(some))
            .values(feed_version=_HOLDER.c.feed_version + 1)
        )


def bump_where(session: Session, *, organizer_id: UUID, holder_ids: Any) -> None:
    """Do as `bump` for all holders that a query finds, in one statement, however many they are.

    Args:
        holder_ids: A SELECT of one column. Joined accounts among them are left alone.

    The rows are locked in order before they change, so two of these cannot deadlock.
    """
    held = (
        select(_HOLDER.c.id)
        .where(_HOLDER.c.organizer_id == organizer_id, _HOLDER.c.id.in_(holder_ids))
        .order_by(_HOLDER.c.id)
        .with_for_update(key_share=True)
        .cte("held")
    )
    session.execute(
        update(_HOLDER)
        .where(_HOLDER.c.organizer_id == organizer_id, _HOLDER.c.id.in_(select(held.c.id)))
        .values(feed_version=_HOLDER.c.feed_version + 1)
        .execution_options(synchronize_session=False)
    )
