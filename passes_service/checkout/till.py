"""The stock of one Drop in one transaction: locked, handed out, written once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, text, update
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, col, select

from passes_service.checkout import drawn
from passes_service.checkout.errors import LimitReached, PlacesHeld, PlacesSold
from passes_service.db.bulk import table_of
from passes_service.db.models import DropPhase, DropStock, DropTaken, Order
from passes_service.drops.reading import Offered, Shop

Takes = list[tuple[UUID, int]]
_STOCK: Any = table_of(DropStock)
_TAKEN: Any = table_of(DropTaken)
_HOLD = (
    update(_STOCK)
    .where(_STOCK.c.organizer_id == bindparam("of_organizer"), _STOCK.c.id == bindparam("of_stock"))
    .values(held=_STOCK.c.held + bindparam("count"))
)
_FRESH = sqlite.insert(_TAKEN)
_ADD = _FRESH.on_conflict_do_update(
    index_elements=["organizer_id", "drop_id", "bucket"],
    set_={"taken": _TAKEN.c.taken + _FRESH.excluded.taken},
)
# For the names of a whole group in one statement that is always the same text.
_ADD_MANY = text("""
    INSERT INTO drop_taken (organizer_id, drop_id, bucket, taken)
    SELECT :organizer_id, :drop_id, *
    FROM unnest(CAST(:buckets AS text[]), CAST(:taken AS integer[]))
    ON CONFLICT (organizer_id, drop_id, bucket)
    DO UPDATE SET taken = drop_taken.taken + excluded.taken
    RETURNING bucket, taken
""")


class Till:
    """What is left of a Drop while its stock is locked; `write` puts down what was taken."""

    def __init__(
        self,
        session: Session,
        shop: Shop,
        stocks: dict[UUID, DropStock],
        taken: dict[str, int],
        now: datetime,
    ) -> None:
        self._session, self._shop, self._now = session, shop, now
        self._stocks = stocks
        self._left = {key: stock.left for key, stock in stocks.items()}
        self._phase_left = {
            phase.id: None if phase.quantity is None else phase.quantity - phase.taken
            for phase in shop.phases
        }
        self._taken = taken
        self._held: Counter[UUID] = Counter()
        self._by_phase: Counter[UUID] = Counter()
        self._by_bucket: Counter[str] = Counter()
        self._limits: dict[str, int] = {}
        self._wait: int | None = None

    @classmethod
    def open(
        cls, session: Session, shop: Shop, subjects: Collection[str], *, now: datetime
    ) -> Till:
        """Lock the stock of a Drop and read what has been taken of it, and by these people."""
        drop = shop.drop
        rows = session.exec(
            select(DropStock)
            .where(DropStock.organizer_id == drop.organizer_id, DropStock.drop_id == drop.id)
            .order_by(col(DropStock.id))
            .with_for_update(key_share=True)  # lines that refer to it may be written meanwhile
            .execution_options(populate_existing=True)
        ).all()
        if any(phase.quantity is not None for phase in shop.phases):
            session.exec(
                select(DropPhase)
                .where(DropPhase.organizer_id == drop.organizer_id, DropPhase.drop_id == drop.id)
                .execution_options(populate_existing=True)
            ).all()
        names = [*subjects]
        for phase in shop.phases:
            if phase.per_holder is not None:
                names += [_bucket(phase, subject) for subject in subjects]
        taken = session.execute(
            select(_TAKEN.c.bucket, _TAKEN.c.taken).where(
                _TAKEN.c.organizer_id == drop.organizer_id,
                _TAKEN.c.drop_id == drop.id,
                _TAKEN.c.bucket.in_(names),
            )
        ).all()
        return cls(session, shop, {row.id: row for row in rows}, dict(taken), now)

    def take(self, offer: Offered, phase: DropPhase, subject: str, quantity: int) -> Takes:
        """Take places of an offer for somebody; nothing is taken if it cannot be all of them.

        Raises:
            LimitReached: The person has as many as one may have, of the Drop or in this phase.
            PlacesHeld, PlacesSold: Fewer are left.
        """
        self._check_limits(phase, subject, quantity)
        phase_left = self._phase_left[phase.id]
        if phase_left is not None and quantity > phase_left:
            raise self._none_left(phase_left)
        takes = self._from_stock(offer, quantity)
        self._note(takes, phase, subject, quantity)
        return takes

    def _note(self, takes: Takes, phase: DropPhase, subject: str, quantity: int) -> None:
        for stock_id, count in takes:
            self._left[stock_id] -= count
            self._held[stock_id] += count
        phase_left = self._phase_left[phase.id]
        if phase_left is not None:
            self._phase_left[phase.id] = phase_left - quantity
            self._by_phase[phase.id] += quantity
        for bucket in buckets(phase, subject):
            self._by_bucket[bucket] += quantity

    def write(self) -> None:
        """Put down what was taken, in one statement for each row that changes.

        Raises:
            LimitReached: Somebody's places were counted elsewhere meanwhile; do it all again.
        """
        here = {"of_organizer": self._shop.drop.organizer_id}
        for stock_id in sorted(self._held):
            self._session.execute(
                _HOLD, {**here, "of_stock": stock_id, "count": self._held[stock_id]}
            )
        for phase_id in sorted(self._by_phase):
            count_phase(
                self._session, self._shop.drop.organizer_id, phase_id, self._by_phase[phase_id]
            )
        now_taken = add_taken(
            self._session,
            organizer_id=self._shop.drop.organizer_id,
            drop_id=self._shop.drop.id,
            counts=self._by_bucket,
        )
        for bucket, taken in now_taken.items():
            if taken > self._limits[bucket]:  # a guest was named as this person meanwhile
                raise _limit_reached(self._limits[bucket], taken - self._by_bucket[bucket])

    def take_again(self, order: Order, phase: DropPhase) -> bool:
        """Take the very places that an order had before it ended; tell whether they were there."""
        takes = [(UUID(stock_id), count) for stock_id, count in json.loads(order.takes)]
        phase_left = self._phase_left[phase.id]
        if any(self._left[stock_id] < count for stock_id, count in takes):
            return False
        if phase_left is not None and phase_left < order.quantity:
            return False
        try:
            self._check_limits(phase, order.subject, order.quantity)
        except LimitReached:
            return False
        self._note(takes, phase, order.subject, order.quantity)
        return True

    def _check_limits(self, phase: DropPhase, subject: str, quantity: int) -> None:
        limits = [(subject, drawn.limit(self._shop.drop))]
        if phase.per_holder is not None:
            limits.append((_bucket(phase, subject), phase.per_holder))
        for bucket, limit in limits:
            has = self._taken.get(bucket, 0) + self._by_bucket[bucket]
            if has + quantity > limit:
                raise _limit_reached(limit, has)
            self._limits[bucket] = limit

    def _from_stock(self, offer: Offered, quantity: int) -> Takes:
        if offer.row.kind != "edition":
            left = min(self._left[part.stock.id] for part in offer.parts)
            if quantity > left:
                raise self._none_left(left, offer)
            return [(part.stock.id, quantity) for part in offer.parts]
        takes: Takes = []
        missing = quantity
        for part in offer.parts:  # the early steps first: they may have come back
            count = min(missing, self._left[part.stock.id])
            if count:
                takes.append((part.stock.id, count))
                missing -= count
        if missing:
            raise self._none_left(quantity - missing, offer)
        return takes

    def _none_left(self, left: int, offer: Offered | None = None) -> PlacesHeld | PlacesSold:
        """Return the refusal that is true: others hold the places, or they are sold for good."""
        parts = list(self._stocks.values())
        if offer is not None:
            parts = [self._stocks[part.stock.id] for part in offer.parts]
        if left == 0 and not any(stock.held + self._held[stock.id] for stock in parts):
            return PlacesSold("All places are sold.", left=0)
        if self._wait is None:
            self._wait = self._seconds_to_wait()
        few = "No place is" if left == 0 else f"Only {left} {'is' if left == 1 else 'are'}"
        return PlacesHeld(
            f"{few} left now; places that are held and not paid come back.",
            left=left,
            retry_after=self._wait,
        )

    def _seconds_to_wait(self) -> int:
        drop = self._shop.drop
        first = self._session.execute(
            select(func.min(Order.hold_until)).where(
                col(Order.organizer_id) == drop.organizer_id,
                col(Order.drop_id) == drop.id,
                col(Order.state).in_(("held", "placed")),
            )
        ).scalar()
        if first is None:
            return drop.hold_seconds
        return max(1, int((first - self._now).total_seconds()) + 1)


def _limit_reached(limit: int, has: int) -> LimitReached:
    return LimitReached(
        f"One person may have {limit}; you have {has}.", left_for_you=max(limit - has, 0)
    )


def buckets(phase: DropPhase, subject: str) -> tuple[str, ...]:
    """Return under which names somebody's places in a phase are counted."""
    if phase.per_holder is None:
        return (subject,)
    return subject, _bucket(phase, subject)


