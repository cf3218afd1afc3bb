"""Places of a Series that a Drop sells: set aside when it is scheduled, given back at its end.

issued + set_aside <= cap, always: each step is one conditional update. Numbers that came back from
a gate's block are not set aside, for its log may still say that they were sold.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.db.models import Series
from passes_service.passes.errors import SoldOut


def set_aside(session: Session, *, organizer_id: UUID, series_id: UUID, count: int) -> Series:
    """Set `count` places of an open external Series aside, all or none.

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
        .values(set_aside=col(Series.set_aside) + count)
        .returning(Series),
        execution_options={"populate_existing": True},
    ).first()
    if taken is None:
        raise SoldOut(f"There are no {count} passes left to set aside.", count=count)
    return taken


def give_back(session: Session, *, organizer_id: UUID, series_id: UUID, count: int) -> None:
    """Let `count` places be sold elsewhere again.

    Raises:
        SoldOut: As many are not set aside: a fault of the caller's book.
    """
    given = session.execute(
        update(Series)
        .where(
            col(Series.organizer_id) == organizer_id,
            col(Series.id) == series_id,
            col(Series.set_aside) >= count,
        )
        .values(set_aside=col(Series.set_aside) - count)
        .returning(col(Series.id))
    ).first()
    if given is None:
        raise SoldOut(f"There are no {count} places set aside.", count=count)


def take(session: Session, *, organizer_id: UUID, series_id: UUID, count: int) -> Series:
    """Turn `count` places that were set aside into numbers, the last ones of `issued`.

    Raises:
        SoldOut: As many are not set aside: a fault of the caller's book.
    """
    taken = session.scalars(
        update(Series)
        .where(
            col(Series.organizer_id) == organizer_id,
            col(Series.id) == series_id,
            col(Series.set_aside) >= count,
        )
        .values(issued=col(Series.issued) + count, set_aside=col(Series.set_aside) - count)
        .returning(Series),
        execution_options={"populate_existing": True},
    ).first()
    if taken is None:
        raise SoldOut(f"There are no {count} places set aside.", count=count)
    return taken
