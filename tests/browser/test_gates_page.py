"""Making a gate in a real browser: a form, a link shown once, a list, on phones and in the dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from passes_service.web.deps import STAFF_COOKIE
from tests.browser.conftest import Live, picture, serious
from tests.checkin.evening import Evening, evening
from tests.web.pages.stage import sign_in


@pytest.fixture
def night(live: Live) -> tuple[Evening, str]:
    """An evening with one gate that scanned, and the owner's login."""
    night = evening(live.services, live.clock, slug="gates")
    night.scan(night.code(night.issue()))
    with live.services.database.transaction() as session:
        owner = night.made.owner.id
        return night, sign_in(session, live.services, night.organizer_id, "staff", owner)


def fits(page: Page, name: str) -> None:
    """Check that nothing is cut off or hard to read, and keep a picture."""
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert serious(page) == []
    picture(page, name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width"), [("phone", 390), ("desk", 1280)])
def test_a_gate_is_made_shown_once_and_revoked(
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
    page.goto(f"{live.origin}/org/sessions/{made.first.id}/door")
    page.get_by_role("link", name="Gates: make one for this session").click()
    expect(page.get_by_role("checkbox", name="Evening 1")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Evening 2")).not_to_be_checked()
    page.get_by_label("Name", exact=True).fill("Side door")
    page.get_by_role("checkbox", name="May look people up by name").check()
    fits(page, f"gates-{size}-{scheme}")
    page.get_by_role("button", name="Make the gate").click()
    expect(page.get_by_role("heading", name="“Side door” needs a phone")).to_be_visible()
    expect(page.get_by_role("img", name="Enrolment link of Side door")).to_be_visible()
    link = page.locator("#link").inner_text()
    assert re.fullmatch(re.escape(live.origin) + r"/door/enrol/ps_gate_[A-Za-z0-9_-]{64}", link)
    fits(page, f"gate-link-{size}-{scheme}")
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("its link has not been opened on a phone")).to_be_visible()
    assert link.rsplit("/", 1)[1] not in page.content()
    page.get_by_role("button", name="Revoke Side door").click()
    page.get_by_text("Revoked: 1").click()
    expect(page.get_by_text("For “Evening 1”; may look people up by name.")).to_be_visible()
    fits(page, f"gates-revoked-{size}-{scheme}")
    page.goto(link)
    expect(page.get_by_role("heading", name="This link opens nothing")).to_be_visible()
    fits(page, f"gate-link-gone-{size}-{scheme}")
    context.close()
