"""What a host does on the door page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.checkin.evening import Evening


def enter(page: Page, live: Live, night: Evening) -> None:
    page.goto(f"{live.origin}/door/enrol/{night.main.token}")
    page.get_by_role("button", name="Use this phone").click()
    expect(page.get_by_text("Online", exact=True)).to_be_visible()
    expect(page.locator("#inside")).not_to_have_text("–")  # noqa: RUF001 - the counters came


def enter_without_keys(page: Page, live: Live, night: Evening) -> None:
    """Use a gate's token as it is, as a program or an old browser does: online only."""
    page.goto(f"{live.origin}/door")
    page.evaluate("token => localStorage.setItem('door.gate', token)", night.main.token)
    page.reload()
    expect(page.get_by_text("Online", exact=True)).to_be_visible()
    expect(page.locator("#inside")).not_to_have_text("–")  # noqa: RUF001 - the counters came


def type_number(page: Page, number: str) -> None:
    page.get_by_label("Pass number, or hand scanner").fill(number)
    page.get_by_role("button", name="Check").click()


def enter_with_list(page: Page, live: Live, night: Evening, passes: int = 1) -> None:
    """Enrol a gate with keys, and wait until it holds the list with so many passes."""
    enter(page, live, night)
    count = f", {passes} pass" if passes == 1 else f", {passes} passes"
    expect(page.locator("#facts")).to_contain_text(count)


def cut(page: Page) -> None:
    """Take the network away."""
    page.context.set_offline(True)
    expect(page.locator("#line")).to_contain_text("Offline since")


def join(page: Page) -> None:
    """Give the network back, and wait until nothing waits on the phone."""
    page.context.set_offline(False)
    expect(page.get_by_text("Online", exact=True)).to_be_visible()
    expect(page.locator("#facts")).not_to_contain_text("waiting")


def scan(page: Page, code: str, word: str) -> None:
    """Scan with a hand scanner, see the word and go on."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator("#word")).to_have_text(word)


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Next").click()


def eventually(page: Page, script: str, value: object) -> None:
    """Wait until a script, which may be asynchronous, gives a value."""
    found = None
    for _ in range(50):
        found = page.evaluate(script)
        if found == value:
            return
        page.wait_for_timeout(100)
    assert found == value
