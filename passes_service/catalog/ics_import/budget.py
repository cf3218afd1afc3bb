"""A bound on the work that one file may cause."""

from __future__ import annotations

from passes_service.catalog.ics_import.errors import ImportTooLarge, UnreadableError

FILE_STEPS = 2_000_000
RULE_STEPS = 300_000


class Budget:
    """Counts steps; a file that needs more than `FILE_STEPS` is refused as a whole.

    A step is a property, a date in a list, a day that a rule looks at: what takes a microsecond
    or two. `line` is where the reader is, so that a refusal can say where it gave up.
    """

    def __init__(self, steps: int = FILE_STEPS) -> None:
        self.left = steps
        self.line = 1

    def at(self, line: int) -> None:
        """Remember which line of the file the next steps are for."""
        self.line = line

    def spend(self, steps: int = 1) -> None:
        """Take `steps`, or refuse the file."""
        self.left -= steps
        if self.left < 0:
            raise ImportTooLarge(
                "The file takes too much work to unfold; the import gave up at the entry in line "
                f"{self.line}.",
                line=self.line,
            )


class Meter:
    """Counts the steps of one rule, stated in `line`, within the file's budget."""

    def __init__(self, budget: Budget, steps: int = RULE_STEPS, line: int | None = None) -> None:
        self.budget = budget
        self.left = steps
        self.line = line

    def spend(self, steps: int = 1) -> None:
        """Take `steps`; a rule that needs more than its share makes its entry unreadable."""
        self.left -= steps
        if self.left < 0:
            raise UnreadableError(
                "rule-too-long", "Its recurrence rule takes too long to unfold.", self.line
            )
        self.budget.spend(steps)
