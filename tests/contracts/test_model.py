"""The escrow formula under random adversarial schedules: DESIGN section 5, without a chain.

`SCHEDULES=60000 pytest tests/contracts/test_model.py` for long.
"""

from __future__ import annotations

import os
from collections import Counter
from copy import deepcopy
from random import Random

import pytest

from tests.contracts.model.schedules import breaks, move_lowers, series_of
from tests.contracts.model.series import (
    MovesAnywhere,
    Reserve,
    Series,
    as_designed,
    the_larger_of_two,
    until_the_sale_closes,
    without_cooling_off,
)

SCHEDULES = int(os.environ.get("SCHEDULES", "5000"))
FEWER = SCHEDULES // 5
WRONG = {
    "P = max(g*(X+U), min(step, O))": the_larger_of_two,
    "P without the cooling-off term": without_cooling_off,
    "P = 1 only until the sale closes": until_the_sale_closes,
}

pytestmark = pytest.mark.timeout(300 + SCHEDULES // 10)


def broken(reserve: Reserve, count: int, done: Counter[str] | None = None) -> list[str]:
    tally: Counter[str] = Counter() if done is None else done
    found = (breaks(f"schedule {number}", reserve, tally) for number in range(count))
    return [one for one in found if one is not None]


def test_all_holders_can_take_what_they_are_owed_at_any_time_in_any_order() -> None:
    done: Counter[str] = Counter()

    assert broken(as_designed, SCHEDULES, done) == []

    print(dict(done))
    assert min(done.values()) > SCHEDULES // 100, f"hardly played: {done}"
    assert len(done) == 10


@pytest.mark.parametrize("reserve", WRONG.values(), ids=WRONG)
def test_anything_less_leaves_holders_unpaid(reserve: Reserve) -> None:
    found = broken(reserve, FEWER)

    print(f"{len(found)} of {FEWER} schedules break")
    assert len(found) >= FEWER // 100, f"schedules that find nothing prove nothing: {found}"


def test_giving_up_many_passes_at_once_pays_what_giving_up_each_pays() -> None:
    seen = 0
    for number in range(300):
        together = series_of(f"batch {number}")
        luck = Random(number)
        chosen = luck.sample(sorted(together.passes), luck.randint(0, len(together.passes)))
        quoted = _quoted(together, chosen)
        singly = deepcopy(together)

        total = together.refund(*chosen)
        each = [singly.refund(serial) for serial in luck.sample(chosen, len(chosen))]

        assert total == sum(each) == quoted
        assert together == singly
        seen += len(chosen) > 1 and total > 0
    assert seen > 50


def test_a_move_takes_nothing_from_anybody_because_it_only_postpones() -> None:
    later = [move_lowers(f"move {number}", Series) for number in range(600)]
    anywhere = [move_lowers(f"move {number}", MovesAnywhere) for number in range(600)]

    assert later.count(True) == 0
    assert later.count(False) > 60
    assert anywhere.count(True) > 6


def _quoted(series: Series, serials: list[int]) -> int:
    found = series.shares()
    return sum(series.refundable(series.passes[serial], found) for serial in serials)
