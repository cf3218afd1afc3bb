"""A phone becomes the ticket, in a real browser: bound, shown, scanned, copied in vain."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from passes_service.passes.queries import Held
from tests.browser.conftest import Live, picture, serious
from tests.browser.phone.steps import (
    A_CODE_LATER,
    INSTEAD,
    MAKE,
    READY,
    bound,
    drawing,
    read,
    scanned,
)
from tests.checkin.evening import Evening


def test_phone_is_bound_shows_codes_without_a_network_and_a_copy_is_refused(
    phone: Callable[..., Page], live: Live, night: Evening, held: Held
) -> None:
    page = phone()
    paper = night.code(held)
    expect(page.get_by_role("heading", name=MAKE)).to_be_visible()
    page.get_by_role("button", name=MAKE).click()
    expect(page.get_by_text(READY)).to_be_visible()
    expect(page.get_by_role("button", name=INSTEAD)).to_be_hidden()
    assert serious(page) == []

    live.clock.now += timedelta(days=1)
    page.reload()
    expect(page.get_by_text(READY)).to_be_visible()
    picture(page, "bound-code")
    copied = read(page)
    page.context.set_offline(True)
    before = drawing(page)
    expect(page.locator("[data-live-code] path").last).not_to_have_attribute(
        "d", before, timeout=A_CODE_LATER
    )
    shown = read(page)
    page.context.set_offline(False)

    assert shown != copied
    first = scanned(page, live, night, shown)
    assert (first["code"], first["pass_label"]) == ("ADMIT", "1 of 5"), first
    assert scanned(page, live, night, shown)["code"] == "DUPLICATE"
    assert scanned(page, live, night, paper)["code"] == "STALE"
    live.clock.now += timedelta(seconds=60)
    late = scanned(page, live, night, copied)
    assert late["code"] == "STALE"
    assert "not a picture" in late["sentence"]
    assert len(night.admissions()) == 1


def test_key_cannot_be_read_by_a_script(phone: Callable[..., Page]) -> None:
    page = phone()
    page.get_by_role("button", name=MAKE).click()
    expect(page.get_by_text(READY)).to_be_visible()

    refused = page.evaluate(
        """async () => {
          const { keyOf } = await import("/static/device-keys.js");
          const { privateKey } = await keyOf(document.getElementById("live").dataset.key);
          return crypto.subtle.exportKey("pkcs8", privateKey).then(() => "", (error) => error.name);
        }"""
    )

    assert refused == "InvalidAccessError"


def test_wiped_or_second_phone_says_so_and_takes_over_on_a_press(
    phone: Callable[..., Page], night: Evening, held: Held
) -> None:
    first = phone()
    first.get_by_role("button", name=MAKE).click()
    expect(first.get_by_text(READY)).to_be_visible()

    second = phone()
    expect(second.get_by_text("This browser does not have the key")).to_be_visible()
    expect(second.locator("[data-live-code]")).to_be_hidden()
    assert serious(second) == []
    second.get_by_role("button", name=INSTEAD).click()
    expect(second.get_by_text(READY)).to_be_visible()

    device = bound(night, held)
    assert device is not None
    assert device.epoch == 3
    first.reload()
    expect(first.get_by_text("This browser does not have the key")).to_be_visible()


def test_too_near_to_the_doors_the_page_sends_people_to_the_hosts(
    phone: Callable[..., Page], live: Live, night: Evening, held: Held
) -> None:
    page = phone()  # the page was opened before
    live.clock.now += timedelta(days=1)

    page.get_by_role("button", name=MAKE).click()

    expect(page.get_by_text("ask the hosts at the door")).to_be_visible()
    assert bound(night, held) is None
    page.reload()
    expect(page.get_by_role("button", name=MAKE)).to_be_hidden()
    expect(page.get_by_text("The code above keeps working.")).to_be_visible()


def test_without_scripts_the_code_on_paper_is_there_as_ever(
    phone: Callable[..., Page], night: Evening, held: Held
) -> None:
    page = phone(java_script_enabled=False)

    expect(page.get_by_role("img", name="Door code of pass 1 of 5")).to_be_visible()
    expect(page.get_by_role("button", name=MAKE)).to_be_hidden()


def test_paper_is_one_page_of_a5_that_a_camera_reads_in_black_and_white(
    phone: Callable[..., Page], live: Live, night: Evening, held: Held, tmp_path: Path
) -> None:
    page = phone(java_script_enabled=False, color_scheme="dark")
    page.get_by_role("link", name="On paper").click()
    picture(page, "print-screen")
    page.emulate_media(media="print")
    sheet = tmp_path / "pass.pdf"
    page.pdf(path=sheet, format="A5")
    page.set_viewport_size({"width": 482, "height": 718})  # A5 without its margins, at 96 dpi
    picture(page, "print-a5")
    grey = Image.open(BytesIO(page.screenshot())).convert("1")

    assert len(re.findall(rb"/Type\s*/Page\b", sheet.read_bytes())) == 1
    [found] = zxingcpp.read_barcodes(grey)
    live.clock.now += timedelta(days=1)
    assert scanned(page, live, night, found.text)["code"] == "ADMIT"
    box = page.locator(".qr").bounding_box()
    assert box is not None
    assert box["width"] > 240  # 65 mm


def test_bound_pass_has_no_paper_and_says_how_to_come_back_to_it(
    phone: Callable[..., Page], night: Evening, held: Held
) -> None:
    page = phone()
    page.get_by_role("button", name=MAKE).click()
    expect(page.get_by_text(READY)).to_be_visible()
    page.goto(f"{page.url}/print")
    expect(page.get_by_role("heading", name="There is no code to print")).to_be_visible()
    assert serious(page) == []

    page.get_by_role("button", name="Give me a code on paper").click()

    expect(page.get_by_role("img", name="Door code of pass 1 of 5")).to_be_visible()
    expect(page.get_by_text("or once you make a phone your ticket")).to_be_visible()
    assert serious(page) == []
