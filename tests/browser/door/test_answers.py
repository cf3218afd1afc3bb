"""A number typed or scanned by hand, the answer over the whole screen, and ways back."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live, picture, serious
from tests.browser.door.steps import enter, type_number
from tests.checkin.evening import Evening


def test_typed_number_admits_and_asks_for_the_name(door: Page, night: Evening) -> None:
    night.issue()

    type_number(door, "1")

    answer = door.get_by_role("alertdialog")
    expect(answer).to_have_class("result go")
    expect(answer).to_contain_text("please ask for the name")
    door.get_by_role("button", name="Next").click()
    expect(door.locator("#inside")).to_have_text("1")
    expect(door.get_by_label("Pass number, or hand scanner")).to_have_value("")


def test_hand_scanner_needs_no_focus(door: Page, night: Evening) -> None:
    code = night.code(night.issue())
    door.get_by_role("heading", name="Door").click()

    door.keyboard.type(code)
    door.keyboard.press("Enter")

    expect(door.get_by_role("alertdialog")).to_have_class("result go")


def test_hand_scanner_goes_on_over_an_open_answer(door: Page, night: Evening) -> None:
    code = night.code(night.issue())
    type_number(door, "4")
    expect(door.get_by_role("alertdialog")).to_have_class("result stop")

    door.keyboard.type(code)
    door.keyboard.press("Enter")

    expect(door.get_by_role("alertdialog")).to_have_class("result go")
    assert [one.code for one in night.scans()] == ["UNKNOWN", "ADMIT"]


def test_undo_takes_an_admission_back(door: Page, night: Evening) -> None:
    night.issue()
    type_number(door, "1")
    door.get_by_role("button", name="Next").click()
    undo = door.get_by_role("button", name=re.compile("Undo"))

    undo.click()
    expect(undo).to_have_text("Sure?")
    undo.click()

    expect(door.locator("#recent")).to_contain_text("Undone")
    expect(door.locator("#inside")).to_have_text("0")
    assert night.admissions()[0].annulled_at is not None


def test_host_overrules_with_a_reason(door: Page, night: Evening) -> None:
    night.scan(night.code(night.issue()))
    type_number(door, "1")
    answer = door.get_by_role("alertdialog")
    expect(answer).to_have_class("result stop")

    door.get_by_role("button", name="Let in anyway").click()
    picture(door, "door-force")
    assert serious(door) == []
    door.get_by_label("Why let them in?").select_option("They only stepped out")
    door.get_by_role("button", name="Let in, and record it").click()

    expect(answer).to_have_class("result go")
    assert night.admissions()[1].force_reason == "They only stepped out"


def test_going_out_is_recorded(door: Page, night: Evening) -> None:
    night.scan(night.code(night.issue()))
    door.get_by_label("Going out").check()

    type_number(door, "1")

    expect(door.get_by_role("alertdialog")).to_contain_text("Goodbye")
    expect(door.locator("#left")).to_have_text("1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_door_is_fit_for_everyone(
    page: Page, live: Live, night: Evening, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    held = night.issue()
    enrol = f"{live.origin}/door/enrol/{night.main.token}"
    page.goto(enrol)
    assert serious(page) == []
    picture(page, f"door-enrol-{scheme}")
    enter(page, live, night)
    looks = [("go", "1"), ("stop", "1"), ("hold", "EP1:NOT A CODE")]
    for tone, text in looks:
        type_number(page, text)
        expect(page.get_by_role("alertdialog")).to_have_class(f"result {tone}")
        page.wait_for_timeout(250)  # the mark has popped
        assert serious(page) == []
        picture(page, f"door-{tone}-{scheme}")
        page.get_by_role("button", name="Next").click()
    assert held.label == "1 of 5"
    assert serious(page) == []
    picture(page, f"door-{scheme}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


def test_no_word_in_the_console(page: Page, live: Live, night: Evening) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, live, night)
    night.issue()
    type_number(page, "1")
    expect(page.get_by_role("alertdialog")).to_be_visible()

    assert said == []
