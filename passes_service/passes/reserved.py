"""Numbers set aside for a gate that may have no network: signed before, issued when sold.

A number that was not handed out returns. Its code is out in the world, so whoever gets the number
later gets it in a higher epoch, in which that code is dead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.db.models import ReservedPass, Series
from passes_service.passes.errors import SoldOut


def take_numbers(
    session: Session, *, organizer_id: UUID, series_id: UUID, count: int
) -> tuple[Series, Sequence[int]]:
    """Take `count` numbers off an external Series that is open, all or none.

    Raises:
        SoldOut: There are not as many left.
    """
    taken = session.scalars(
        update(Series)
        .where(
            col(Series.organizer_id) == organizer_id,
            col(Series.id) == series_id,
            col(Series.issued) + col(Series.set_aside) + count <= col(Series.cap),
            col(Series.closed_at).is_(None),
            col(Series.funding) == "external",
        )
        .values(issued=col(Series.issued) + count)
        .returning(Series),
        execution_options={"populate_existing": True},
    ).first()
    if taken is None:
        raise SoldOut(f"There are no {count} passes left to set aside.", count=count)
    return taken, range(taken.issued - count + 1, taken.issued + 1)


def take_returned(session: Session, *, organizer_id: UUID, series_id: UUID) -> ReservedPass | None:
    """Take the lowest number that returned, or None; two buyers never get the same one."""
    lowest = (
        select(ReservedPass.id)
        .where(
            ReservedPass.organizer_id == organizer_id,
            ReservedPass.series_id == series_id,
            ReservedPass.state == "returned",
        )
        .order_by(col(ReservedPass.serial))
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()  # with IN, PostgreSQL may run it for every row and take several
    )
    taken = session.scalars(
        update(ReservedPass)
        .where(
            col(ReservedPass.organizer_id) == organizer_id,
            col(ReservedPass.id) == lowest,
            col(ReservedPass.state) == "returned",
        )
        .values(state="reissued")
        .returning(ReservedPass),
        execution_options={"populate_existing": True},
    ).first()
    if taken is not None:
        count_returned(session, taken, -1)
    return taken


def count_returned(session: Session, row: ReservedPass, change: int) -> None:
    """Count a number as one that can be issued again, or no longer."""
    session.execute(
        update(Series)
        .where(
            col(Series.organizer_id) == row.organizer_id,
            col(Series.id) == row.series_id,
        )
        .values(returned=col(Series.returned) + change)
    )


def give_back(session: Session, *, now: datetime) -> int:
    """Return the numbers of blocks that have expired; doing it twice changes nothing."""
    rows = session.scalars(
        update(ReservedPass)
        .where(col(ReservedPass.state) == "reserved", col(ReservedPass.expires_at) <= now)
        .values(state="returned")
        .returning(ReservedPass)
    ).all()
    for row in rows:
        count_returned(session, row, 1)
    return len(rows)
