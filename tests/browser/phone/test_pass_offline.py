"""The page of a bound pass without a network: after a reload, from a cold start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Error, Page, expect

from passes_service.passes.queries import Held
from tests.browser.conftest import Live, picture, serious
from tests.browser.phone.steps import INSTEAD, MAKE, READY, read, scanned
from tests.checkin.evening import Evening

OFFLINE = "No network. This code was made by your phone and works at the door."
NOTHING = "nothing of this pass is kept here"
INSTALLED = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  if (active.state !== "activated") {
    await new Promise((done) => active.addEventListener("statechange", done, { once: true }));
  }
}"""
KEPT = """async () => {
  const { passesKept } = await import("/static/device-keys.js");
  const workers = await navigator.serviceWorker.getRegistrations();
  const names = (await caches.keys()).filter((name) => name.startsWith("pass-page-"));
  return [await passesKept(), workers.length, names.length];
}"""


HEARD = """async () => {
  const { passOf } = await import("/static/device-keys.js");
  return (await passOf(document.getElementById("live").dataset.pass)).ahead > 86400;
}"""


def bind(page: Page) -> None:
    page.get_by_role("button", name=MAKE).click()
    expect(page.get_by_text(READY)).to_be_visible()
    page.evaluate(INSTALLED)


def test_reload_and_cold_start_show_codes_that_the_gate_admits(
    phone: Callable[..., Page],
    live: Live,
    night: Evening,
    held: Held,
) -> None:
    page = phone()
    bind(page)
    live.clock.now += timedelta(days=1)
    page.reload()
    expect(page.get_by_text(READY)).to_be_visible()
    page.wait_for_function(HEARD)
    address = page.url
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text(OFFLINE)).to_be_visible()
    expect(page.get_by_text("1 of 5")).to_be_visible()
    expect(page.get_by_text("Evening 1")).to_be_visible()
    assert "fan" not in page.content()
    cold = page.context.new_page()
    page.close()
    cold.goto(address)
    expect(cold.get_by_text(OFFLINE)).to_be_visible()
    picture(cold, "pass-offline")
    assert serious(cold) == []
    # The phone's clock is weeks behind the service's here: it goes by what it last heard.
    shown = read(cold)
    cold.context.set_offline(False)
    answer = scanned(cold, live, night, shown)

    assert (answer["code"], answer["pass_label"]) == ("ADMIT", "1 of 5"), answer
    cold.get_by_role("button", name="Try the network again").click()
    expect(cold.get_by_role("heading", name="History")).to_be_visible()


def test_logout_takes_all_of_it_out(phone: Callable[..., Page]) -> None:
    page = phone()
    bind(page)
    assert page.evaluate(KEPT) == [1, 1, 1]
    address = page.url

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: url != address)

    assert page.evaluate(KEPT) == [0, 0, 0]


def test_pass_bound_elsewhere_is_forgotten_here(
    phone: Callable[..., Page],
    night: Evening,
    held: Held,
) -> None:
    first = phone()
    bind(first)
    second = phone()
    second.get_by_role("button", name=INSTEAD).click()
    expect(second.get_by_text(READY)).to_be_visible()

    first.reload()

    expect(first.get_by_text("This browser does not have the key")).to_be_visible()
    first.wait_for_function("navigator.serviceWorker.getRegistrations().then((all) => !all.length)")
    assert first.evaluate(KEPT) == [0, 0, 0]


def test_other_pages_are_not_kept(phone: Callable[..., Page]) -> None:
    page = phone()
    bind(page)

    kept = page.evaluate(
        """async () => {
          const all = [];
          for (const name of await caches.keys()) {
            const entries = await (await caches.open(name)).keys();
            all.push(...entries.map(({ url }) => new URL(url).pathname));
          }
          return all.sort();
        }"""
    )

    assert [path for path in kept if not path.startswith("/static/")] == ["/me/offline"]
    page.context.set_offline(True)
    unknown = page.url[:-1] + ("1" if page.url[-1] != "1" else "2")
    other = page.context.new_page()
    with pytest.raises(Error, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        other.goto(unknown)


def test_wiped_the_day_before_one_press_binds_again(
    phone: Callable[..., Page],
    live: Live,
    night: Evening,
    held: Held,
) -> None:
    page = phone()
    bind(page)
    page.evaluate(
        """() => new Promise((done) => {
          const asked = indexedDB.deleteDatabase("calendar-passes");
          asked.onsuccess = done;
        })"""
    )
    page.reload()
    expect(page.get_by_text("This browser does not have the key")).to_be_visible()
    page.get_by_role("button", name=INSTEAD).click()
    expect(page.get_by_text(READY)).to_be_visible()

    live.clock.now += timedelta(days=1)
    page.reload()
    expect(page.get_by_text(READY)).to_be_visible()
    assert scanned(page, live, night, read(page))["code"] == "ADMIT"


def test_large_and_bright_is_white_from_edge_to_edge(
    phone: Callable[..., Page],
    live: Live,
) -> None:
    page = phone(color_scheme="dark")
    bind(page)
    page.get_by_role("button", name="Large and bright").click()

    picture(page, "bound-code-bright")
    assert serious(page) == []
    box = page.locator("#live").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"]) == (0, 0, 390)
    shown = page.locator("#live").evaluate("(part) => getComputedStyle(part).backgroundColor")
    assert shown == "rgb(255, 255, 255)"
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Large and bright")).to_be_visible()
