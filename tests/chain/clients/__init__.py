"""Ethereum libraries that are not ours, run by Node: viem, ethers, MetaMask's eth-sig-util."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.judges.node import find_node

HERE: Final = Path(__file__).parent
LIBRARIES: Final = ("viem", "ethers", "metamask")


def ask(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an answer to each request of `client.mjs`: {"value": ...} or {"error": "..."}."""
    run = subprocess.run(
        [_node(), str(HERE / "client.mjs")],
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answers: list[dict[str, Any]] = json.loads(run.stdout)
    return answers


def said(*requests: dict[str, Any]) -> list[Any]:
    """Return the values of answers that must not be errors."""
    answers = ask(*requests)
    assert [answer for answer in answers if "error" in answer] == []
    return [answer.get("value") for answer in answers]


def _node() -> str:
    """Return Node, or skip the test that asked and say why; in CI missing clients fail."""
    node = find_node()
    missing = "no Node was found" if node is None else None
    if not (HERE / "node_modules" / "viem").is_dir():
        missing = "run `npm ci --ignore-scripts` in tests/chain/clients first"
    if node is None or missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no clients: {missing}")
        pytest.skip(f"no clients: {missing}")
    return node
