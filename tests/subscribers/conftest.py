"""A stage in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.subscribers.khal import PROGRAMS, Khal
from tests.subscribers.stage import Stage, stage


@pytest.fixture
def set_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The service is open, the holder has a link."""
    monkeypatch.chdir(tmp_path)  # a developer's .env is not ours
    with stage(tmp_path / "service") as found:
        yield found


@pytest.fixture
def khal(set_stage: Stage, tmp_path: Path) -> Khal:
    """vdirsyncer and khal, subscribed."""
    if not (PROGRAMS / "khal").exists():
        verdict = "khal is not installed: make .boot/subscribers/.ok"
        if os.environ.get("CI"):
            pytest.fail(verdict)
        pytest.skip(verdict)
    return Khal(tmp_path / "desk", set_stage.url)
