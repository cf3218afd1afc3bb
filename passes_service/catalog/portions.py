"""What a moved or cancelled session means for the Series that promised it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.catalog import terms
from passes_service.core.rules.facts import move_window
from passes_service.db.models import CalendarSession, PortionChange, Series, SeriesSession, new_id
from passes_service.db.upsert import insert_if_absent


def publish_cancellation(session: Session, *, cancelled: CalendarSession, now: datetime) -> None:
    """Record each Portion whose sessions are now all cancelled; the rules pay for those.

    It closes the sale too: nobody buys a part of which everybody knows that it will not happen.
    The caller holds the calendar, so two last sessions cancelled at once see each other.
    """
    for series, portion in _portions_with(session, cancelled):
        rows = sessions_of(session, series, portion)
        if all(row.status == "cancelled" for row in rows):
            fresh = {
                "organizer_id": series.organizer_id,
                "id": new_id(),
                "series_id": series.id,
                "portion": portion,
                "kind": "cancelled",
                "created_at": now,
            }
            insert_if_absent(session, PortionChange, fresh)
            session.execute(
                update(Series)
                .where(
                    col(Series.organizer_id) == series.organizer_id,
                    col(Series.id) == series.id,
                    col(Series.closed_at).is_(None),
                )
                .values(closed_at=now)
            )


def publish_move(session: Session, *, moved: CalendarSession, now: datetime) -> None:
    """Record the new doors and end of each Portion with this session, and its window."""
    for series, portion in _portions_with(session, moved):
        document = terms.get(
            session, organizer_id=series.organizer_id, terms_hash=series.terms_hash
        )
        rows = [r for r in sessions_of(session, series, portion) if r.status != "cancelled"]
        doors = timedelta(minutes=document.entry.doors_minutes_before)
        window = move_window(
            document,
            opened_at=now,
            doors_at=min(row.starts_at for row in rows) - doors,
            ends_at=max(row.ends_at for row in rows),
        )
        session.add(
            PortionChange(
                organizer_id=series.organizer_id,
                series_id=series.id,
                portion=portion,
                kind="moved",
                doors_at=window.doors_at,
                ends_at=window.ends_at,
                window_closes_at=window.closes_at,
                created_at=now,
            )
        )
    session.flush()


def _portions_with(session: Session, row: CalendarSession) -> Iterator[tuple[Series, int]]:
    found = session.exec(
        select(Series, SeriesSession.portion)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Series.organizer_id))
            & (col(SeriesSession.series_id) == col(Series.id)),
        )
        .where(
            SeriesSession.organizer_id == row.organizer_id,
            SeriesSession.session_id == row.id,
            # Of those sold on chain only the contract cancels and moves: see `chain_changes`.
            Series.funding == "external",
        )
        .order_by(col(Series.id))  # one order for all: two changes cannot deadlock
    ).all()
    yield from found


def sessions_of(session: Session, series: Series, portion: int) -> list[CalendarSession]:
    """Return the sessions of one Portion, cancelled ones too."""
    statement = (
        select(CalendarSession)
        .join(
            SeriesSession,
            (col(SeriesSession.session_id) == col(CalendarSession.id))
            & (col(SeriesSession.organizer_id) == col(CalendarSession.organizer_id)),
        )
        .where(
            SeriesSession.organizer_id == series.organizer_id,
            SeriesSession.series_id == series.id,
            SeriesSession.portion == portion,
        )
    )
    return list(session.exec(statement))
