"""The door report in a real browser: a plot that can be read, on phones and in the dark."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from passes_service.checkin import gates
from passes_service.web.deps import STAFF_COOKIE
from tests.browser.conftest import Live, picture, serious
from tests.checkin.evening import Evening, evening
from tests.web.pages.stage import sign_in

PEOPLE = 90


@pytest.fixture
def night(live: Live) -> tuple[Evening, str]:
    """An evening on which most of ninety came, at two gates, some twice."""
    night = evening(live.services, live.clock, slug="cellar", cap=200)
    dice = random.Random(7)
    side = gates.ref(night.enrol("Side door").gate)
    held = [night.issue(f"fan{n}@example.org") for n in range(PEOPLE)]
    owner = night.made.owner
    with live.services.database.transaction() as session:
        token = sign_in(session, live.services, night.organizer_id, "staff", owner.id)
    for number, one in enumerate(held[: PEOPLE - 12]):
        live.clock.now = night.first.starts_at + timedelta(seconds=25 * number - 600)
        gate = side if dice.random() < 0.4 else night.gate
        night.scan(night.code(one), gate=gate)
        if dice.random() < 0.1:
            night.scan(night.code(one), gate=gate)
        if dice.random() < 0.05:
            night.scan("https://example.org/a-poster", gate=gate)
    return night, token


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width"), [("phone", 390), ("desk", 1280)])
def test_the_report_fits_and_can_be_read(
    live: Live, browser: Browser, night: tuple[Evening, str], size: str, width: int, scheme: str
) -> None:
    made, token = night
    context = browser.new_context(
        viewport={"width": width, "height": 1000},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
    )
    context.add_cookies([{"name": STAFF_COOKIE, "value": token, "url": live.origin}])
    page = context.new_page()
    page.goto(f"{live.origin}/org/sessions/{made.first.id}")
    page.get_by_role("link", name="The door: who came").click()
    expect(page.get_by_role("heading", name="The door")).to_be_visible()
    expect(page.get_by_text(f"of {PEOPLE}")).to_be_visible()
    plot = page.get_by_role("img", name="Admissions and refusals over time")
    box = plot.bounding_box()
    assert box is not None
    assert box["height"] > 60
    assert page.locator("rect.admitted").count() > 20
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("region", name="Over time")).to_be_visible()
    assert serious(page) == []
    page.get_by_text("The same as a table").click()
    picture(page, f"door-report-{size}-{scheme}")
    context.close()