def _bucket(phase: DropPhase, subject: str) -> str:
    return f"{phase.id}/{subject}"


def count_phase(session: Session, organizer_id: UUID, phase_id: UUID, count: int) -> None:
    """Count places as taken in a phase, or (below zero) as back."""
    session.execute(
        update(DropPhase)
        .where(
            col(DropPhase.organizer_id) == organizer_id,
            col(DropPhase.id) == phase_id,
            col(DropPhase.quantity).is_not(None),
        )
        .values(taken=col(DropPhase.taken) + count)
        .execution_options(synchronize_session=False)
    )


def add_taken(
    session: Session, *, organizer_id: UUID, drop_id: UUID, counts: Counter[str]
) -> dict[str, int]:
    """Count places for people, one order of names for all. The stock's lock is held.

    Returns what each has now; nothing on SQLite, where nobody else writes meanwhile.
    """
    if not counts:
        return {}
    here = {"organizer_id": organizer_id, "drop_id": drop_id}
    names = sorted(counts)
    if session.get_bind().dialect.name == "postgresql":
        taken = [counts[name] for name in names]
        found = session.execute(_ADD_MANY, {**here, "buckets": names, "taken": taken})
        return {row.bucket: row.taken for row in found}
    session.execute(_ADD, [{**here, "bucket": name, "taken": counts[name]} for name in names])
    return {}


def less_taken(
    session: Session, *, organizer_id: UUID, drop_id: UUID, counts: Counter[str]
) -> None:
    """Count places back."""
    for bucket, count in sorted(counts.items()):
        session.execute(
            update(_TAKEN)
            .where(
                _TAKEN.c.organizer_id == organizer_id,
                _TAKEN.c.drop_id == drop_id,
                _TAKEN.c.bucket == bucket,
            )
            .values(taken=_TAKEN.c.taken - count)
        )
