"""Many passes at once: read under lock, changed in memory, written in a handful of statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select as core_select
from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.accounts import versions
from passes_service.catalog import terms
from passes_service.core import pass_id as pass_numbers
from passes_service.core.events import Event
from passes_service.core.rules.schedule import next_doors_at_purchase
from passes_service.db import bulk, outbox
from passes_service.db.models import Pass, PassEvent, Series, new_id
from passes_service.passes import facts
from passes_service.passes.queries import Held

_MOVING = ("holder_id", "wallet", "state", "epoch", "transfers", "paid_back_minor")
_BOUGHT = ("payer_id", "bought_at", "next_doors_at")
_READ = ("id", "pass_id", "series_id", "paid_minor", "provider", *_MOVING, *_BOUGHT)
ON_CHAIN = "onchain"
"""The provider of passes that the contract sold."""


@dataclass(slots=True)
class Line:
    """A pass as it is being changed; the columns of its row that a chain can move."""

    id: UUID
    pass_id: int
    series_id: UUID
    paid_minor: int
    provider: str
    holder_id: UUID
    wallet: str | None
    state: str
    epoch: int
    transfers: int
    paid_back_minor: int
    payer_id: UUID
    bought_at: datetime
    next_doors_at: datetime | None
    is_new: bool = False
    moved: bool = False
    rebought: bool = False

    @property
    def is_onchain_sale(self) -> bool:
        """Tell whether the contract sold it, so that without its mint there is no such pass."""
        return self.provider == ON_CHAIN

    @property
    def was_taken_back(self) -> bool:
        """Tell whether a reorganisation took its purchase back, and nobody withdrew it."""
        return self.state == "void" and self.wallet is None and self.is_onchain_sale

    def pay_back(self, amount: int) -> None:
        """Count what the contract paid; never more than was paid in."""
        self.paid_back_minor = min(self.paid_minor, self.paid_back_minor + amount)


@dataclass
class Desk:
    """Everything that one transaction does to an organizer's passes because of a chain.

    `differences` are sentences for people where book and chain did not agree.
    """

    session: Session
    organizer_id: UUID
    series: Mapping[int, Series]
    now: datetime
    lines: dict[int, Line] = field(default_factory=dict)
    notes: list[bulk.Row] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    holders: set[UUID] = field(default_factory=set)
    issued: Counter[UUID] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    _doors: dict[tuple[UUID, datetime], datetime | None] = field(default_factory=dict)

    def load(self, pass_ids: Collection[int]) -> None:
        """Read and hold the passes, in the order in which everything that holds several does."""
        table = bulk.table_of(Pass)
        for some in bulk.slices(sorted(pass_ids)):
            rows = self.session.execute(
                core_select(*(table.c[name] for name in _READ))
                .where(table.c.organizer_id == self.organizer_id, table.c.pass_id.in_(some))
                .order_by(table.c.id)
                .with_for_update(key_share=True)
            )
            for row in rows:
                self.lines[row[1]] = Line(*row)

    def create(self, pass_id: int, *, owner: str, holder_id: UUID, at: datetime) -> Line:
        """Begin a pass that was bought on chain."""
        number = pass_numbers.split(pass_id)
        series = self.series[number.series]
        made = Line(
            id=new_id(),
            pass_id=pass_id,
            series_id=series.id,
            paid_minor=series.price_minor,
            provider=ON_CHAIN,
            holder_id=holder_id,
            wallet=owner,
            state="on_chain",
            epoch=1,
            transfers=0,
            paid_back_minor=0,
            payer_id=holder_id,
            bought_at=at,
            next_doors_at=self.doors_after(series, at),
            is_new=True,
        )
        self.lines[pass_id] = made
        self.issued[series.id] += 1
        return made

    def doors_after(self, series: Series, at: datetime) -> datetime | None:
        """Return the next doors at a purchase, where cooling-off needs them (see `service`)."""
        key = (series.id, at)
        if key not in self._doors:
            document = terms.get(
                self.session, organizer_id=self.organizer_id, terms_hash=series.terms_hash
            )
            found: datetime | None = None
            if document.refund.cooling_off_seconds:
                blank = Pass(
                    organizer_id=self.organizer_id,
                    pass_id=0,
                    series_id=series.id,
                    serial=0,
                    holder_id=series.id,
                    payer_id=series.id,
                    paid_minor=series.price_minor,
                    currency=series.currency,
                    provider=ON_CHAIN,
                    bought_at=at,
                    created_at=at,
                )
                known = facts.of(self.session, Held(blank, series))
                found = next_doors_at_purchase(document, known) or at
            self._doors[key] = found
        return self._doors[key]

    def note(self, line: Line, kind: str, sentence: str) -> None:
        """Write one line into the history of a pass."""
        self.notes.append(
            {
                "organizer_id": self.organizer_id,
                "pass_row_id": line.id,
                "kind": kind,
                "epoch": line.epoch,
                "sentence": sentence,
                "actor": "chain",
                "created_at": self.now,
            }
        )

    def differs(self, sentence: str, line: Line | None = None) -> None:
        """Remember that book and chain did not agree; the chain is followed nevertheless."""
        self.differences.append(sentence)
        if line is not None:
            self.note(line, "difference", sentence)

    def write(self) -> None:
        """Store everything, in a handful of statements."""
        for series_id, count in sorted(self.issued.items()):
            if count:
                self.session.execute(
                    update(Series)
                    .where(
                        col(Series.organizer_id) == self.organizer_id, col(Series.id) == series_id
                    )
                    .values(issued=col(Series.issued) + count)
                    .execution_options(synchronize_session=False)
                )
        lines = self.lines.values()
        bulk.insert_rows(self.session, Pass, [self._row(line) for line in lines if line.is_new])
        old = [line for line in lines if not line.is_new]
        self._update([line for line in old if line.moved], _MOVING)
        self._update([line for line in old if line.rebought], _BOUGHT)
        bulk.insert_rows(self.session, PassEvent, self.notes)
        versions.bump_many(self.session, organizer_id=self.organizer_id, holder_ids=self.holders)
        outbox.add_all(self.session, self.events, now=self.now)

    def _update(self, lines: list[Line], names: tuple[str, ...]) -> None:
        rows = [
            {"organizer_id": self.organizer_id, "id": line.id}
            | {name: getattr(line, name) for name in names}
            for line in sorted(lines, key=lambda line: line.id)
        ]
        bulk.update_rows(self.session, Pass, rows, names=names)

    def _row(self, line: Line) -> dict[str, Any]:
        number = pass_numbers.split(line.pass_id)
        series = self.series[number.series]
        kept = {name: getattr(line, name) for name in _READ}
        return kept | {
            "organizer_id": self.organizer_id,
            "serial": number.serial,
            "currency": series.currency,
            "created_at": self.now,
        }
