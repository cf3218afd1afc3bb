"""Rounds of ours and of the ceiling, taking turns, so that both meet the same machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from tests.bench.figures import Ratio
from tests.bench.load import Load

ROUNDS = 5


@dataclass(frozen=True)
class Duel:
    """What the rounds showed."""

    ours: tuple[Load, ...]
    ceiling: tuple[Load, ...]

    @property
    def ratio(self) -> Ratio:
        """Return ours by ceiling, pair by pair."""
        pairs = zip(self.ours, self.ceiling, strict=True)
        return Ratio(tuple(one.rate / other.rate for one, other in pairs))


def say(loads: tuple[Load, ...]) -> str:
    """Return the median rate and CPU time of some rounds."""
    rate, cpu = median(one.rate for one in loads), median(one.cpu_ms for one in loads)
    return f"{rate:,.0f}/s, {cpu:.1f} ms CPU" if cpu else f"{rate:,.0f}/s"


def duel(ours: Callable[[], Load], ceiling: Callable[[], Load], rounds: int = ROUNDS) -> Duel:
    """Warm both up, then let them take turns; who goes first changes, too."""
    ours(), ceiling()
    first: list[Load] = []
    second: list[Load] = []
    for number in range(rounds):
        if number % 2:
            second.append(ceiling())
            first.append(ours())
        else:
            first.append(ours())
            second.append(ceiling())
    return Duel(tuple(first), tuple(second))
