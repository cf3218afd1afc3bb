"""The Solidity side of the shared vectors: Hardhat runs its own tests, pytest asks for the verdict.

Hardhat compiles into one folder, so a lock lets one run in at a time, whoever started it.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judges.node import find_node

HARDHAT = Path(__file__).parents[2] / "hardhat-local"
SECONDS = 600
VERDICT = re.compile(r"^\d+ passing \([1-9]\d* solidity, [1-9]\d* nodejs\)$", re.MULTILINE)

pytestmark = pytest.mark.node


@pytest.fixture
def node() -> Iterator[str]:
    """Return Node, the only one at work in hardhat-local."""
    found = find_node()
    missing = "no Node was found" if found is None else None
    if not (HARDHAT / "node_modules" / "hardhat").is_dir():
        missing = "run `npm ci --ignore-scripts` in hardhat-local first"
    if found is None or missing:
        verdict = f"the contracts cannot be tested: {missing}"
        if os.environ.get("CI"):
            pytest.fail(verdict)
        pytest.skip(verdict)
    folder = os.open(HARDHAT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield found
    finally:
        os.close(folder)


class TestContracts:
    def test_agree_with_the_published_vectors(self, node: str) -> None:
        status, output = run(node, "node_modules/hardhat/dist/src/cli.js", "test")

        assert status == 0, output
        assert VERDICT.search(output), f"Hardhat ran no tests:\n{output}"

    def test_are_called_by_their_types(self, node: str) -> None:
        build, output = run(node, "node_modules/hardhat/dist/src/cli.js", "build")
        assert build == 0, output

        status, output = run(node, "node_modules/typescript/bin/tsc")

        assert status == 0, output

    @pytest.mark.slow
    def test_burn_the_gas_that_the_table_says(
        self, node: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HARDHAT_OUT", "cache/production")  # read by hardhat.config.ts
        monkeypatch.setenv("CHECK", "1")  # read by scripts/gas.ts: compare, write nothing
        cli = "node_modules/hardhat/dist/src/cli.js"

        status, output = run(node, cli, "run", "--build-profile", "production", "scripts/gas.ts")

        assert status == 0, output

    def test_are_what_python_reads(self, node: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHECK", "1")

        status, output = run(
            node, "node_modules/hardhat/dist/src/cli.js", "run", "scripts/export-abi.ts"
        )

        assert status == 0, output


def run(node: str, *command: str) -> tuple[int, str]:
    """Return exit status and output of a command in hardhat-local, ending all that it started.

    The venv's `node` is a Python wrapper: killing it alone would leave the real Node running.
    """
    quiet = {"HARDHAT_DISABLE_TELEMETRY": "true", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [node, *command],
        cwd=HARDHAT,
        env=os.environ | quiet,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, output
