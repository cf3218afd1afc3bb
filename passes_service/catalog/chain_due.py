"""What the calendar says of an escrow Series and the contract does not know yet.

The contract decides what holders are owed, so the organizer's wallet has to tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from passes_service.catalog import portions
from passes_service.catalog.escrow import Placed
from passes_service.core.rules.terms import Portion
from passes_service.db.models import CalendarSession, PortionChange


@dataclass(frozen=True, slots=True)
class Due:
    """A change that is due on chain; `earlier` is one that the contract never takes."""

    index: int
    title: str
    kind: Literal["cancel", "move", "earlier"]
    doors_at: datetime
    ends_at: datetime


def due(session: Session, found: Placed) -> list[Due]:
    """Return what the organizer has to send for a Series, in order of its Portions."""
    if found.series.funding != "escrow" or found.place.state != "open":
        return []
    changes = session.exec(
        select(PortionChange)
        .where(
            PortionChange.organizer_id == found.series.organizer_id,
            PortionChange.series_id == found.series.id,
        )
        .order_by(col(PortionChange.id))
    ).all()
    made = []
    for part in found.document.portions:
        rows = portions.sessions_of(session, found.series, part.index)
        known = [one for one in changes if one.portion == part.index]
        each = _due(found, part, rows, known)
        if each is not None:
            made.append(each)
    return made


def _due(
    found: Placed, part: Portion, rows: list[CalendarSession], known: list[PortionChange]
) -> Due | None:
    if any(one.kind == "cancelled" for one in known):
        return None
    living = [row for row in rows if row.status != "cancelled"]
    if not living:
        return Due(part.index, part.title, "cancel", part.doors_at, part.ends_at)
    if not any(row.status == "moved" for row in living):
        return None
    before = timedelta(minutes=found.document.entry.doors_minutes_before)
    doors = min(row.starts_at for row in living) - before
    ends = max(row.ends_at for row in living)
    now_doors, now_ends = part.doors_at, part.ends_at
    for one in known:
        now_doors, now_ends = one.doors_at or now_doors, one.ends_at or now_ends
    if (doors, ends) == (now_doors, now_ends):
        return None
    kind: Literal["move", "earlier"] = (
        "move" if doors >= now_doors and ends >= now_ends else "earlier"
    )
    return Due(part.index, part.title, kind, doors, ends)
