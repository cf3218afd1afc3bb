"""From rows to what the rules may know."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from passes_service.catalog import terms
from passes_service.core.rules.facts import MoveWindow, PassFacts, PassState
from passes_service.db.models import PortionChange
from passes_service.passes.queries import Held


def of(session: Session, held: Held, *, at: datetime | None = None) -> PassFacts:
    """Return the facts of a pass: its Terms, its counters, the changes published so far.

    With `at` only what was published by then counts.
    """
    row, series = held.row, held.series
    published = select(PortionChange).where(
        PortionChange.organizer_id == row.organizer_id, PortionChange.series_id == series.id
    )
    if at is not None:
        published = published.where(PortionChange.created_at <= at)
    changes = session.exec(published.order_by(col(PortionChange.id))).all()
    moved: dict[int, MoveWindow] = {}
    for change in changes:
        if change.doors_at and change.ends_at and change.window_closes_at:
            moved[change.portion] = MoveWindow(
                opened_at=change.created_at,
                closes_at=change.window_closes_at,
                doors_at=change.doors_at,
                ends_at=change.ends_at,
            )
    return PassFacts(
        terms=terms.get(session, organizer_id=row.organizer_id, terms_hash=series.terms_hash),
        state=cast("PassState", row.state),
        currency=row.currency,
        paid=row.paid_minor,
        paid_back=row.paid_back_minor,
        next_doors_at_purchase=row.next_doors_at,
        bought_at=row.bought_at,
        epoch=row.epoch,
        transfers=row.transfers,
        cancelled=frozenset(c.portion for c in changes if c.kind == "cancelled"),
        moved=moved,
    )
