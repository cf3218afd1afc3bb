"""Node, with hardhat-local to itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.hardhat import alone, require_hardhat


@pytest.fixture
def node() -> Iterator[str]:
    """Return Node, the only one at work in hardhat-local."""
    found = require_hardhat()
    with alone():
        yield found
