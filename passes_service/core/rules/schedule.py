"""Portions as they stand after published moves and cancellations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from passes_service.core.rules.facts import MoveWindow, PassFacts
from passes_service.core.rules.instants import whole_second
from passes_service.core.rules.terms import Terms


@dataclass(frozen=True)
class Standing:
    """One Portion today: its doors and end after a move, and whether it still takes place."""

    index: int
    title: str
    weight_bp: int
    doors_at: datetime
    ends_at: datetime
    cancelled: bool
    move: MoveWindow | None

    def move_open(self, at: datetime) -> bool:
        """Say whether holders may react to a move of this Portion at `at`."""
        move = self.move
        return (
            move is not None
            and not self.cancelled
            and whole_second(move.opened_at) <= at < whole_second(move.closes_at)
        )


def standings(terms: Terms, facts: PassFacts) -> tuple[Standing, ...]:
    """Return the Portions of `terms` as they stand, in order of index."""
    found = []
    for portion in terms.portions:
        move = facts.moved.get(portion.index)
        found.append(
            Standing(
                index=portion.index,
                title=portion.title,
                weight_bp=portion.weight_bp,
                doors_at=whole_second(move.doors_at) if move else portion.doors_at,
                ends_at=whole_second(move.ends_at) if move else portion.ends_at,
                cancelled=portion.index in facts.cancelled,
                move=move,
            )
        )
    return tuple(found)


def taking_place(terms: Terms, facts: PassFacts) -> Iterator[Standing]:
    """Yield the Portions that are not cancelled."""
    return (standing for standing in standings(terms, facts) if not standing.cancelled)


def next_doors_at_purchase(terms: Terms, facts: PassFacts) -> datetime | None:
    """Return the first doors after the purchase, as they were known then; None if none were left.

    A cancellation closes the sale, so no Portion was cancelled yet when the pass was bought.
    """
    if facts.next_doors_at_purchase is not None:
        return whole_second(facts.next_doors_at_purchase)
    bought = whole_second(facts.bought_at)
    known = []
    for portion in terms.portions:
        move = facts.moved.get(portion.index)
        moved_before = move is not None and whole_second(move.opened_at) <= bought
        doors = move.doors_at if move is not None and moved_before else portion.doors_at
        known.append(whole_second(doors))
    return min((doors for doors in known if doors > bought), default=None)
