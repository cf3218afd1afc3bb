"""The door page on a phone: a camera that sees our own code, a typed number, a lost network."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import BrowserType, Page, expect

from passes_service.core.qr_image import qr_png
from tests.browser.conftest import Live, picture
from tests.checkin.evening import Evening, evening


@pytest.fixture
def night(live: Live) -> Evening:
    """An evening on the running server."""
    return evening(live.services, live.clock)


@pytest.fixture
def door(page: Page, live: Live, night: Evening) -> Page:
    """The door page of an enrolled phone, online."""
    enter(page, live, night)
    return page


def enter(page: Page, live: Live, night: Evening) -> None:
    page.goto(f"{live.origin}/door/enrol/{night.main.token}")
    page.get_by_role("button", name="Use this phone").click()
    expect(page.get_by_text("Online", exact=True)).to_be_visible()


def type_number(page: Page, number: str) -> None:
    page.get_by_label("Pass number, or hand scanner").fill(number)
    page.get_by_role("button", name="Check").click()


def camera_file(path: Path, code: str) -> Path:
    """Write what a camera sees: the code a little turned, noisy, on a grey table."""
    draw = random.Random(7)
    square = Image.open(BytesIO(qr_png(code, module_pixels=7))).convert("RGB")
    frames = bytearray()
    for _ in range(12):
        scene = Image.effect_noise((640, 480), 30).convert("RGB")
        turned = square.rotate(draw.uniform(-6, 6), fillcolor=(255, 255, 255), expand=True)
        scene.paste(turned, ((640 - turned.width) // 2 + draw.randint(-8, 8), 20))
        out = BytesIO()
        scene.filter(ImageFilter.GaussianBlur(0.6)).save(out, "JPEG", quality=85)
        frames += out.getvalue()
    path.write_bytes(frames)
    return path


@pytest.fixture
def seeing(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    live: Live,
    night: Evening,
    tmp_path: Path,
) -> Iterator[Page]:
    """The door page of a phone whose camera looks at a fan's code."""
    code = night.code(night.issue())
    film = camera_file(tmp_path / "camera.mjpeg", code)
    flags = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = browser_type.launch(**{**browser_type_launch_args, "args": flags})
    page = browser.new_context(**browser_context_args).new_page()
    enter(page, live, night)
    yield page
    browser.close()


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


def test_typed_number_admits_and_asks_for_the_name(door: Page, night: Evening) -> None:
    night.issue()

    type_number(door, "1")

    answer = door.get_by_role("alertdialog")
    expect(answer).to_have_class("result go")
    expect(answer).to_contain_text("please ask for the name")
    door.get_by_role("button", name="Next").click()
    expect(door.locator("#inside")).to_have_text("1")
    expect(door.get_by_label("Pass number, or hand scanner")).to_have_value("")
