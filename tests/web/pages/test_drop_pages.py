"""The pages of a Drop and its orders, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from passes_service.bootstrap import Services
from tests.drops import ground
from tests.drops.ground import Made
from tests.season import Season, season
from tests.web.pages.conftest import Browser

PAGE = "/o/nocturne/drops/the-drop"


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def guest(open_browser: Callable[[str, str], Browser]) -> Browser:
    """A browser that nobody has signed in."""
    return open_browser("nothing", "here")


def key_of(text: str, action: str) -> str:
    """Return the Idempotency-Key of the form that goes to an address ending so."""
    found = re.search(rf'action="[^"]*{action}".*?name="_key" value="([^"]+)"', text, re.DOTALL)
    assert found is not None, action
    return found[1]


def press(browser: Browser, key: str = "", **more: str) -> str:
    """Press the button of the Drop and return where it leads."""
    named = key or key_of(browser.get(PAGE).text, "the-drop")
    answer = browser.client.post(
        PAGE, data={"_key": named, **more}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def send(browser: Browser, path: str, tail: str, **values: str) -> tuple[int, str]:
    """Send a form of an order's page."""
    key = key_of(browser.get(path).text, tail)
    answer = browser.client.post(
        path + tail, data={"_key": key, **values}, headers={"Accept": "text/html"}
    )
    return answer.status_code, answer.text


class TestAGuest:
    def test_holds_names_gets_it_free_and_has_a_receipt(
        self, services: Services, made: Season, guest: Browser
    ) -> None:
        free(services, made)
        text = guest.get(PAGE).text
        assert "5 of 5 left" in text
        assert "It can change hands at most" in text or "You can transfer this pass" in text

        path = press(guest)
        assert "held for you" in guest.get(path).text
        assert send(guest, path, "/name", email="lea@example.org", name="Lea")[0] == 303
        shown = guest.get(path).text
        assert "lea@example.org" in shown
        assert send(guest, path, "/pay", way="free", total="0")[0] == 303

        done = guest.get(path)
        assert "Your pass is issued." in done.text
        assert done.headers["cache-control"] == "no-store"
        receipt = guest.get(f"{path}/receipt").text
        assert made.series.terms_hash in receipt
        assert "1 of 5" in receipt
        assert "<svg" not in receipt


def free(services: Services, made: Season, **more: object) -> Made:
    """A Drop that costs nothing."""
    return ground.drop(services, made, prices={"EUR": 0}, **more)  # type: ignore[arg-type]
