"""Whose feeds a Drop outdates: marked in the transaction that schedules or changes it."""

from __future__ import annotations

from sqlmodel import Session, col, select

from passes_service.accounts import versions
from passes_service.catalog import calendars
from passes_service.db.models import Drop, FeedLink


def followers(session: Session, drop: Drop) -> None:
    """Mark the feeds of everybody who asked to see Drops on a device.

    The calendar is held first, as renderings hold it: one that runs at this moment waits, and
    then sees the change.
    """
    calendars.lock(session, organizer_id=drop.organizer_id, calendar_id=drop.calendar_id)
    everyone = select(FeedLink.holder_id).where(
        FeedLink.organizer_id == drop.organizer_id,
        col(FeedLink.drops).is_(True),
        col(FeedLink.revoked_at).is_(None),
    )
    versions.bump_where(session, organizer_id=drop.organizer_id, holder_ids=everyone)
