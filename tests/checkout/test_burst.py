"""One place and two hundred who want it, a hundred times: one has it, each time."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from passes_service.bootstrap import Services
from passes_service.checkout import ending, holding
from passes_service.core.errors import DomainError
from passes_service.db.models import Drop, Order
from tests.checkout import ground
from tests.drops import ground as drops
from tests.season import season

BUYERS = 200
GROUPS = (64, 64, 36, 32, 1, 1, 1, 1)
"""How many ask together: four of them alone."""


def test_one_place_and_two_hundred_buyers_a_hundred_times(services: Services) -> None:
    made = season(services, cap=1)
    drop = drops.drop(services, made, quantity=1).drop
    assert sum(GROUPS) == BUYERS

    with ThreadPoolExecutor(len(GROUPS)) as pool:
        for turn in range(100):
            answers = [
                one for some in pool.map(lambda n: ask(services, drop, n), GROUPS) for one in some
            ]
            winners = [one for one in answers if isinstance(one, Order)]
            refused = Counter(one.code for one in answers if isinstance(one, DomainError))
            assert (len(winners), refused) == (1, {"places-held": BUYERS - 1}), turn
            if turn < 99:
                give_up(services, winners[0])

    ground.complete(services, ground.place(services, winners[0]))
    answers = ask(services, drop, BUYERS)
    assert {one.code for one in answers if isinstance(one, DomainError)} == {"places-sold"}
    ground.check_book(services, made.organizer_id)


def ask(services: Services, drop: Drop, count: int) -> list[Order | DomainError]:
    """Ask for one place each, all in one group."""
    asked = [ground.asked(drop) for _ in range(count)]
    with services.database.transaction() as session:
        return holding.hold_all(session, asked, keys=[], now=services.clock())


def give_up(services: Services, order: Order) -> None:
    with services.database.transaction() as session:
        row = ground.live(session, order, services.clock())
        ending.cancel(session, row, reason="Another turn.", now=services.clock())
