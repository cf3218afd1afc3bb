"""A real server on loopback and Debian's Chromium, for every page test in this folder.

Run these as a call of their own: the browser's event loop lives in the main thread.
"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.web.app import create_app
from tests import databases
from tests.conftest import isolated

CHROMIUM = Path(os.environ.get("PASSES_CHROMIUM", "/usr/bin/chromium"))
PICTURES = Path(os.environ.get("PASSES_PICTURES") or tempfile.gettempdir()) / "passes-pictures"
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=20_000)  # two browsers on two cores: what is tested is not their speed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: addresses are whole. (pytest-base-url's own fixture warns under pytest 9.)"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium; without it the tests are skipped, but never in CI."""
    if not CHROMIUM.exists():
        missing = f"no browser at {CHROMIUM}: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM)}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A phone held upright."""
    return {**browser_context_args, "viewport": PHONE, "has_touch": True, "locale": "en-GB"}


class Ticking:
    """A clock that runs, and can be set."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift

    @property
    def now(self) -> datetime:
        return self()

    @now.setter
    def now(self, instant: datetime) -> None:
        self.shift = instant - datetime.now(UTC)


@dataclass(frozen=True)
class Live:
    """A running service: its address, its parts, its clock."""

    origin: str
    services: Services
    clock: Ticking


@pytest.fixture
def live(_sqlite_template: Path, keys_dir: Path, tmp_path: Path) -> Iterator[Live]:
    """Serve the application on loopback, from a database of its own."""
    database = databases.sqlite_copy(_sqlite_template, tmp_path)
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = isolated(database_url=database.url, keys_dir=keys_dir, public_origin=origin)
    clock = Ticking()
    services = Services(
        settings=settings, database=database, keyring=keyring.load(keys_dir), clock=clock
    )
    config = uvicorn.Config(
        create_app(services), log_config=None, timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Live(origin, services, clock)
    server.should_exit = True
    thread.join(10)
    listener.close()
    database.close()


def serious(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on the page as it is now."""
    # Reading the answer in Python: the page's own policy forbids evaluating text there.
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def picture(page: Page, name: str) -> Path:
    """Keep a picture of the page for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    return path
