"""Two at the same moment: limits hold, one key is one hold, nobody waits in a ring."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkout import ending, placing
from passes_service.checkout.errors import LimitReached
from passes_service.core.errors import DomainError
from passes_service.db.models import Coupon, Drop, Order
from passes_service.drops.plan import OfferPlan, StockPlan
from tests import people
from tests.checkout import ground
from tests.conftest import ORIGIN
from tests.drops import ground as drops
from tests.fakes import Clock
from tests.season import season

BLOCKED = 0.3
"""Long enough for a thread to come as far as it can; whoever is slower finds no fault, no more."""


def meanwhile(
    services: Services, first: Callable[[Session], Any], second: Callable[[], Any]
) -> Any:
    """Do `second` in a thread between the last statement of `first` and its commit."""
    with ThreadPoolExecutor(1) as pool:
        with services.database.transaction() as session:
            first(session)
            waiting: Future[Any] = pool.submit(second)
            threading.Event().wait(BLOCKED)
        return waiting.result(timeout=30)


def test_a_guest_who_is_named_while_their_account_holds_meets_the_limit(
    services: Services,
) -> None:
    made = season(services)
    drop = drops.drop(services, made, per_holder=1).drop
    holder = people.holder(services, made.organizer_id)
    guest = ground.hold(services, drop)

    def name(session: Session) -> None:
        row = ground.live(session, guest, services.clock())
        placing.place(session, row, holder_id=holder.id, now=services.clock())

    def hold() -> Any:
        try:
            return ground.hold(services, drop, holder_id=holder.id)
        except LimitReached as error:
            return error.code

    assert meanwhile(services, name, hold) == "limit-reached"
    ground.check_book(services, made.organizer_id)
    assert drops.look(services, made.organizer_id, drop.id).held == 1


def test_one_key_in_many_threads_is_one_hold(app: FastAPI, services: Services) -> None:
    """Through the groups and beside them: each answer is that hold, or says to repeat the call."""
    drop = drops.drop(services, season(services)).drop
    path = f"/api/v1/drops/{drop.id}/holds"
    body = {"organizer_id": str(drop.organizer_id)}
    key = people.keyed()
    gate = threading.Barrier(12)

    def send(number: int) -> tuple[int, bytes]:
        kind = "application/json" if number % 3 else "application/json; charset=utf-8"
        with TestClient(app, base_url=ORIGIN) as client:
            gate.wait()
            answer = client.post(path, json=body, headers={**key, "Content-Type": kind})
            return answer.status_code, answer.content

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(send, range(12)))

    assert {status for status, _ in found} == {201}
    assert len({content for _, content in found}) == 1
    assert drops.look(services, drop.organizer_id, drop.id).held == 1


class Ring:
    """Acts that would wait for each other if they locked in different orders."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def turns(self, *acts: Callable[[], Any], times: int = 25) -> Counter[str]:
        """Do each act again and again in a thread of its own; return what they said."""
        gate = threading.Barrier(len(acts))

        def one(act: Callable[[], Any]) -> Counter[str]:
            said: Counter[str] = Counter()
            for _ in range(times):
                gate.wait(timeout=60)
                try:
                    act()
                except DomainError as error:
                    said[error.code] += 1
                except SQLAlchemyError as error:  # a ring: one of them was made to give up
                    said[type(error).__name__] += 1
                else:
                    said["done"] += 1
            return said

        with ThreadPoolExecutor(len(acts)) as pool:
            return sum(pool.map(one, acts), Counter())


def test_two_orders_that_change_their_buyers_crosswise(services: Services) -> None:
    made = season(services, cap=50)
    plan = drops.phase(services, per_holder=4)
    drop = drops.drop(services, made, quantity=20, per_holder=4, phases=(plan,)).drop
    first, second = (ground.hold(services, drop) for _ in range(2))

    def swap(order: Order, *emails: str) -> Callable[[], None]:
        turn = [0]

        def act() -> None:
            turn[0] += 1
            ground.place(services, order, emails[turn[0] % 2])

        return act

    said = Ring(services).turns(
        swap(first, "ann@example.org", "bob@example.org"),
        swap(second, "bob@example.org", "ann@example.org"),
    )
    assert set(said) == {"done"}
    ground.check_book(services, made.organizer_id)


