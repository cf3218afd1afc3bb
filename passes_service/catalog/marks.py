"""Whose feeds a changed session outdates: marked in the transaction that changes it."""

from __future__ import annotations

from sqlmodel import Session, col, select

from passes_service.accounts import versions
from passes_service.db.models import CalendarSession, Pass, Series, SeriesSession


def holders_of(session: Session, row: CalendarSession) -> None:
    """Mark the feeds of everyone with a pass to this session, in one statement.

    What such a pass has become meanwhile does not matter: a mark too many costs one rendering.
    """
    everyone = (
        select(Pass.holder_id)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == row.organizer_id,
            SeriesSession.organizer_id == row.organizer_id,
            SeriesSession.session_id == row.id,
        )
    )
    versions.bump_where(session, organizer_id=row.organizer_id, holder_ids=everyone)


def holders_of_series(session: Session, series: Series) -> None:
    """Mark the feeds of everyone with a pass of this Series: what money comes back has changed."""
    everyone = select(Pass.holder_id).where(
        Pass.organizer_id == series.organizer_id, Pass.series_id == series.id
    )
    versions.bump_where(session, organizer_id=series.organizer_id, holder_ids=everyone)
