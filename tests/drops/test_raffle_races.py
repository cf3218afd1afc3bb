"""Many at one raffle: one entry each, nobody after the closing, one draw, one heir per place."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from passes_service.bootstrap import Services
from passes_service.core import draw
from passes_service.core.errors import DomainError
from passes_service.drops import raffle_draw
from passes_service.drops.raffle_errors import RaffleOver
from tests.drops import raffle_ground
from tests.fakes import Clock

THREADS = 32


def together(work: object, times: int = THREADS) -> list[object]:
    """Do some work in as many threads, all at once; return what each gave or was refused."""
    start = threading.Barrier(times)

    def run(number: int) -> object:
        start.wait()
        try:
            return work(number)  # type: ignore[operator]
        except DomainError as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_one_who_enters_in_many_tabs_enters_once(services: Services) -> None:
    made = raffle_ground.raffle(services)
    ada = made.holder("ada")
    found = together(lambda _: made.enter(ada).id)
    assert len(set(found)) == 1
    assert len(made.entries()) == 1


def test_nobody_comes_in_once_the_root_is_fixed(services: Services, clock: Clock) -> None:
    """Half enter with a clock that is behind, while others close: the root holds who got in."""
    made = raffle_ground.raffle(services)
    holders = [made.holder(f"fan{number}") for number in range(THREADS)]
    early, late = clock.now, made.closes_at

    def work(number: int) -> object:
        if number % 4 == 3:
            with services.database.transaction() as session:
                return raffle_draw.close(session, made.drop, now=late)
        return made.enter(holders[number]).id

    clock.now = early
    found = together(work)
    closed = [one for one in found if getattr(one, "root", None)]
    refused = [one for one in found if isinstance(one, RaffleOver)]
    entries = made.entries()
    row = made.row()
    assert len(closed) == 1
    assert len(entries) + len(refused) == THREADS * 3 // 4
    assert row.entries == len(entries)
    assert row.root == draw.root(bytes.fromhex(one.leaf) for one in entries).hex()


def test_two_workers_draw_once(services: Services) -> None:
    made = raffle_ground.raffle(services)
    made.enter_many(12)
    made.close()
    found = together(lambda _: made.draw(), 8)
    assert sorted(one is None for one in found) == [False] + [True] * 7
    assert sorted(one.rank or 0 for one in made.entries()) == list(range(1, 13))
    assert sum(one.state == "won" for one in made.entries()) == 3


def test_a_place_that_lapses_goes_to_one_person(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, pay_seconds=600)
    made.enter_many(12)
    made.close()
    made.draw()
    for turn in range(1, 4):
        clock.forward(minutes=10)
        lapsed = together(lambda _: made.lapse(), 8)
        assert sum(one for one in lapsed if isinstance(one, int)) == 3
        won = sorted(one.rank or 0 for one in made.entries() if one.state == "won")
        assert won == [3 * turn + 1, 3 * turn + 2, 3 * turn + 3]


def test_buying_and_lapsing_at_once_end_in_one_state(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, pay_seconds=600, places=4)
    made.enter_many(8)
    made.close()
    made.draw()
    winners = [one for one in made.entries() if one.state == "won"]
    clock.forward(minutes=10)

    def work(number: int) -> object:
        return made.take(winners[number]) if number < 4 else made.lapse()

    found = together(work, 8)
    assert found[:4] == [True] * 4  # a payment that comes late still counts
    states = {one.rank: one.state for one in made.entries()}
    assert [states[rank] for rank in range(1, 5)] == ["taken"] * 4
