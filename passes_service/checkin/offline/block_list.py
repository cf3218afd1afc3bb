"""The blocks of a gate, for its organizer: what became of each number, what can follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import terms
from passes_service.checkin import doors, gates
from passes_service.checkin.offline import blocks
from passes_service.core import money
from passes_service.db.models import (
    CalendarSession,
    Gate,
    Pass,
    ReservedPass,
    Series,
    SeriesSession,
)


@dataclass(frozen=True)
class Number:
    """One number of a block, and the pass that it became if it was handed out."""

    row: ReservedPass
    held: Pass | None


@dataclass(frozen=True)
class Block:
    """Numbers of one Series that were set aside at once, for one session."""

    series: Series
    at: CalendarSession
    numbers: list[Number]

    @property
    def hand_out_until(self) -> datetime:
        """Return until when the gate may hand them out."""
        return self.numbers[0].row.hand_out_until

    @property
    def comes_back_at(self) -> datetime:
        """Return when those that were not handed out can be sold again."""
        return self.numbers[0].row.expires_at

    @property
    def cash(self) -> money.Money:
        """Return what was paid for those that were handed out, as far as refunds count it."""
        paid = sum(one.held.paid_minor for one in self.numbers if one.held is not None)
        return money.Money(paid, self.series.currency)

    def count(self, state: str) -> int:
        """Return how many are in a state."""
        return sum(one.row.state == state for one in self.numbers)


@dataclass(frozen=True)
class Choice:
    """A session for which a gate could be given passes of these Series."""

    at: CalendarSession
    series: list[Series]


def gate_of(session: Session, *, organizer_id: UUID, gate_id: UUID) -> Gate:
    """Return an enrolled gate.

    Raises:
        NotFound: There is no such gate here.
    """
    gate = session.get(Gate, (organizer_id, gate_id))
    if gate is None or gate.token_digest is None:
        raise NotFound("There is no such gate here.")
    return gate


def blocks_of(session: Session, gate: Gate) -> list[Block]:
    """Return every block that was ever set aside for a gate, the newest first."""
    rows = blocks.of_gate(session, organizer_id=gate.organizer_id, gate_id=gate.id)
    sold = {row.pass_row_id for row in rows if row.pass_row_id is not None}
    found = session.exec(
        select(Pass).where(Pass.organizer_id == gate.organizer_id, col(Pass.id).in_(sold))
    )
    held = {one.id: one for one in found}
    made = []
    for _, group in groupby(rows, key=lambda row: row.block_id):
        numbers = [Number(row, held.get(row.pass_row_id or row.id)) for row in group]
        first = numbers[0].row
        series = session.get_one(Series, (gate.organizer_id, first.series_id))
        at = session.get_one(CalendarSession, (gate.organizer_id, first.session_id))
        made.append(Block(series, at, numbers))
    return made


def choices(session: Session, gate: Gate, *, now: datetime) -> list[Choice]:
    """Return what could be set aside for a gate now, in order of time; nothing without its keys."""
    if gate.agreement_key is None or gate.revoked_at is not None:
        return []
    mine = gates.ref(gate)
    coming = doors.coming(session, organizer_id=gate.organizer_id, now=now)
    served = [at for at in coming if mine.serves(at.id)]
    opened = _opened(session, gate.organizer_id, [at.id for at in served], now)
    return [Choice(at, opened[at.id]) for at in served if at.id in opened]


def _opened(
    session: Session, organizer_id: UUID, session_ids: Sequence[UUID], now: datetime
) -> dict[UUID, list[Series]]:
    """Return the Series that are still sold here and open each session."""
    rows = session.execute(
        select(col(SeriesSession.session_id), Series)
        .join(
            Series,
            (col(Series.organizer_id) == col(SeriesSession.organizer_id))
            & (col(Series.id) == col(SeriesSession.series_id)),
        )
        .where(
            col(SeriesSession.organizer_id) == organizer_id,
            col(SeriesSession.session_id).in_(session_ids),
            col(Series.funding) == "external",
            col(Series.closed_at).is_(None),
            col(Series.issued) < col(Series.cap),  # numbers that returned are sold elsewhere
        )
        .order_by(col(Series.title), col(Series.id))
    )
    found: dict[UUID, list[Series]] = {}
    on_sale: dict[UUID, bool] = {}
    for session_id, series in rows.all():
        if series.id not in on_sale:
            document = terms.get(session, organizer_id=organizer_id, terms_hash=series.terms_hash)
            on_sale[series.id] = document.sale_closes_at > now
        if on_sale[series.id]:
            found.setdefault(session_id, []).append(series)
    return found
