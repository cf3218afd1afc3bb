"""Hardhat from Python: one run at a time in its folder, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.chain import CLI, HARDHAT
from tests.judges.node import find_node

__all__ = ["CLI", "HARDHAT", "alone", "copy_project", "require_hardhat", "run"]

SECONDS: Final = 900


def require_hardhat() -> str:
    """Return Node, or skip the test that asked and say why; in CI a missing Hardhat fails."""
    found = find_node()
    missing = "no Node was found" if found is None else None
    if not (HARDHAT / "node_modules" / "hardhat").is_dir():
        missing = "run `npm ci --ignore-scripts` in hardhat-local first"
    if found is None or missing:
        verdict = f"the contracts cannot be tested: {missing}"
        if os.environ.get("CI"):
            pytest.fail(verdict)
        pytest.skip(verdict)
    return found


@contextmanager
def alone() -> Iterator[None]:
    """Let nobody else compile in hardhat-local meanwhile: Hardhat has one folder for its builds."""
    folder = os.open(HARDHAT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def copy_project(folder: Path) -> Path:
    """Copy into `folder` what builds and tests need; return where Hardhat runs there."""
    local = folder / "hardhat-local"
    left = shutil.ignore_patterns("node_modules", "artifacts", "cache", "contracts", "coverage")
    shutil.copytree(HARDHAT, local, ignore=left)
    (local / "node_modules").symlink_to(HARDHAT / "node_modules")
    (local / "contracts").symlink_to("../contracts")
    for part in ("contracts", "tests/vectors"):
        shutil.copytree(HARDHAT.parent / part, folder / part)
    return local


def run(
    node: str, *command: str, folder: Path = HARDHAT, settings: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return exit status and output of a command in `folder`, ending all that it started.

    The venv's `node` is a Python wrapper: killing it alone would leave the real Node running.
    """
    quiet = {"HARDHAT_DISABLE_TELEMETRY": "true", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [node, *command],
        cwd=folder,
        env=os.environ | quiet | dict(settings or {}),
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
