"""A phone that dies right after a decision: what it wrote down is there when it starts again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests.browser.conftest import Live
from tests.browser.door.conftest import camera_file
from tests.browser.door.steps import cut, enter_with_list, eventually, go_on, join, scan
from tests.checkin.evening import Evening

Start = Callable[..., BrowserContext]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "phone"


@pytest.fixture
def start(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], profile: Path
) -> Iterator[Start]:
    """Starts the browser of one phone, on the same profile each time."""
    opened: list[BrowserContext] = []

    def starting(*flags: str) -> BrowserContext:
        known = {**browser_type_launch_args, "args": list(flags), "locale": "en-GB"}
        context = browser_type.launch_persistent_context(profile, **known)
        opened.append(context)
        return context

    yield starting
    opened[-1].close()
    kill(profile)


def kill(profile: Path) -> int:
    """End every process of this profile's browser at once, as a dead battery does."""
    mine = f"--user-data-dir={profile}".encode()
    ended = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mine in (entry / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)
                ended += 1
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return ended


def test_decision_outlives_the_browser_that_was_killed_right_after_it(
    start: Start, live: Live, night: Evening, profile: Path
) -> None:
    first, second = night.code(night.issue()), night.code(night.issue("other@example.org"))
    page = start().pages[0]
    enter_with_list(page, live, night, 2)
    eventually(page, "navigator.serviceWorker.controller !== null", True)
    cut(page)

    scan(page, first, "Come in")
    assert kill(profile) >= 1

    page = again(start, live)
    expect(page.locator("#facts")).to_contain_text("1 scan waiting")
    scan(page, first, "Duplicate")
    go_on(page)
    scan(page, second, "Come in")
    go_on(page)
    expect(page.locator("#facts")).to_contain_text("3 scans waiting")
    join(page)

    assert len(night.admissions()) == 2
    eventually(page, STATES, ["merged"] * 3)


def again(start: Start, live: Live) -> Page:
    """Start the phone again where there is no network."""
    context = start()
    context.set_offline(True)
    page = context.pages[0]
    page.goto(f"{live.origin}/door")
    expect(page.locator("#line")).to_contain_text("Offline since")
    return page


def test_camera_without_a_network_admits_once(
    start: Start, live: Live, night: Evening, tmp_path: Path
) -> None:
    film = camera_file(tmp_path / "camera.mjpeg", night.code(night.issue()))
    page = start(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ).pages[0]
    enter_with_list(page, live, night)
    eventually(page, "navigator.serviceWorker.controller !== null", True)
    cut(page)
    page.reload()  # the reader of codes comes from the phone as well
    page.get_by_role("button", name="Start the camera").click()
    answer = page.get_by_role("alertdialog")

    expect(page.locator("#word")).to_have_text("Come in", timeout=20_000)
    expect(answer).to_be_hidden(timeout=10_000)
    page.context.set_offline(False)
    expect(page.get_by_text("Online", exact=True)).to_be_visible()
    expect(page.locator("#facts")).not_to_contain_text("waiting")

    assert len(night.admissions()) == 1


STATES = """async () => {
  const store = await import('/static/door/store.js');
  return (await store.all('log')).map((one) => one.sent?.state);
}"""
