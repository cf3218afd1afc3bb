"""The page on which a door phone comes to trust a hub, in a real browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from passes_service.hub import authority
from passes_service.hub.authority import Files
from passes_service.hub.trust import create_trust_page
from tests.browser.conftest import picture, serious

DOOR = "https://192.168.1.20:8443"


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[tuple[str, Files]]:
    """Serve the page; yields its address and the files of the authority."""
    files = Files(tmp_path / "hub")
    authority.make(files, ["192.168.1.20"], name="Cellar", now=datetime(2027, 3, 5, tzinfo=UTC))
    listener = socket.create_server(("127.0.0.1", 0))
    page = create_trust_page(files, name="Cellar", origin=DOOR)
    server = uvicorn.Server(uvicorn.Config(page, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", files
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width"), [("phone", 360), ("desk", 1280)])
def test_a_phone_gets_the_certificate_and_the_steps(
    browser: Browser, steps: tuple[str, Files], size: str, width: int, scheme: str
) -> None:
    address, files = steps
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(address)
    shown = page.get_by_role("img", name="Fingerprint")
    expect(shown).to_have_accessible_name(f"Fingerprint (SHA-256): {authority.fingerprint(files)}")
    assert shown.inner_text().split() == authority.fingerprint(files).split()
    expect(page.get_by_role("link", name="Open the door page")).to_have_attribute(
        "href", f"{DOOR}/door"
    )
    picture(page, f"hub-trust-{size}-{scheme}")
    for one in ("iPhone, iPad", "Android", "Computer with Chrome or Edge"):
        page.get_by_text(one, exact=True).click()
    expect(page.get_by_text("Gate hub “Cellar”")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert serious(page) == []
    page.get_by_text("iPhone, iPad", exact=True).scroll_into_view_if_needed()
    picture(page, f"hub-trust-steps-{size}-{scheme}")
    with page.expect_download() as got:
        page.get_by_role("link", name="Get the certificate").click()
    assert got.value.suggested_filename == "gate-hub.crt"
    assert Path(got.value.path()).read_bytes() == authority.der(files)
    context.close()
