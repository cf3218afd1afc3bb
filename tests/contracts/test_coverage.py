"""The tests of the contracts see each line and both outcomes of each condition."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.contracts.coverage.conditions import Condition, probed
from tests.contracts.coverage.run import measure
from tests.contracts.hardhat import require_hardhat

EXPLAINED = Path(__file__).with_name("coverage") / "explained.toml"


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_each_line_and_each_outcome_is_seen_or_explained(tmp_path: Path) -> None:
    explained = {
        (one["file"], one["text"]) for one in tomllib.loads(EXPLAINED.read_text())["unseen"]
    }

    found = measure(require_hardhat(), tmp_path)

    print(f"{found.lines} lines, {found.outcomes} outcomes, {len(found.unseen)} unseen")
    unseen = {(one.file, one.text): str(one) for one in found.unseen}
    assert [unseen[one] for one in sorted(unseen.keys() - explained)] == []
    assert sorted(explained - unseen.keys()) == [], "seen after all"
    assert found.lines > 700
    assert found.outcomes > 500


def test_probes_stand_on_lines_of_their_own() -> None:
    source = b"function f(bool a, bool b) {\n  if (a || b) g();\n}\n"
    at = source.index(b"a || b")
    whole, left = Condition(at, at + 6, "a || b", 2), Condition(at, at + 1, "a", 2)

    made, outcomes = probed(source, [left, whole])

    lines = made.decode().splitlines()
    assert lines[1] == ("  if (((a ? __yes0() : __no0()) || b ? __yes1() : __no1())) g();")
    assert [lines[one.line - 1].split("()")[0] for one in outcomes] == [
        *("function __yes0", "function __no0", "function __yes1", "function __no1")
    ]
