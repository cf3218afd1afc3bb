"""vdirsyncer with khal, in every run: they come from PyPI."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.subscribers.khal import PROGRAMS, Khal
from tests.subscribers.stage import Stage
from tests.subscribers.story import tell


def test_khal_follows_the_story(set_stage: Stage, tmp_path: Path) -> None:
    if not (PROGRAMS / "khal").exists():
        verdict = "khal is not installed: make .boot/subscribers/.ok"
        if os.environ.get("CI"):
            pytest.fail(verdict)
        pytest.skip(verdict)

    tell(set_stage, Khal(tmp_path / "desk", set_stage.url))
