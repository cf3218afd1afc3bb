"""All that moves places, at random and at once: nothing but refusals, and the book adds up."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from passes_service.bootstrap import Services
from passes_service.checkout import ending, holding
from passes_service.core.errors import DomainError
from passes_service.db.models import Drop, Order, Series
from passes_service.drops import announcing, changing
from passes_service.drops.plan import OfferPlan, StockPlan
from tests import people
from tests.checkout import ground
from tests.checkout.test_races import coupons
from tests.drops import ground as drops
from tests.fakes import Clock
from tests.season import Season, season

THREADS = 8
EMAILS = tuple(f"fan{number}@example.org" for number in range(4))


class Market:
    """Drops that sell the same two Series, alone and together, and one that is closed and anew."""

    def __init__(self, services: Services, made: Season) -> None:
        self.services, self.made = services, made
        titles = ("Early", "Late")
        self.series: list[Series] = [
            drops.another_series(services, made, title=title, cap=4_000) for title in titles
        ]
        self.drops: list[Drop] = [self.open("first"), self.open("second")]
        self.holders = [people.holder(services, made.organizer_id, email) for email in EMAILS]
        self.orders: list[Order] = []
        self.said: Counter[str] = Counter()
        self.number = 2

    def open(self, slug: str) -> Drop:
        one, two = (row.id for row in self.series)
        phase = drops.phase(self.services, quantity=300, per_holder=90)
        return drops.drop(
            self.services,
            self.made,
            slug=slug,
            per_holder=100,
            phases=(phase,),
            stocks=(
                StockPlan(series_id=one, quantity=60),
                StockPlan(series_id=two, quantity=60),
            ),
            offers=(
                OfferPlan(title="One", series_ids=(one,)),
                OfferPlan(title="Both", kind="bundle", series_ids=(two, one)),
            ),
        ).drop

    def person(self, seed: int, until: float) -> None:
        """Do something at random until the time is over."""
        chance = random.Random(seed)
        acts: list[Callable[[random.Random], None]] = [
            self.hold, self.hold, self.many, self.place, self.place, self.complete,
            self.cancel, self.expire, self.close,
        ]  # fmt: skip
        weights = [4, 4, 2, 6, 6, 5, 3, 2, 0.2]
        while time.monotonic() < until:
            act = chance.choices(acts, weights)[0]
            try:
                act(chance)
            except DomainError as error:
                self.said[error.code] += 1
            except IndexError:
                continue  # nothing to choose from yet
            else:
                self.said[act.__name__] += 1

    def hold(self, chance: random.Random) -> None:
        drop = chance.choice(self.drops)
        holder_id = chance.choice([None, chance.choice(self.holders).id])
        self.orders.append(
            ground.hold(
                self.services,
                drop,
                offer_id=self.offer(drop, chance),
                quantity=chance.choice((1, 1, 2)),
                holder_id=holder_id,
            )
        )

    def many(self, chance: random.Random) -> None:
        """Hold in a group, in both Drops."""
        asked = []
        for _ in range(6):
            drop = chance.choice(self.drops)
            asked.append(ground.asked(drop, offer_id=self.offer(drop, chance)))
        with self.services.database.transaction() as session:
            found = holding.hold_all(session, asked, keys=[], now=self.services.clock())
        self.orders += [one for one in found if isinstance(one, Order)]

    def offer(self, drop: Drop, chance: random.Random) -> UUID:
        shop = drops.look(self.services, self.made.organizer_id, drop.id)
        return chance.choice(shop.offers).row.id

    def place(self, chance: random.Random) -> None:
        code = chance.choice(("", "ONE", "TWO"))
        order = chance.choice(self.orders[-40:])
        ground.place(self.services, order, chance.choice(EMAILS), coupon=code)

    def complete(self, chance: random.Random) -> None:
        ground.complete(self.services, chance.choice(self.orders[-40:]))

    def cancel(self, chance: random.Random) -> None:
        order = chance.choice(self.orders)
        with self.services.database.transaction() as session:
            row = ground.live(session, order, self.services.clock())
            ending.cancel(session, row, reason="No.", now=self.services.clock())

    def expire(self, chance: random.Random) -> None:
        """Let some run out, and the job find them."""
        some = chance.sample(self.orders, min(5, len(self.orders)))
        with self.services.database.transaction() as session:
            for order in sorted(some, key=lambda row: row.id):
                row = ground.live(session, order, self.services.clock())
                row.hold_until = self.services.clock() - timedelta(seconds=1)
                session.add(row)
                break
        with self.services.database.transaction() as session:
            ending.expire(session, now=self.services.clock())

    def close(self, chance: random.Random) -> None:
        """Close a Drop, and open another in its place."""
        turn = chance.randrange(len(self.drops))
        here = {"organizer_id": self.made.organizer_id, "drop_id": self.drops[turn].id}
        with self.services.database.transaction() as session:
            changing.close(session, **here, now=self.services.clock())
        with self.services.database.transaction() as session:
            announcing.advance(session, **here, now=self.services.clock())
        self.number += 1
        self.drops[turn] = self.open(f"drop-{self.number}-{threading.get_ident()}")


@pytest.mark.parametrize(
    "seconds", [6, pytest.param(60, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_everything_at_random_in_eight_threads(
    services: Services, clock: Clock, seconds: float
) -> None:
    made = season(services)
    coupons(services, made.organizer_id, "ONE", "TWO")
    market = Market(services, made)
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as pool:
        for each in [pool.submit(market.person, seed, until) for seed in range(THREADS)]:
            each.result(timeout=seconds + 60)
    done = {name: market.said[name] for name in ("hold", "many", "place", "complete", "cancel")}
    assert min(done.values()) > 0, market.said
    ground.check_book(services, made.organizer_id)
    clock.forward(hours=1)
    with services.database.transaction() as session:
        while ending.expire(session, now=clock()):
            pass
    ground.check_book(services, made.organizer_id)
    with services.database.reading() as session:
        look = [session.get_one(Series, (row.organizer_id, row.id)) for row in market.series]
    assert all(row.issued + row.set_aside <= row.cap for row in look)
