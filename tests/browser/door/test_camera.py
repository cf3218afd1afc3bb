"""A camera that sees our own code."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import picture
from tests.checkin.evening import Evening


def test_camera_admits_a_code_and_refuses_it_the_second_time(seeing: Page, night: Evening) -> None:
    seeing.get_by_role("button", name="Start the camera").click()
    answer = seeing.get_by_role("alertdialog")

    expect(answer).to_have_class("result go", timeout=20_000)
    expect(answer).to_contain_text("Welcome, come in.")
    expect(answer).to_contain_text("1 of 5")
    picture(seeing, "door-admit")
    seeing.get_by_role("button", name="Next").click()

    expect(answer).to_have_class("result stop", timeout=20_000)
    expect(answer).to_contain_text("Duplicate")
    expect(answer).to_contain_text(re.compile(r"already came in at \d\d:\d\d at Main door"))
    picture(seeing, "door-duplicate")
    assert len(night.admissions()) == 1


def test_same_code_in_view_is_one_scan(seeing: Page, night: Evening) -> None:
    seeing.get_by_role("button", name="Start the camera").click()
    answer = seeing.get_by_role("alertdialog")
    expect(answer).to_be_visible(timeout=20_000)
    expect(answer).to_be_hidden(timeout=10_000)  # green goes by itself

    seeing.wait_for_timeout(2500)

    expect(answer).to_be_hidden()
    assert len(night.scans()) == 1
    picture(seeing, "door-camera")
