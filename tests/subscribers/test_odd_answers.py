"""Facts about clients that decide what the service answers when it has nothing to say.

A newer client may do better: then this fails, and the table in `docs/calendar-clients.md` changes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.subscribers import evolution, thunderbird
from tests.subscribers.khal import Khal
from tests.subscribers.odd_answers import ANSWERS, BLANK, GOOD, SWITCHED_OFF, meet
from tests.subscribers.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NO_CALENDAR = ("half of one", "a web page")


def test_vdirsyncer_forgets_nothing(khal: Khal, set_stage: Stage) -> None:
    found = {answer: meet(set_stage, khal, answer) for answer in ANSWERS}

    assert found == dict.fromkeys(ANSWERS, GOOD), "also after an empty calendar and a 410"


def test_gnome_believes_whatever_comes_with_200(set_stage: Stage, tmp_path: Path) -> None:
    if absent := evolution.missing():
        pytest.skip(f"left out: apt-get install {absent}")
    with evolution.evolution(tmp_path / "desk", set_stage.url, set_stage.wire) as client:
        found = {answer: meet(set_stage, client, answer) for answer in ANSWERS}

    assert found == dict.fromkeys(ANSWERS, GOOD) | dict.fromkeys(NO_CALENDAR, BLANK)


def test_thunderbird_survives_no_error_but_404(set_stage: Stage, tmp_path: Path) -> None:
    if thunderbird.PROGRAM is None:
        pytest.skip("left out: apt-get install thunderbird")
    found = {}
    for number, answer in enumerate(ANSWERS):
        set_stage.wire.polls.clear()
        folder = tmp_path / f"desk {number}"  # each its own: after most answers it is switched off
        with thunderbird.thunderbird(folder, set_stage.url, set_stage.wire) as client:
            found[answer] = meet(set_stage, client, answer)

    assert found == {
        **dict.fromkeys(ANSWERS, SWITCHED_OFF),
        "404": GOOD,
        **dict.fromkeys((*NO_CALENDAR, "no event"), BLANK),
    }
