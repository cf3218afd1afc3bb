"""A raffle for tests: entries for a day, then a phase for those who were drawn."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.db.models import (
    Drop,
    DropDraw,
    DropOffer,
    DropPart,
    DropPhase,
    DropStock,
    Order,
    RaffleEntry,
    new_id,
)
from passes_service.drops import raffle as service
from passes_service.drops import raffle_draw
from tests import people
from tests.drops import queue_ground
from tests.season import Season, season

ENTRIES = timedelta(hours=4)
LASTS = timedelta(days=10)


@dataclass(frozen=True)
class Raffle:
    """A Drop whose places are drawn, and what one does with it."""

    services: Services
    made: Season
    drop: Drop
    phase: DropPhase
    offer_id: UUID

    @property
    def closes_at(self) -> datetime:
        """When entries close."""
        return self.phase.opens_at

    def holder(self, name: str) -> UUID:
        """Return somebody with a proved address."""
        email = f"{name}@example.org"
        return people.holder(self.services, self.drop.organizer_id, email).id

    def enter(self, holder_id: UUID, offer_id: UUID | None = None) -> RaffleEntry:
        with self.services.database.transaction() as session:
            return service.enter(
                session,
                session.get_one(Drop, (self.drop.organizer_id, self.drop.id)),
                holder_id=holder_id,
                offer_id=offer_id,
                random=secrets.token_bytes,
                now=self.services.clock(),
            )

    def enter_many(self, count: int) -> None:
        for number in range(count):
            self.enter(self.holder(f"fan{number}"))

    def close(self) -> None:
        """Let entries close at their time."""
        clock: Any = self.services.clock
        clock.now = self.closes_at
        with self.services.database.transaction() as session:
            assert raffle_draw.close(session, self.drop, now=clock.now) is not None

    def draw(self, randomness: bytes = b"", block_number: int | None = None) -> int | None:
        with self.services.database.transaction() as session:
            return raffle_draw.hold_draw(
                session,
                self.drop,
                randomness=randomness,
                block_number=block_number,
                now=self.services.clock(),
            )

    def lapse(self) -> int:
        with self.services.database.transaction() as session:
            return raffle_draw.lapse(session, self.drop, now=self.services.clock())

    def take(self, entry: RaffleEntry) -> bool:
        with self.services.database.transaction() as session:
            return service.mark_taken(
                session,
                organizer_id=entry.organizer_id,
                drop_id=entry.drop_id,
                holder_id=entry.holder_id,
            )

    def row(self) -> DropDraw:
        with self.services.database.reading() as session:
            return service.draw_of(session, self.drop)

    def entries(self) -> list[RaffleEntry]:
        with self.services.database.reading() as session:
            return list(
                session.exec(select(RaffleEntry).where(RaffleEntry.drop_id == self.drop.id))
            )

    def add_bundle(self) -> UUID:
        """Add a second offer on the same stock."""
        scope: dict[str, Any] = {"organizer_id": self.drop.organizer_id}
        offer_id = new_id()
        with self.services.database.transaction() as session:
            stock = session.exec(select(DropStock).where(DropStock.drop_id == self.drop.id)).one()
            session.add(
                DropOffer(
                    **scope, id=offer_id, drop_id=self.drop.id, position=2, title="Two",
                    kind="bundle", created_at=self.services.clock(),
                )
            )  # fmt: skip
            session.flush()
            session.add(DropPart(**scope, offer_id=offer_id, stock_id=stock.id, step=1))
        return offer_id

    def order(self, entry: RaffleEntry) -> Order:
        """Write an order of somebody who is paying."""
        now = self.services.clock()
        row = Order(
            organizer_id=entry.organizer_id,
            id=new_id(),
            drop_id=entry.drop_id,
            offer_id=entry.offer_id,
            phase_id=self.phase.id,
            subject=f"h:{entry.holder_id}",
            quantity=1,
            takes="[]",
            key_digest=secrets.token_bytes(32),
            fingerprint=b"",
            hold_until=now + timedelta(hours=1),
            holder_id=entry.holder_id,
            state="placed",
            created_at=now,
        )
        with self.services.database.transaction() as session:
            session.add(row)
        return row


def drop_with_phase(
    services: Services, made: Season | None = None, **values: Any
) -> tuple[Drop, datetime]:
    """Make a Drop in raffle mode that opens in an hour; return when its entries close."""
    opens_at = services.clock() + queue_ground.OPENS_IN
    times = {"opens_at": opens_at, "closes_at": opens_at + LASTS, "mode": "raffle"}
    drop = queue_ground.drop(services, made, **{**times, **values})
    queue_ground.phase(services, drop, "drawn", opens_at=opens_at + ENTRIES)
    return drop, opens_at + ENTRIES


def raffle(
    services: Services,
    made: Season | None = None,
    *,
    opened: bool = True,
    places: int = 3,
    source: str = "none",
    **values: Any,
) -> Raffle:
    """Make a raffle whose entries are open, unless said otherwise."""
    made = made or season(services)
    names = ("chain_id", "after", "pay_seconds")
    drawn = {name: values.pop(name) for name in names if name in values}
    drop, _ = drop_with_phase(services, made, places=places, **values)
    with services.database.transaction() as session:
        service.open_draw(
            session,
            drop,
            source=source,
            random=secrets.token_bytes,
            now=services.clock(),
            **{"pay_seconds": 30 * 86_400, **drawn},
        )
    if opened:
        clock: Any = services.clock
        clock.now = drop.opens_at
    with services.database.reading() as session:
        phase = session.exec(select(DropPhase).where(DropPhase.drop_id == drop.id)).one()
        offer = session.exec(select(DropOffer).where(DropOffer.drop_id == drop.id)).one()
    return Raffle(services, made, drop, phase, offer.id)


def plain(services: Services, beside: Raffle) -> Drop:
    """Make a Drop without a draw."""
    return queue_ground.drop(services, beside.made, slug="plain")
