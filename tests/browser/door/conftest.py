"""An evening on the running server, and phones at its door."""

from __future__ import annotations

import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import BrowserType, Page

from passes_service.core.qr_image import qr_png
from tests.browser.conftest import Live
from tests.browser.door.steps import enter, enter_without_keys
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


@pytest.fixture
def keyless(page: Page, live: Live, night: Evening) -> Page:
    """The door page of a phone that has a token and no keys, online."""
    enter_without_keys(page, live, night)
    return page


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
