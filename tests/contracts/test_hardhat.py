"""The Solidity side of the shared vectors: Hardhat runs its own tests, pytest asks for the verdict.

Hardhat compiles into one folder, so a lock lets one run in at a time, whoever started it.
"""

from __future__ import annotations

import re

import pytest

from tests.contracts.hardhat import CLI, run

VERDICT = re.compile(r"^\d+ passing \([1-9]\d* solidity, [1-9]\d* nodejs\)$", re.MULTILINE)

pytestmark = pytest.mark.node


class TestContracts:
    def test_agree_with_the_published_vectors(self, node: str) -> None:
        status, output = run(node, CLI, "test")

        assert status == 0, output
        assert VERDICT.search(output), f"Hardhat ran no tests:\n{output}"

    def test_are_called_by_their_types(self, node: str) -> None:
        build, output = run(node, CLI, "build")
        assert build == 0, output

        status, output = run(node, "node_modules/typescript/bin/tsc")

        assert status == 0, output

    @pytest.mark.slow
    def test_burn_the_gas_that_the_table_says(
        self, node: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HARDHAT_OUT", "cache/production")  # read by hardhat.config.ts
        monkeypatch.setenv("CHECK", "1")  # read by scripts/gas.ts: compare, write nothing

        status, output = run(node, CLI, "run", "--build-profile", "production", "scripts/gas.ts")

        assert status == 0, output

    def test_are_what_python_reads(self, node: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHECK", "1")

        status, output = run(node, CLI, "run", "scripts/export-abi.ts")

        assert status == 0, output
