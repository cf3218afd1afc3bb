"""What the contract has published about an escrow Series becomes what the book says of it.

The contract decides for these Series; the calendar's own moves and cancellations do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from passes_service.catalog import marks
from passes_service.db import bulk
from passes_service.db.models import PortionChange, Series, new_id


@dataclass(frozen=True, slots=True)
class Published:
    """One change of a Portion, as the contract published it at `at`."""

    portion: int
    kind: str
    at: datetime
    doors_at: datetime | None = None
    ends_at: datetime | None = None
    window_closes_at: datetime | None = None


def replace(
    session: Session,
    series: Series,
    *,
    changes: Sequence[Published],
    closed_at: datetime | None,
) -> None:
    """Make the published changes of a Series exactly these, in this order.

    What was published in blocks that have been replaced goes again.
    """
    here = (
        col(PortionChange.organizer_id) == series.organizer_id,
        col(PortionChange.series_id) == series.id,
    )
    rows = session.exec(select(PortionChange).where(*here).order_by(col(PortionChange.id))).all()
    if [_read(row) for row in rows] != list(changes):
        session.execute(delete(PortionChange).where(*here))
        ids = sorted(new_id() for _ in changes)  # their order is that of publication
        fresh = [
            {
                "organizer_id": series.organizer_id,
                "id": id_,
                "series_id": series.id,
                "portion": each.portion,
                "kind": each.kind,
                "doors_at": each.doors_at,
                "ends_at": each.ends_at,
                "window_closes_at": each.window_closes_at,
                "created_at": each.at,
            }
            for id_, each in zip(ids, changes, strict=True)
        ]
        bulk.insert_rows(session, PortionChange, fresh)
        marks.holders_of_series(session, series)
    session.execute(
        update(Series)
        .where(col(Series.organizer_id) == series.organizer_id, col(Series.id) == series.id)
        .values(closed_at=closed_at)
    )


def _read(row: PortionChange) -> Published:
    return Published(
        row.portion, row.kind, row.created_at, row.doors_at, row.ends_at, row.window_closes_at
    )
