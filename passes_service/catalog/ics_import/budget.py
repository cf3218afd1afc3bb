"""A bound on the work that one file may cause."""

from __future__ import annotations

from passes_service.catalog.ics_import.errors import ImportTooLarge, UnreadableError

FILE_STEPS = 2_000_000
RULE_STEPS = 300_000


class Budget:
    """Counts steps; a file that needs more than `FILE_STEPS` is refused as a whole."""

    def __init__(self, steps: int = FILE_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take `steps`, or refuse the file."""
        self.left -= steps
        if self.left < 0:
            raise ImportTooLarge("The recurrence rules in the file take too much work to unfold.")


class Meter:
    """Counts the steps of one rule within the file's budget."""

    def __init__(self, budget: Budget, steps: int = RULE_STEPS) -> None:
        self.budget = budget
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take `steps`; a rule that needs more than `RULE_STEPS` makes its entry unreadable."""
        self.left -= steps
        if self.left < 0:
            raise UnreadableError("rule-too-long", "Its recurrence rule takes too long to unfold.")
        self.budget.spend(steps)
