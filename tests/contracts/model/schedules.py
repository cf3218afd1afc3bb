"""Random schedules: buyers, holders, and an organizer who takes all that is free at every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final

from passes_service.core.money import BASIS_POINTS, share
from passes_service.core.rules.terms import (
    EntryRule,
    Portion,
    RefundRule,
    RefundStep,
    Terms,
    TransferRule,
)
from tests.contracts.model.series import PromiseBroken, Reserve, Series, as_designed

START: Final = datetime(2027, 3, 12, 18, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
PRICES: Final = (1, 3, 9_999, 10_000, 10_001, 1_000_000_007, 10**18 + 9)
HOLDERS: Final = 4
STEPS: Final = 40


def breaks(seed: str, reserve: Reserve, done: Counter[str]) -> str | None:
    """Play the schedule of `seed`; return how it broke the promise, None if it was kept."""
    luck = Random(seed)
    series = _opened(luck, reserve)
    chance = luck.choice((0.0, 0.02, 0.1))  # of a cancellation, at each step
    try:
        for _ in range(STEPS):
            _act(luck, series, chance)
            series.withdraw()
            _check(series)
            if luck.random() < 0.05:
                everybody_takes(luck, deepcopy(series))
            if not series.passes and series.now >= series.sale_closes_at:
                break
        everybody_takes(luck, series)
    except PromiseBroken as broken:
        return f"seed {seed!r}: {broken}"
    finally:
        done.update(series.done)
    return None


def series_of(seed: str, kind: type[Series] = Series) -> Series:
    """Return a Series in the middle of its schedule, the promise kept so far."""
    luck = Random(seed)
    series = _opened(luck, as_designed, kind)
    for _ in range(STEPS // 4):
        _act(luck, series, 0.1)
        series.withdraw()
    return series


def _opened(luck: Random, reserve: Reserve, kind: type[Series] = Series) -> Series:
    series = kind(_terms(luck), luck.choice(PRICES), reserve, START - 10 * DAY)
    for _ in range(luck.choice((1, 3))):
        _buy(luck, series)
    return series


def move_lowers(seed: str, kind: type[Series]) -> bool | None:
    """Say whether a move takes from anybody at any later instant; None if none was possible."""
    series = series_of(seed, kind)
    before, luck = deepcopy(series), Random(seed)
    _move(luck, series)
    if series.moved == before.moved:
        return None
    instants = {at for edge in (*_edges(before), *_edges(series)) for at in (edge, edge - SECOND)}
    return any(_owed_at(series, at) < _owed_at(before, at) for at in instants if at >= series.now)


def everybody_takes(luck: Random, series: Series) -> None:
    """All holders take all that they are owed, in any order; some draw first, some twice."""
    owed = _owed(series)
    before = series.paid
    turns = [serial for serial in series.passes for _ in range(luck.choice((1, 2)))]
    luck.shuffle(turns)
    for serial in turns:
        if serial in series.passes and luck.random() < 0.4:
            series.draw(serial)
        elif serial in series.passes:
            series.refund(serial)
    series.refund(*luck.sample(sorted(series.passes), len(series.passes)))
    if series.paid - before != owed:
        raise PromiseBroken(f"{series.paid - before} paid of {owed} owed")


def _check(series: Series) -> None:
    """Raise if somebody would come too late, or if less is there than the rules promise."""
    owed = _owed(series)
    if owed > series.escrow:
        raise PromiseBroken(f"{owed} owed at {series.now}, {series.escrow} there")
    if series.escrow != series.deposits - series.paid - series.withdrawn:
        raise PromiseBroken("the books do not add up")
    kept = len(series.passes) * share(series.price, as_designed(series)) - series.paid_to_live
    if series.reserve is as_designed and series.escrow < kept:
        raise PromiseBroken(f"{kept} reserved at {series.now}, {series.escrow} there")


def _owed_at(series: Series, at: datetime) -> int:
    later = copy(series)
    later.now = at
    return _owed(later)


def _owed(series: Series) -> int:
    found = series.shares()
    return sum(series.refundable(held, found) for held in series.passes.values())


# Actions


def _act(luck: Random, series: Series, chance: float) -> None:
    if luck.random() < chance:
        parts = range(len(series.terms.portions))
        series.cancel(*(parts if luck.random() < 0.1 else [luck.choice(parts)]))
    luck.choice(ACTIONS)(luck, series)


def _buy(luck: Random, series: Series) -> None:
    series.buy(luck.randrange(HOLDERS), luck.randint(1, 3))


def _wait(luck: Random, series: Series) -> None:
    series.now += luck.choice((SECOND, HOUR, DAY))


def _jump(luck: Random, series: Series) -> None:
    """Go to an edge of the rules that is ahead, or to a second beside it."""
    ahead = [edge for edge in _edges(series) if edge >= series.now]
    if ahead:
        soon = sorted(ahead)[: luck.choice((1, 1, 3))]
        series.now = max(series.now, luck.choice(soon) + luck.choice((-1, 0, 0, 1)) * SECOND)


def _one(
    play: Callable[[Series, int], object],
) -> Callable[[Random, Series], None]:
    def act(luck: Random, series: Series) -> None:
        if series.passes:
            play(series, luck.choice(list(series.passes)))

    return act


def _transfer(luck: Random, series: Series) -> None:
    if series.passes:
        series.transfer(luck.choice(list(series.passes)), luck.randrange(HOLDERS))


def _refund_all_of_one(luck: Random, series: Series) -> None:
    holder = luck.randrange(HOLDERS)
    series.refund(*[serial for serial, held in series.passes.items() if held.holder == holder])


def _move(luck: Random, series: Series) -> None:
    index = luck.randrange(len(series.terms.portions))
    later = luck.choice((timedelta(0), SECOND, DAY, 20 * DAY, -DAY))
    doors = series.doors(index) + later
    ends = doors + luck.choice((SECOND, 3 * HOUR, DAY))
    settles = max(series.settles[index] + luck.choice((timedelta(0), later)), ends)
    series.move(index, doors, ends, settles)


def _close_sale(luck: Random, series: Series) -> None:
    if luck.random() < 0.2:
        series.close_sale(series.now + luck.choice((timedelta(0), SECOND, DAY)))


ACTIONS: Final[tuple[Callable[[Random, Series], None], ...]] = (
    *(_buy,) * 5,
    *(_wait,) * 2,
    *(_jump,) * 4,
    *(_one(Series.refund), _one(Series.draw), _one(Series.draw)),
    *(_transfer, _refund_all_of_one, _move, _close_sale),
)


def _edges(series: Series) -> Iterator[datetime]:
    yield series.sale_closes_at
    yield series.sale_closes_at + timedelta(seconds=series.terms.refund.cooling_off_seconds)
    yield from (step.until for step in series.terms.refund.steps)
    yield from series.settles
    for part in series.terms.portions:
        yield series.doors(part.index)
    yield from (move.closes_at for move in series.moved.values())
    yield from (held.cooling_ends for held in series.passes.values() if held.cooling_ends)


# Terms


def _terms(luck: Random) -> Terms:
    parts = _portions(luck)
    last = max(part.ends_at for part in parts)
    days = (last - START) // DAY + 1
    return Terms(
        organizer="Ada",
        calendar="Nights",
        pass_type="season",
        title="Pass",
        time_zone="UTC",
        cap=luck.choice((2, 5, 12)),
        transfer=TransferRule(allowed=True),
        refund=_refund_rule(luck),
        entry=EntryRule(),
        portions=parts,
        conveys=(),
        excludes=(),
        sale_closes_at=min(last, START + luck.randint(-8, days) * DAY),
        funding="escrow",
    )


def _portions(luck: Random) -> tuple[Portion, ...]:
    count = luck.choice((1, 2, 2, 3, 3, 4, 4, 16))
    cuts = [0, *sorted(luck.sample(range(1, BASIS_POINTS), count - 1)), BASIS_POINTS]
    found, doors = [], START
    for index, (start, end) in enumerate(pairwise(cuts)):
        ends = doors + luck.choice((SECOND, 4 * HOUR, 9 * DAY))
        settles = ends + luck.choice((timedelta(0), DAY, 5 * DAY))
        found.append(
            Portion(
                index=index,
                title=f"Night {index}",
                session_ids=(f"s{index}",),
                weight_bp=end - start,
                doors_at=doors,
                ends_at=ends,
                settles_at=settles,
            )
        )
        doors += luck.choice((timedelta(0), SECOND, DAY, 7 * DAY))
    return tuple(found)


def _refund_rule(luck: Random) -> RefundRule:
    count = luck.choice((0, 1, 2, 4))
    untils = sorted(luck.sample(range(-30, 60), count))
    falling = sorted(luck.sample(range(1, BASIS_POINTS + 1), count), reverse=True)
    guarantee = luck.choice((0, 1, 3_333, 5_000, 9_999, BASIS_POINTS, luck.randint(1, 9_999)))
    return RefundRule(
        steps=tuple(
            RefundStep(until=START + until * DAY / 4, share_bp=paid)
            for until, paid in zip(untils, falling, strict=True)
        ),
        cooling_off_seconds=luck.choice((0, 0, 1, 86_400, 14 * 86_400)),
        guarantee_bp=guarantee,
        move_window_seconds=luck.choice((0, 1, 86_400, 7 * 86_400)) if guarantee else 0,
    )
