"""Static analysis: each finding of Slither is fixed, or explained in `slither/explained.toml`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.contracts.hardhat import require_hardhat
from tests.contracts.slither.findings import SLITHER, explained, found, words


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_each_finding_is_explained_and_each_explanation_is_needed(tmp_path: Path) -> None:
    if not SLITHER.exists():
        verdict = "Slither is not installed: make .boot/slither/.ok"
        if os.environ.get("CI"):
            pytest.fail(verdict)
        pytest.skip(verdict)

    findings = list(found(require_hardhat(), tmp_path))

    known = set(explained())
    assert sorted(set(findings) - known) == [], "not explained"
    assert sorted(known - set(findings)) == [], "explained, and found no more"
    assert findings, "Slither that finds nothing has looked at nothing"


def test_no_explanation_stands_twice() -> None:
    known = list(explained())

    assert len(known) == len(set(known))


def test_a_finding_is_the_same_when_lines_move() -> None:
    finding = {
        "description": "A.f(uint64) (contracts/A.sol#{0}-2{0}) uses timestamp:\n\tDangerous:\n"
        "\t- b > 1 (contracts/A.sol#{0})\n\t- a == 0 (contracts/A.sol#1{0})\n"
    }

    one, other = (
        words({"description": finding["description"].replace("{0}", line)}) for line in ("1", "7")
    )

    assert one == other == "A.f(uint64) uses timestamp; a == 0; b > 1"
