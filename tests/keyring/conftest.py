"""A place for keys, and keys in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.keyring.helpers import init


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def keys(place: Path) -> Path:
    init(place)
    return place
