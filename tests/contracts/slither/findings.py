"""What Slither finds in the contracts, in words that survive a change of line numbers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.contracts.hardhat import CLI, HARDHAT, copy_project, run

SLITHER: Final = HARDHAT.parent / ".boot" / "slither" / "bin" / "slither"
EXPLAINED: Final = Path(__file__).with_name("explained.toml")
OTHERS: Final = "node_modules|mocks"  # libraries and test doubles
PLACE: Final = re.compile(r" ?\([^()\s]+\.sol#\d+(?:-\d+)?\)")


def found(node: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Build a copy of the project in `folder`; yield the check and the words of each finding."""
    local = copy_project(folder)
    status, output = run(node, CLI, "build", "--no-tests", folder=local)
    if status:
        raise AssertionError(output)
    report = folder / "slither.json"
    ended = subprocess.run(
        [
            *(str(SLITHER), ".", "--hardhat-ignore-compile", "--npx-disable", "--fail-none"),
            *("--filter-paths", OTHERS, "--json", str(report)),
        ],
        cwd=local,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    result = json.loads(report.read_text()) if report.exists() else {}
    if ended.returncode or not result.get("success"):
        raise AssertionError(ended.stdout + ended.stderr)
    yield from ((one["check"], words(one)) for one in result["results"].get("detectors", ()))


def explained() -> Iterator[tuple[str, str]]:
    """Yield the check and the words of each finding that has a reason."""
    for group in tomllib.loads(EXPLAINED.read_text())["explained"]:
        if not group["reason"].strip():
            raise AssertionError(f"no reason: {group}")
        yield from ((group["check"], finding) for finding in group["findings"])


def words(finding: dict[str, Any]) -> str:
    """Return a finding as one line without places, its details in order of the alphabet."""
    first, *details = finding["description"].strip().splitlines()
    stated = [_plain(line) for line in details if not line.strip().endswith(":")]
    return "; ".join([_plain(first), *sorted(stated)])


def _plain(line: str) -> str:
    return PLACE.sub("", line).strip().removeprefix("- ").rstrip(" :")
