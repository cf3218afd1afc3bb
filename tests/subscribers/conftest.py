"""A stage in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.subscribers.stage import Stage, stage


@pytest.fixture
def set_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The service is open, the holder has a link."""
    monkeypatch.chdir(tmp_path)  # a developer's .env is not ours
    with stage(tmp_path / "service") as found:
        yield found
