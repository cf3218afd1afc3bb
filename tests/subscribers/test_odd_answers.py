"""Facts about clients that decide what the service answers when it has nothing to say.

A newer client may do better: then this fails, and the table in `docs/calendar-clients.md` changes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.subscribers import evolution, thunderbird
from tests.subscribers.khal import Khal
from tests.subscribers.odd_answers import (
    ANSWERS,
    BLANK,
    GOOD,
    SWITCHED_OFF,
    follows,
    meet,
    start_in_an_outage,
)
from tests.subscribers.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
NO_CALENDAR = ("half of one", "a web page")


def test_vdirsyncer_forgets_nothing(khal: Khal, set_stage: Stage) -> None:
    found = {answer: meet(set_stage, khal, answer) for answer in ANSWERS}

    assert found == dict.fromkeys(ANSWERS, GOOD), "also after an empty calendar and a 410"
    assert start_in_an_outage(set_stage, khal) == GOOD


def test_gnome_believes_whatever_comes_with_200(set_stage: Stage, tmp_path: Path) -> None:
    if absent := evolution.missing():
        pytest.skip(f"left out: apt-get install {absent}")
    with evolution.evolution(tmp_path / "desk", set_stage.url, set_stage.wire) as client:
        found = {answer: meet(set_stage, client, answer) for answer in ANSWERS}
        assert start_in_an_outage(set_stage, client) == GOOD

    assert found == dict.fromkeys(ANSWERS, GOOD) | dict.fromkeys(NO_CALENDAR, BLANK)


def test_thunderbird_survives_no_error_but_404(set_stage: Stage, tmp_path: Path) -> None:
    if thunderbird.PROGRAM is None:
        pytest.skip("left out: apt-get install thunderbird")
    found, mended = {}, set()
    for number, answer in enumerate(ANSWERS):
        set_stage.wire.polls.clear()
        folder = tmp_path / f"desk {number}"  # each its own: after most answers it is switched off
        with thunderbird.thunderbird(folder, set_stage.url, set_stage.wire) as client:
            found[answer] = meet(set_stage, client, answer)
        if found[answer] == SWITCHED_OFF:
            set_stage.wire.polls.clear()
            with thunderbird.thunderbird(folder, set_stage.url, set_stage.wire) as client:
                client.poll()
                mended |= {answer} if follows(set_stage, client) else set()

    assert found == {
        **dict.fromkeys(ANSWERS, SWITCHED_OFF),
        "404": GOOD,
        **dict.fromkeys((*NO_CALENDAR, "no event"), BLANK),
    }
    assert mended == {"403", "429", "500", "503", "no answer"}, "by a restart; not after 410"


def test_thunderbird_loses_nothing_when_a_server_starts_in_an_outage(
    set_stage: Stage, tmp_path: Path
) -> None:
    if thunderbird.PROGRAM is None:
        pytest.skip("left out: apt-get install thunderbird")
    folder = tmp_path / "desk"
    with thunderbird.thunderbird(folder, set_stage.url, set_stage.wire) as client:
        assert start_in_an_outage(set_stage, client).kept
    set_stage.wire.polls.clear()
    with thunderbird.thunderbird(folder, set_stage.url, set_stage.wire) as client:
        client.poll()
        assert follows(set_stage, client), "at the latest after its own restart"
