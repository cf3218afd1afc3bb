"""vdirsyncer with khal, in every run: they come from PyPI."""

from __future__ import annotations

from tests.subscribers.khal import Khal
from tests.subscribers.stage import Stage
from tests.subscribers.story import tell


def test_khal_follows_the_story(set_stage: Stage, khal: Khal) -> None:
    tell(set_stage, khal)
