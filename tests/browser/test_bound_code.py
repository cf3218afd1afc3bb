"""A phone becomes the ticket, in a real browser: bound, shown, scanned, copied in vain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from passes_service.db.models import PassDevice
from passes_service.passes import devices
from passes_service.passes.queries import Held
from passes_service.web.deps import HOLDER_COOKIE
from tests.browser.conftest import PHONE, Live, picture, serious
from tests.checkin.evening import Evening, body, evening
from tests.web.pages import stage

MAKE = "Make this phone my ticket"
INSTEAD = "Use this phone instead"
READY = "Show this live code at the door."
A_CODE_LATER = 20_000


@pytest.fixture
def night(live: Live) -> Evening:
    """An evening whose doors are a day away, so that phones can still be changed."""
    made = evening(live.services, live.clock)
    live.clock.now -= timedelta(days=1)
    return made


@pytest.fixture
def held(night: Evening) -> Held:
    return night.issue()


@pytest.fixture
def phone(
    live: Live, night: Evening, held: Held, browser: Browser
) -> Iterator[Callable[..., Page]]:
    """Open the pass on another phone where the holder is signed in."""
    opened: list[BrowserContext] = []

    def another(**options: Any) -> Page:
        with live.services.database.transaction() as session:
            holder_id = held.row.holder_id
            token = stage.sign_in(session, live.services, night.organizer_id, "holder", holder_id)
        shape: dict[str, Any] = {"viewport": PHONE, "locale": "en-GB"} | options
        context = browser.new_context(**shape)
        context.add_cookies([{"name": HOLDER_COOKIE, "value": token, "url": live.origin}])
        opened.append(context)
        page = context.new_page()
        page.goto(f"{live.origin}/me/passes/{held.row.pass_id}")
        return page

    yield another
    for context in opened:
        context.close()


def read(page: Page) -> str:
    """Return what a camera reads off the screen."""
    code = page.locator("[data-live-code]")
    expect(code.locator("svg")).to_be_visible()
    [found] = zxingcpp.read_barcodes(Image.open(BytesIO(code.screenshot())))
    return found.text


def drawing(page: Page) -> str:
    return page.locator("[data-live-code] path").last.get_attribute("d") or ""


def scanned(page: Page, live: Live, night: Evening, code: str) -> dict[str, Any]:
    """Return what a gate is told of a code."""
    answer = page.request.post(
        f"{live.origin}/api/v1/check-ins", data=body(code, night.first.id), headers=night.headers
    )
    found: dict[str, Any] = answer.json()
    return found


def bound(night: Evening, held: Held) -> PassDevice | None:
    with night.services.database.reading() as session:
        return devices.of_pass(session, night.again(held).row)


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
