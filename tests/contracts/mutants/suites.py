"""The suites that judge a mutant, and what each of them is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from tests.contracts.equality.cases import Answer, Case
from tests.contracts.equality.generator import cases
from tests.contracts.equality.solidity import Rules, running
from tests.contracts.equality.vectors import published
from tests.contracts.mutants.project import ROOTS, Code, NotCompiled, Project

EQUALITY: Final = "equality"
FUZZING: Final = "fuzzing"
SEED: Final = "the same in every run"  # as tests/contracts/test_equality.py has it
CASES: Final = 20_000
BORDERS: Final = (1, 5, 20, 500, 4_000, None)
"""Where the comparison stops to see whether it has seen enough; calls that never end cost much."""
LIKELY: Final = {
    "Escrow.sol": ("EventPassMoney.ts", "EventPassEvents.ts", "EventPassGuards.ts"),
    "Sales.sol": ("EventPassSale.ts", "EventPassEvents.ts", "EventPassCurrency.ts"),
    "SeriesBook.sol": ("EventPassMoney.ts", "EventPassEvents.ts", "EventPassEdges.ts"),
    "StateWords.sol": ("EventPassEdges.ts", "EventPassMoney.ts", "EventPassClaims.ts"),
}
"""Which suites to ask first about a source; two about money if nothing is said."""

RULES: Final = ROOTS[2]


@dataclass(frozen=True)
class Verdict:
    """Whether a suite noticed, and by what."""

    caught: bool
    words: str


def suites(folder: Path, source: str = "") -> tuple[list[str], list[str]]:
    """Return the suites that are likely to find a fault in `source`, and all others."""
    first = [EQUALITY, *LIKELY.get(source, ("EventPassMoney.ts", "EventPassEdges.ts"))]
    every = sorted(path.name for path in (folder / "test").glob("EventPass*.ts"))
    return first, [*(name for name in every if name not in first), FUZZING]


@cache
def version(folder: Path, suite: str) -> str:
    """Return what changes when the suite does."""
    here = Path(__file__).parents[1] / "equality"
    paths = {
        EQUALITY: [*sorted(here.glob("*.py")), folder / "scripts" / "equality.ts"],
        FUZZING: [folder / "base.config.ts", *sorted((folder / "test").rglob("*.sol"))],
    }.get(suite, [folder / "eventPass.ts", folder / "test" / suite])
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def judge(suite: str, project: Project, code: Code, replaced: dict[str, str]) -> Verdict:
    """Return what a suite says of this code, which `replaced` compiles to."""
    asks: dict[str, Callable[[], Verdict]] = {
        EQUALITY: lambda: _equality(project),
        FUZZING: lambda: _fuzzing(project, replaced),
    }
    project.exchange(code)
    try:
        return asks.get(suite, lambda: _tests(project, suite))()
    finally:
        project.restore()


def _tests(project: Project, suite: str) -> Verdict:
    status, output = project.run("run", "--no-compile", "scripts/bail.ts", SUITE=suite)
    last = output.strip().split("\n")[-1]
    if status not in (0, 1, None) or (status == 1 and not last.startswith("failed: ")):
        raise RuntimeError(f"{suite} did not run:\n{output}")
    return Verdict(status != 0, last.removeprefix("failed: "))


def _fuzzing(project: Project, replaced: dict[str, str]) -> Verdict:
    roots = sorted(
        f"test/{path.name}" for path in (project.folder / "test").glob("EventPass*.t.sol")
    )
    try:
        project.exchange(project.compile(replaced, roots))
    except NotCompiled as error:
        raise RuntimeError(f"the fuzz tests do not compile: {error}") from error
    status, output = project.run("test", "solidity", "--no-compile", *roots)
    failed = [line.strip() for line in output.split("\n") if "1) " in line]
    if status not in (0, 1, None) or (status == 1 and not failed):
        raise RuntimeError(f"the fuzz tests did not run:\n{output}")
    return Verdict(status != 0, (failed or [output.strip().split("\n")[-1]])[0])


def _equality(project: Project) -> Verdict:
    with running(project.node, folder=project.folder) as rules:
        start = 0
        for stop in BORDERS:
            different = _different(Hasty(rules.into, rules.out), _asked()[start:stop])
            if different:
                return Verdict(True, different)
            start = stop or 0
    return Verdict(False, "alike")


def _different(rules: Rules, asked: list[tuple[Case, Answer]]) -> str:
    try:
        answers = rules.ask([case for case, _ in asked])
    except Refused as refused:
        return str(refused)
    for (case, expected), answer in zip(asked, answers, strict=True):
        if expected != answer:
            return f"{case.probe.action}: {expected}, not {answer}"
    return ""


class Refused(Exception):
    """The contract did not answer, which is a difference in itself."""


class Hasty(Rules):
    """Rules that are not asked twice: some mutants never end, and each try costs much memory."""

    def _line(self, data: str) -> str:
        line = super()._line(data)
        if not line.startswith("0x"):
            raise Refused(line)
        return line


@cache
def _asked() -> list[tuple[Case, Answer]]:
    """Return the cases of the equality test, then the published ones, with Python's answers."""
    random = [(case, case.decided()[0]) for case in cases(SEED, CASES)]
    return [*random, *published()]
