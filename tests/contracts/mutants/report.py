"""The table of docs/mutants.md, and whether it is good enough."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Final

from tests.contracts.mutants.project import CONTRACTS, HERE
from tests.contracts.mutants.targets import TARGETS, fingerprint
from tests.contracts.mutants.trial import EQUIVALENT, KILLED, NOT_COMPILED, SURVIVED, Outcome

PAGE: Final = CONTRACTS.parent / "docs" / "mutants.md"
ACCEPTED: Final = HERE / "accepted.toml"
ENOUGH: Final = 85
COLUMNS: Final = (
    *("source", "what it is", "generated", "not compiled", "equal", "twice"),
    *("counted", "killed", "survived", "killed %"),
)
HEAD: Final = """# Mutants

Each is the contract with one small fault, planted by rule: another comparison or operator, a number
one off, a statement, a check or a modifier left out, a condition turned round, another result,
`_min` for `_max`, one branch for the other. Killed is one that makes a suite fail: Python's
`decide` against the compiled rules, the Hardhat tests, the fuzzing of the escrow. `make mutants`
tries all and writes this page; `SAMPLE=40 make mutants` tries some.

Not counted: what does not compile, what compiles to the code of the original (equal) or of another
mutant (twice), with the optimizer off or on.
"""


def counted(found: Sequence[Outcome]) -> list[Outcome]:
    """Return killed and surviving mutants, those of the same code once."""
    once = {row.code: row for row in reversed(found) if row.kind in (KILLED, SURVIVED)}
    return [row for row in found if once.get(row.code) is row]


def survivors(found: Sequence[Outcome]) -> list[Outcome]:
    """Return the mutants that no suite noticed."""
    return [row for row in counted(found) if row.kind == SURVIVED]


def score(found: Sequence[Outcome]) -> float:
    """Return the share of killed mutants in percent."""
    rows = counted(found)
    return 100 * sum(row.kind == KILLED for row in rows) / max(1, len(rows))


def table(found: Sequence[Outcome]) -> str:
    """Return the figures of each source and of all."""
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        f"|---|---{'|--:' * (len(COLUMNS) - 2)}|",
    ]
    for path, what in TARGETS.items():
        lines.append(_row(f"`{path}`", what, [row for row in found if row.mutant.path == path]))
    lines.append(_row("**all**", "", found))
    return "\n".join(lines)


def write(found: Sequence[Outcome]) -> None:
    """Write the page."""
    reasons = accepted()
    lines = [HEAD, table(found), "", "## Who killed", "", *_killers(found), ""]
    lines += [
        "## Survivors",
        "",
        "| mutant | stands at | fault | why it may live |",
        "|---|---|---|---|",
    ]
    for row in survivors(found):
        mutant = row.mutant
        fault = f"{_code(mutant.before)} → {_code(mutant.after)}"
        place = f"`{mutant.path}` {mutant.function}: {_code(mutant.text)}"
        lines.append(f"| {mutant.key} | {place} | {fault} | {reasons.get(mutant.key, '?')} |")
    lines += ["", f"Of the mutants with fingerprint `{fingerprint()}`.", ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def accepted() -> dict[str, str]:
    """Return by key why a survivor may live."""
    groups = tomllib.loads(ACCEPTED.read_text(encoding="utf-8"))["accepted"]
    return {key: group["why"] for group in groups for key in group["mutants"]}


def judgement(found: Sequence[Outcome]) -> int:
    """Say whether enough are killed and every survivor is explained; return an exit status."""
    reasons = accepted()
    unexplained = [row for row in survivors(found) if row.mutant.key not in reasons]
    print(f"{score(found):.1f} % killed, {len(unexplained)} survivors without an explanation")
    return int(score(found) < ENOUGH or bool(unexplained))


def _row(name: str, what: str, found: Sequence[Outcome]) -> str:
    kinds = [row.kind for row in found]
    rows = counted(found)
    killed = sum(row.kind == KILLED for row in rows)
    twice = kinds.count(KILLED) + kinds.count(SURVIVED) - len(rows)
    figures = [len(found), kinds.count(NOT_COMPILED), kinds.count(EQUIVALENT), twice, len(rows)]
    figures += [killed, len(rows) - killed]
    cells = [name, what, *map(str, figures), f"{score(found):.1f}"]
    return f"| {' | '.join(cells)} |"


def _killers(found: Sequence[Outcome]) -> list[str]:
    """Return how many each suite killed first; likely ones are asked first."""
    names = [row.suite for row in counted(found) if row.kind == KILLED]
    ranked = sorted(set(names), key=lambda name: (-names.count(name), name))
    return [", ".join(f"{name} {names.count(name)}" for name in ranked) + "; the first to fail."]


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`".replace("|", "\\|") if text else "nothing"
