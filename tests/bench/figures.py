"""A figure beside its ceiling, both from one run, and the table that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Ratio:
    """Ours by ceiling, once per pair of neighbouring rounds."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Return the median: one disturbed round does not move it."""
        return median(self.values)

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({min(self.values):.2f} to {max(self.values):.2f})"


@dataclass(frozen=True)
class Figure:
    """One line of the table. `reached` is None where no target was set."""

    name: str
    ours: str
    ceiling: str = ""
    ratio: str = ""
    target: str = ""
    reached: bool | None = None

    @property
    def verdict(self) -> str:
        """Return the outcome in a word or two."""
        return {True: "reached", False: "NOT REACHED", None: "no target"}[self.reached]


def show(figures: Sequence[Figure]) -> str:
    """Return the table as text."""
    head = ("figure", "ours", "ceiling, same run", "ratio, median (range)", "target", "outcome")
    rows = [head] + [(f.name, f.ours, f.ceiling, f.ratio, f.target, f.verdict) for f in figures]
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    lines = ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)
