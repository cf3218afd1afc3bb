"""Facts: all that the rules may know about one pass at the time of asking.

Time and published changes only. Who came in is no part of it, so no refund can depend on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from passes_service.core.rules.instants import seconds, whole_second
from passes_service.core.rules.terms import Terms

PassState = Literal["offered", "active", "claiming", "on_chain", "refunded", "void", "surrendered"]


@dataclass(frozen=True, kw_only=True)
class MoveWindow:
    """A Portion was moved: its present doors and end, and until when holders may react.

    The window is open in [opened_at, closes_at). A Portion moved twice has its latest move here.
    """

    opened_at: datetime
    closes_at: datetime
    doors_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class PassFacts:
    """One pass and the changes published for its Series.

    Attributes:
        terms: What the pass was sold under.
        currency: Of `paid`.
        paid: What was paid for this pass, in minor units, after discounts.
        paid_back: What went back for it already, draws included.
        bought_at: When this pass was first bought; a transfer does not change it.
        epoch, transfers: Counters of the pass; `transfers` counts changes of holder only.
        cancelled: Indices of cancelled Portions. A cancelled Portion's move no longer counts.
        moved: By index of the Portion.
        amendment: Later terms, published as no worse; the holder gets the better of both.
        next_doors_at_purchase: As stored at the sale; None works it out from terms and moves.
    """

    terms: Terms
    state: PassState
    currency: str
    paid: int
    bought_at: datetime
    epoch: int = 1
    transfers: int = 0
    paid_back: int = 0
    cancelled: frozenset[int] = frozenset()
    moved: Mapping[int, MoveWindow] = field(default_factory=lambda: MappingProxyType({}))
    amendment: Terms | None = None
    next_doors_at_purchase: datetime | None = None

    @property
    def documents(self) -> tuple[Terms, ...]:
        """The Terms that bind: the original, and the amendment if there is one."""
        return (self.terms,) if self.amendment is None else (self.terms, self.amendment)


def move_window(
    terms: Terms, *, opened_at: datetime, doors_at: datetime, ends_at: datetime
) -> MoveWindow:
    """Return the window that publishing a move at `opened_at` opens under `terms`.

    It closes after `move_window_seconds`, and no later than the new doors: whoever could come in
    has made up their mind.
    """
    opened, doors = whole_second(opened_at), whole_second(doors_at)
    closes = min(opened + seconds(terms.refund.move_window_seconds), doors)
    return MoveWindow(
        opened_at=opened, closes_at=closes, doors_at=doors, ends_at=whole_second(ends_at)
    )
