"""Two phones in a network of their own, a hub beside them, and the internet gone."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserType, Page, expect

from passes_service.hub.authority import Files
from tests.browser.conftest import Live, picture
from tests.browser.door import venue
from tests.browser.door.steps import scan
from tests.browser.door.venue import Cable
from tests.checkin.evening import Evening


@dataclass(frozen=True)
class Cellar:
    """The hub's origin, the cable to the service, and the phones at two doors."""

    origin: str
    cable: Cable
    east: Page
    west: Page


@pytest.fixture
def cellar(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    browser_context_args: dict[str, Any],
    live: Live,
    night: Evening,
    tmp_path: Path,
) -> Iterator[Cellar]:
    without = venue.missing()
    if without:
        if os.environ.get("CI"):
            pytest.fail(without)
        pytest.skip(without)
    if refused := venue.forbidden():
        pytest.skip(f"this machine allows no network namespaces: {refused}")
    service = urlsplit(live.origin)
    assert service.port is not None
    with (
        venue.network() as network,
        Cable(("127.0.0.1", service.port)) as cable,
        venue.hub(network.hub, _free(network.hub), cable.port, tmp_path / "hub") as origin,
    ):
        starter = network.browser(tmp_path, Files(tmp_path / "hub").authority)
        chromium = browser_type.launch(
            **{**browser_type_launch_args, "executable_path": str(starter)}
        )
        pages = []
        for name in ("East", "West"):
            page = chromium.new_context(**browser_context_args).new_page()
            page.goto(f"{origin}/door/enrol/{night.enrol(name).token}")
            page.get_by_role("button", name="Use this phone").click()
            expect(page.locator("#facts")).to_contain_text("2 passes", timeout=15_000)
            pages.append(page)
        yield Cellar(origin, cable, *pages)
        chromium.close()


def _free(address: str) -> int:
    with socket.create_server((address, 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def codes(night: Evening) -> list[str]:
    """Two fans, before the phones fetch their lists."""
    return [night.code(night.issue(f"fan{number}@example.org")) for number in range(2)]


def test_at_two_gates_with_a_hub_the_second_is_refused_without_any_internet(
    codes: list[str], cellar: Cellar, night: Evening
) -> None:
    assert not cellar.origin.startswith("https://127.")
    cellar.cable.pull()
    expect(cellar.east.locator("#line")).to_contain_text("offline since", timeout=20_000)

    scan(cellar.east, codes[0], "Come in")
    expect(cellar.east.get_by_role("alertdialog")).to_contain_text("Checked at hub Cellar")
    picture(cellar.east, "hub-come-in")
    scan(cellar.west, codes[0], "Duplicate")
    picture(cellar.west, "hub-duplicate")
    expect(cellar.west.locator("#sentence")).to_contain_text("at East")
    assert night.admissions() == []

    cellar.cable.plug()
    expect(cellar.east.locator("#facts")).not_to_contain_text("waiting", timeout=40_000)
    expect(cellar.west.locator("#facts")).not_to_contain_text("waiting", timeout=40_000)

    [row] = night.admissions()
    assert (row.via, row.conflict_code) == ("hub", "")


def test_with_the_internet_the_hub_hands_everything_on(
    codes: list[str], cellar: Cellar, night: Evening
) -> None:
    scan(cellar.east, codes[1], "Admit")
    scan(cellar.west, codes[1], "Duplicate")

    [row] = night.admissions()
    assert row.via == "online"
