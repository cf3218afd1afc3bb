"""From rows to what the rules may know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog import terms
from passes_service.core.rules.facts import MoveWindow, PassFacts, PassState
from passes_service.core.rules.terms import Terms
from passes_service.db.models import PortionChange
from passes_service.passes.queries import Held


class PassColumns(Protocol):
    """A pass as it is stored: a row of the ORM, or the same columns read without it."""

    @property
    def organizer_id(self) -> UUID:
        """Whose pass it is."""

    @property
    def pass_id(self) -> int:
        """Its public number."""

    @property
    def state(self) -> str:
        """One of `db.models.passes.STATES`."""

    @property
    def epoch(self) -> int:
        """Its present epoch."""

    @property
    def transfers(self) -> int:
        """How often it changed hands."""

    @property
    def paid_minor(self) -> int:
        """What was paid, in minor units."""

    @property
    def paid_back_minor(self) -> int:
        """What went back, in minor units."""

    @property
    def currency(self) -> str:
        """ISO 4217, or the chain's own."""

    @property
    def bought_at(self) -> datetime:
        """When it was first bought."""

    @property
    def next_doors_at(self) -> datetime | None:
        """The first doors after the purchase, where they were kept."""


class ChangeColumns(Protocol):
    """A published change of a Portion as it is stored."""

    @property
    def portion(self) -> int:
        """Index of the Portion."""

    @property
    def kind(self) -> str:
        """`cancelled` or `moved`."""

    @property
    def created_at(self) -> datetime:
        """When it was published."""

    @property
    def doors_at(self) -> datetime | None:
        """Its new doors, if it was moved."""

    @property
    def ends_at(self) -> datetime | None:
        """Its new end, if it was moved."""

    @property
    def window_closes_at(self) -> datetime | None:
        """Until when holders may react to the move."""


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
    document = terms.get(session, organizer_id=row.organizer_id, terms_hash=series.terms_hash)
    return assemble(row, document, changes)


def assemble(row: PassColumns, document: Terms, changes: Iterable[ChangeColumns]) -> PassFacts:
    """Return the facts of a pass from its Terms and its Series' changes, in order."""
    moved: dict[int, MoveWindow] = {}
    cancelled: set[int] = set()
    for change in changes:
        if change.kind == "cancelled":
            cancelled.add(change.portion)
        if change.doors_at and change.ends_at and change.window_closes_at:
            moved[change.portion] = MoveWindow(
                opened_at=change.created_at,
                closes_at=change.window_closes_at,
                doors_at=change.doors_at,
                ends_at=change.ends_at,
            )
    return PassFacts(
        terms=document,
        state=cast("PassState", row.state),
        currency=row.currency,
        paid=row.paid_minor,
        paid_back=row.paid_back_minor,
        next_doors_at_purchase=row.next_doors_at,
        bought_at=row.bought_at,
        epoch=row.epoch,
        transfers=row.transfers,
        cancelled=frozenset(cancelled),
        moved=moved,
    )
