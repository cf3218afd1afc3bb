"""The phone with the code is lost, at the door: number, name, new code, in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from passes_service.db.models import Holder
from passes_service.passes.queries import Held
from tests.browser.conftest import Live, picture, serious
from tests.checkin.evening import Evening
from tests.phones import Phone


@pytest.fixture
def held(live: Live, night: Evening) -> Held:
    """A pass of Ada's, bound to a phone that she lost since."""
    made = night.issue()
    with live.services.database.transaction() as session:
        session.get_one(Holder, (night.organizer_id, made.row.holder_id)).name = "Ada"
    live.clock.now -= timedelta(days=1)
    Phone().bind(live.services, made)
    live.clock.now += timedelta(days=1)
    return made


def look_up(door: Page, number: str) -> None:
    door.get_by_role("button", name="Phone lost? New code").click()
    door.get_by_label("Number of the pass").fill(number)
    door.get_by_role("button", name="Look it up").click()


def test_number_name_new_code_in(door: Page, night: Evening, held: Held) -> None:
    look_up(door, "1")
    expect(door.locator("#rebind-name")).to_have_text("Ada")
    assert serious(door) == []
    picture(door, "rebind-name")
    door.get_by_role("button", name="The name is right").click()
    expect(door.get_by_role("img", name="New code of pass 1 of 5")).to_be_visible()
    assert serious(door) == []
    picture(door, "rebind-code")

    door.get_by_role("button", name="Let them in now").click()

    expect(door.locator("#word")).to_have_text("Admit")
    expect(door.locator("#who")).to_have_text("Ada")
    assert (night.again(held).row.epoch, len(night.admissions())) == (3, 1)


def test_host_hears_what_stands_in_the_way(door: Page, night: Evening, held: Held) -> None:
    night.scan("1")
    look_up(door, "4")
    expect(door.locator("#rebind-failed")).to_contain_text("No pass with number 4")
    door.get_by_label("Number of the pass").fill("1")
    door.get_by_role("button", name="Look it up").click()
    expect(door.locator("#rebind-now")).to_contain_text("already came in")
    for _ in range(3):
        door.get_by_role("button", name="The name is right").click()
        expect(door.get_by_role("img", name="New code of pass 1 of 5")).to_be_visible()
        door.get_by_role("button", name="Close").click()
        look_up(door, "1")
    door.get_by_role("button", name="The name is right").click()

    expect(door.locator("#rebind-failed")).to_contain_text("3 times within a day")
    door.keyboard.press("Escape")
    expect(door.get_by_role("button", name="Phone lost? New code")).to_be_focused()


def test_without_a_network_the_name_has_to_do(door: Page, held: Held) -> None:
    door.context.set_offline(True)
    look_up(door, "1")

    expect(door.locator("#rebind-failed")).to_contain_text("let them in by the number")
