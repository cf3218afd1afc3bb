"""Walks through all stored feeds, some at a time, and tells which are outdated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select as core_select
from sqlalchemy import tuple_
from sqlmodel import Session, col

from passes_service.db.models import FeedCopy, FeedLink, Holder

AT_ONCE: Final = 5_000
STILL_ASKED: Final = timedelta(days=7)
Place = tuple[UUID, UUID]


@dataclass(frozen=True)
class Stretch:
    """Part of the walk: the outdated feeds in it, and where to go on (None: from the start)."""

    outdated: tuple[Place, ...]
    end: Place | None


def look(session: Session, *, after: Place | None, now: datetime) -> Stretch:
    """Return which of the next feeds are outdated, of devices that asked in the last week.

    It reads a bounded number of narrow rows by key, however many feeds there are: a small book
    is walked through in one go, a large one in many.
    """
    here = (col(FeedCopy.organizer_id), col(FeedCopy.link_id))
    statement = (
        core_select(
            *here,
            col(FeedCopy.rendered_from),
            col(FeedCopy.fresh_until),
            col(Holder.feed_version),
            col(FeedLink.last_fetched_at),
        )
        .join(
            FeedLink,
            (col(FeedLink.organizer_id) == col(FeedCopy.organizer_id))
            & (col(FeedLink.id) == col(FeedCopy.link_id)),
        )
        .join(
            Holder,
            (col(Holder.organizer_id) == col(FeedLink.organizer_id))
            & (col(Holder.id) == col(FeedLink.holder_id)),
        )
        .where(col(FeedLink.revoked_at).is_(None))
        .order_by(*here)
        .limit(AT_ONCE)
    )
    if after is not None:
        statement = statement.where(tuple_(*here) > tuple_(*after))
    rows = session.execute(statement).all()
    outdated = tuple(
        (organizer_id, link_id)
        for organizer_id, link_id, rendered_from, fresh_until, version, fetched_at in rows
        if (rendered_from != version or fresh_until <= now)
        and fetched_at is not None
        and fetched_at > now - STILL_ASKED
    )
    end = (rows[-1][0], rows[-1][1]) if len(rows) == AT_ONCE else None
    return Stretch(outdated, end)
