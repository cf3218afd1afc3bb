"""A code is used as often as it may be, however many try at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from tests.checkout import ground
from tests.checkout.test_races import coupons, used
from tests.drops import ground as drops
from tests.season import season


def test_five_uses_and_thirty_two_threads(services: Services) -> None:
    made = season(services, cap=40)
    drop = drops.drop(services, made, quantity=40).drop
    coupons(services, made.organizer_id, "FIVE", uses=5)
    held = [ground.hold(services, drop) for _ in range(32)]
    gate = Barrier(32)

    def name(number: int) -> str:
        gate.wait(timeout=60)
        try:
            ground.place(services, held[number], f"fan{number}@example.org", coupon="five ")
        except DomainError as error:
            return error.code
        return "placed"

    with ThreadPoolExecutor(32) as pool:
        said = Counter(pool.map(name, range(32)))

    assert said == {"placed": 5, "coupon-unfit": 27}
    assert used(services, made.organizer_id) == 5
    states = Counter(ground.read(services, row).state for row in held)
    assert states == {"placed": 5, "held": 27}
    ground.check_book(services, made.organizer_id)