def test_naming_and_ending_orders_of_one_person(services: Services) -> None:
    made = season(services, cap=50)
    plan = drops.phase(services, per_holder=9)
    drop = drops.drop(services, made, quantity=20, per_holder=9, phases=(plan,)).drop
    holder = people.holder(services, made.organizer_id)

    def name_and_cancel() -> None:
        _cancel(services, ground.place(services, ground.hold(services, drop)))

    def hold_and_cancel() -> None:
        _cancel(services, ground.hold(services, drop, holder_id=holder.id))

    said = Ring(services).turns(name_and_cancel, hold_and_cancel, name_and_cancel)
    assert set(said) == {"done"}
    ground.check_book(services, made.organizer_id)
    assert drops.look(services, made.organizer_id, drop.id).held == 0


def test_a_bundle_and_a_single_pass_of_one_person_at_once(services: Services) -> None:
    made = season(services, cap=500)
    others = [drops.another_series(services, made, title=f"S{n}", cap=500) for n in range(2)]
    stocks = tuple(
        StockPlan(series_id=row.id, quantity=200) for row in sorted(others, key=lambda row: row.id)
    )
    low, high = (plan.series_id for plan in stocks)
    both = drops.drop(
        services,
        made,
        stocks=stocks,
        offers=(OfferPlan(title="Both", kind="bundle", series_ids=(low, high)),),
        per_holder=100,
    ).drop
    plan = (StockPlan(series_id=high, quantity=200),)
    one = drops.drop(services, made, stocks=plan, per_holder=100, slug="one").drop

    def buy(drop: Drop) -> Callable[[], None]:
        placed = [ground.place(services, ground.hold(services, drop)) for _ in range(15)]
        return lambda: _do(ground.complete(services, placed.pop()))

    said = Ring(services).turns(buy(both), buy(one), times=15)
    assert set(said) == {"done"}
    ground.check_book(services, made.organizer_id)


def test_two_orders_that_exchange_their_codes(services: Services) -> None:
    made = season(services, cap=50)
    drop = drops.drop(services, made, quantity=20, per_holder=9).drop
    coupons(services, drop.organizer_id, "ONE", "TWO")
    first, second = (ground.hold(services, drop) for _ in range(2))

    def exchange(order: Order, *codes: str) -> Callable[[], None]:
        turn = [0]

        def act() -> None:
            turn[0] += 1
            ground.place(services, order, coupon=codes[turn[0] % 2])

        return act

    said = Ring(services).turns(exchange(first, "ONE", "TWO"), exchange(second, "TWO", "ONE"))
    assert set(said) == {"done"}
    assert used(services, made.organizer_id) == 2


def test_orders_of_two_drops_with_one_code_end_together(services: Services, clock: Clock) -> None:
    """The job ends orders of all Drops in one transaction; a buyer gives one of them up."""
    made = season(services, cap=500)
    other = drops.another_series(services, made, cap=500)
    here = drops.drop(services, made, quantity=300, per_holder=9).drop
    stocks = (StockPlan(series_id=other.id, quantity=300),)
    there = drops.drop(services, made, stocks=stocks, per_holder=9, slug="other").drop
    coupons(services, made.organizer_id, "BOTH")
    first, second = sorted((here, there), key=lambda row: row.id)
    late = timedelta(hours=1)

    def with_code(drop: Any) -> Order:
        return ground.place(services, ground.hold(services, drop), coupon="BOTH")

    ended = Ring(services)
    for _ in range(8):
        plain = ground.hold(services, first)
        mine, due = with_code(first), with_code(second)
        with services.database.transaction() as session:  # the job finds these two, not `mine`
            for row in (plain, due):
                found = session.get_one(Order, (row.organizer_id, row.id))
                found.hold_until = clock() - late
                session.add(found)
        acts = (partial(_cancel, services, mine), partial(_expire, services))
        assert set(ended.turns(*acts, times=1)) == {"done"}
    ground.check_book(services, made.organizer_id)
    assert used(services, made.organizer_id) == 0


def _do(_: object) -> None:
    """Say nothing of what was done."""


def _cancel(services: Services, order: Order) -> None:
    with services.database.transaction() as session:
        row = ground.live(session, order, services.clock())
        ending.cancel(session, row, reason="Changed my mind.", now=services.clock())


def _expire(services: Services) -> None:
    with services.database.transaction() as session:
        ending.expire(session, now=services.clock())


def coupons(services: Services, organizer_id: Any, *codes: str, uses: int = 1000) -> None:
    """Make codes that take 10 % off."""
    with services.database.transaction() as session:
        for code in codes:
            session.add(
                Coupon(
                    organizer_id=organizer_id,
                    code=code,
                    percent_bp=1_000,
                    max_uses=uses,
                    created_at=services.clock(),
                )
            )


def used(services: Services, organizer_id: Any) -> int:
    """Return how often all codes together are used."""
    with services.database.reading() as session:
        rows = session.exec(select(Coupon).where(Coupon.organizer_id == organizer_id))
        return sum(row.used for row in rows)
