"""What the tests of a holder's phone do and read."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from passes_service.db.models import PassDevice
from passes_service.passes import devices
from passes_service.passes.queries import Held
from tests.browser.conftest import Live
from tests.checkin.evening import Evening, body

MAKE = "Make this phone my ticket"
INSTEAD = "Use this phone instead"
READY = "Show this live code at the door."
A_CODE_LATER = 20_000


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
