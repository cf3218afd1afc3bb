"""What becomes of a mutant, each answer kept, so that a run goes on where another one ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from tests.contracts.mutants.generate import Mutant
from tests.contracts.mutants.project import CONTRACTS, ROOTS, Code, NotCompiled, Project
from tests.contracts.mutants.suites import EQUALITY, RULES, Verdict, judge, suites, version
from tests.contracts.mutants.targets import source

KEPT: Final = CONTRACTS.parent / ".var" / "mutants"

NOT_COMPILED: Final = "not compiled"
EQUIVALENT: Final = "equivalent"
KILLED: Final = "killed"
SURVIVED: Final = "survived"


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant; `code` tells the same code from other code."""

    mutant: Mutant
    kind: str
    code: str = ""
    suite: str = ""
    words: str = ""


class Trial:
    """One mutant, or the original (None), before the suites of one project."""

    def __init__(self, project: Project, mutant: Mutant | None) -> None:
        self.project = project
        self.path = mutant.path if mutant else ""
        self.replaced: dict[str, str] = {}
        if mutant:
            self.replaced[f"contracts/{mutant.path}"] = mutant.plant(source(mutant.path))
        self._code: Code | None = None

    def code(self) -> Code:
        """Return what the tests run: compiled when first asked for."""
        if self._code is None:
            self._code = self.project.compile(self.replaced)
        return self._code

    def digests(self) -> list[str]:
        """Return a digest of the rules' code and one of the contract's; none if not compiled."""

        def digest() -> list[str]:
            try:
                code = self.code()
            except NotCompiled:
                return []
            return [_digest(code[RULES]), _digest([code[root] for root in ROOTS[:2]])]

        found: list[str] = _kept(["code", _sources(), self.replaced], digest)
        return found

    def optimized(self) -> str:
        """Return a digest of the code as it is built by default."""
        found: str = _kept(
            ["optimized", _sources(), self.replaced],
            lambda: _digest(self.project.compile(self.replaced, optimize=True)),
        )
        return found

    def verdict(self, suite: str) -> Verdict:
        """Return what a suite says."""
        asked = self.digests()[:1] if suite == EQUALITY else self.digests()[1:]

        def ask() -> list[Any]:
            found = judge(suite, self.project, self.code(), self.replaced)
            return [found.caught, found.words]

        return Verdict(*_kept(["verdict", suite, version(self.project.folder, suite), asked], ask))


def outcome(project: Project, mutant: Mutant) -> Outcome:
    """Return what becomes of a mutant: the first suite that fails kills it.

    Whether the optimizer makes the original of it costs time, and is asked when it has outlived
    the suites that are likely to notice.
    """
    trial, original = Trial(project, mutant), Trial(project, None)
    digests = trial.digests()
    if not digests:
        return Outcome(mutant, NOT_COMPILED)
    code = "".join(digests)
    changed = [now != then for now, then in zip(digests, original.digests(), strict=True)]
    if not any(changed):
        return Outcome(mutant, EQUIVALENT, code)
    likely, others = suites(project.folder, mutant.path)
    for suite in [*likely, "", *others]:
        if not suite:
            if trial.optimized() == original.optimized():
                return Outcome(mutant, EQUIVALENT, code)
        elif changed[0 if suite == EQUALITY else 1]:
            found = trial.verdict(suite)
            if found.caught:
                return Outcome(mutant, KILLED, code, suite, found.words)
    return Outcome(mutant, SURVIVED, code)


def check_original(project: Project) -> None:
    """Raise if a suite fails without any fault."""
    likely, others = suites(project.folder)
    for suite in [*likely, *others]:
        found = Trial(project, None).verdict(suite)
        if found.caught:
            raise RuntimeError(f"{suite} fails without a fault: {found.words}")


@cache
def _sources() -> str:
    """Return a digest of all sources as they are."""
    paths = sorted(CONTRACTS.rglob("*.sol"))
    return _digest([[str(path.relative_to(CONTRACTS)), path.read_text()] for path in paths])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _kept(key: list[Any], find: Callable[[], Any]) -> Any:
    """Return what was found for this key before, or find it now."""
    path = KEPT / f"{_digest(key)}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    found = find()
    KEPT.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{id(key)}")
    unfinished.write_text(json.dumps(found), encoding="utf-8")
    unfinished.replace(path)
    return found
