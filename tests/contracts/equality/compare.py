"""Ask both sides, count what was asked, and keep where they disagree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.contracts.equality.cases import ALL_CODES, Answer, Case
from tests.contracts.equality.generator import edges
from tests.contracts.equality.shrink import smaller
from tests.contracts.equality.solidity import Rules

ROUNDS: Final = 200


@dataclass(frozen=True)
class Difference:
    """One case to which the two sides answer differently."""

    case: Case
    python: Answer
    solidity: Answer

    def __str__(self) -> str:
        case = json.dumps(self.case.to_json(), separators=(",", ":"))
        return f"Python:   {self.python}\nSolidity: {self.solidity}\nCase:     {case}"


@dataclass
class Tally:
    """What was asked: answers by code, and how close to where they change."""

    codes: Counter[str] = field(default_factory=Counter)
    near: int = 0
    turning: int = 0

    def add(self, case: Case, answer: Answer, turns: bool) -> None:
        self.codes[answer.code] += 1
        self.turning += turns
        now = case.probe.now
        self.near += any(abs(now - edge) <= 1 for edge in edges(case.series, case.probe))

    def __str__(self) -> str:
        total = max(1, self.codes.total())
        lines = [f"  {self.codes[code]:>8,}  {code}" for code in ALL_CODES]
        near, turning = 100 * self.near / total, 100 * self.turning / total
        lines.insert(0, f"{total:,} cases answered by decide and by the compiled PassRules:")
        lines.append(f"{near:.1f} % within one second of an edge of the rules;")
        lines.append(f"{turning:.1f} % where the answer is another one a second away")
        return "\n".join(lines)


def compare(rules: Rules, cases: Sequence[Case], tally: Tally | None = None) -> list[Difference]:
    """Return the cases to which the sides answer differently."""
    found = []
    for case, solidity in zip(cases, rules.ask(cases), strict=True):
        python, turns = case.decided()
        if tally is not None:
            tally.add(case, python, turns)
        if python != solidity:
            found.append(Difference(case, python, solidity))
    return found


def minimal(rules: Rules, difference: Difference) -> Difference:
    """Return the smallest case that greedy shrinking finds, to which they still differ."""
    for _ in range(ROUNDS):
        found = compare(rules, list(smaller(difference.case)))
        if not found:
            break
        difference = found[0]
    return difference
