"""Programs of a desktop, from Debian: run by `make clients` where they are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.subscribers import evolution, thunderbird
from tests.subscribers.stage import Stage
from tests.subscribers.story import tell_desktop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_thunderbird_follows_the_story(set_stage: Stage, tmp_path: Path) -> None:
    if thunderbird.PROGRAM is None:
        pytest.skip("left out: apt-get install thunderbird")
    print(thunderbird.version())
    with thunderbird.thunderbird(tmp_path / "desk", set_stage.url, set_stage.wire) as client:
        tell_desktop(set_stage, client)


def test_evolution_follows_the_story(set_stage: Stage, tmp_path: Path) -> None:
    if absent := evolution.missing():
        pytest.skip(f"left out: apt-get install {absent}")
    print(evolution.version())
    with evolution.evolution(tmp_path / "desk", set_stage.url, set_stage.wire) as client:
        tell_desktop(set_stage, client)
