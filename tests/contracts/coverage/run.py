"""The tests of the contracts on probed copies of what is deployed, and what they have not seen."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.contracts.coverage.conditions import Outcome, conditions, probed
from tests.contracts.hardhat import CLI, HARDHAT, copy_project, run

ROOT: Final = HARDHAT.parent
PARSE: Final = Path(__file__).with_name("parse.cjs")
DEPLOYED: Final = ("EventPassFactory.sol", "EventPass.sol", "EventPassDesk.sol", "IEventPass.sol")
FUZZED: Final = {
    "INVARIANT_RUNS": "6"
}  # enough to come everywhere; finding faults is for `make test`


Hits = dict[str, dict[int, int]]


@dataclass(frozen=True)
class Unseen:
    """A line that never ran, or a condition that never had one outcome."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Coverage:
    """What there is to be seen, and what was not."""

    lines: int
    outcomes: int
    unseen: tuple[Unseen, ...]


def measure(node: str, folder: Path) -> Coverage:
    """Run all tests of the contracts in a copy of the project below `folder`.

    File by file: chains with counters on them take 50 MB per test, given back at the end only.
    """
    local = copy_project(folder)
    probes = _probe(node, folder)
    suites = [
        ["solidity"],
        *(["nodejs", f"test/{one.name}"] for one in sorted(local.glob("test/*.ts"))),
    ]
    seen: Hits = {}
    for suite in suites:
        status, output = run(node, CLI, "test", *suite, "--coverage", folder=local, settings=FUZZED)
        if status:
            raise AssertionError(output)
        _add(seen, (local / "coverage" / "lcov.info").read_text())
    return read(seen, probes)


def read(seen: Hits, probes: dict[str, list[Outcome]]) -> Coverage:
    """Return what was not seen of the files that have probes."""
    unseen: list[Unseen] = []
    lines = 0
    for name, outcomes in probes.items():
        source = (ROOT / name).read_text().splitlines()
        hits = seen.get(name, {})
        own = {line: hit for line, hit in hits.items() if line <= len(source)}
        lines += len(own)
        unseen += [Unseen(name, at, source[at - 1].strip()) for at, hit in own.items() if not hit]
        unseen += [
            Unseen(
                name, one.condition.line, f"never {str(one.value).lower()}: {one.condition.text}"
            )
            for one in outcomes
            if not hits.get(one.line)
        ]
    return Coverage(lines, sum(map(len, probes.values())), tuple(unseen))


def _probe(node: str, folder: Path) -> dict[str, list[Outcome]]:
    """Put probes into the contracts below `folder`; return where they are."""
    sources = {f"contracts/{name}": _text(name) for name in sorted(_used(*DEPLOYED))}
    parsed = subprocess.run(
        [node, str(PARSE), str(HARDHAT)],
        input=json.dumps(sources),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = {}
    for name, tree in json.loads(parsed.stdout).items():
        source = sources[name].encode()
        made, found[name] = probed(source, conditions(tree, source))
        (folder / name).write_bytes(made)
    return found


def _used(*names: str) -> set[str]:
    """Return these sources and all of ours that they are made of."""
    found: set[str] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += re.findall(r'from "\./(\w+\.sol)"', _text(name))
    return found


def _text(name: str) -> str:
    return (ROOT / "contracts" / name).read_text()


def _add(seen: Hits, report: str) -> None:
    """Add an lcov report: by file and line, how often it ran."""
    name = ""
    for row in report.splitlines():
        kind, _, value = row.partition(":")
        if kind == "SF":
            name = value
        elif kind == "DA":
            line, hit = map(int, value.split(",")[:2])
            lines = seen.setdefault(name, {})
            lines[line] = lines.get(line, 0) + hit
