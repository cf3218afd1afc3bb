"""Setting passes aside for a gate in a real browser, on phones and in the dark."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from passes_service.db.models import ReservedPass
from passes_service.passes import reserved
from passes_service.web.app import create_app
from passes_service.web.deps import STAFF_COOKIE
from tests.browser.conftest import Live
from tests.browser.test_gates_page import fits
from tests.checkin.evening import evening
from tests.checkin.offline.lone_gate import lone_gate
from tests.web.pages.stage import sign_in


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width"), [("phone", 390), ("desk", 1280)])
def test_passes_are_set_aside_and_what_became_of_them_is_shown(
    live: Live, browser: Browser, size: str, width: int, scheme: str
) -> None:
    night = evening(live.services, live.clock, slug="blocks", cap=40)
    gate = lone_gate(TestClient(create_app(live.services)), night, "Side door")
    with live.services.database.transaction() as session:
        token = sign_in(session, live.services, night.organizer_id, "staff", night.made.owner.id)
    context = browser.new_context(
        viewport={"width": width, "height": 1000},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
    )
    context.add_cookies([{"name": STAFF_COOKIE, "value": token, "url": live.origin}])
    page = context.new_page()
    page.goto(f"{live.origin}/org/gates")
    page.get_by_role("link", name="Side door").click()
    fits(page, f"gate-empty-{size}-{scheme}")
    page.get_by_label("How many").fill("12")
    page.get_by_role("button", name="Set them aside").click()
    block = page.get_by_role("region", name="Season pass for Evening 1").first
    expect(block).to_contain_text("12: number 1 to 12")

    rows = night.every(ReservedPass)  # type: ignore[type-var]  # every table has an id
    sold: dict[str, Any]
    for row, paid in zip(rows[:3], (6_000, 6_000, 0), strict=True):
        number = str((1 << 96) | (night.made.series.series_no << 32) | row.serial)
        currency = "EUR" if paid else ""
        sold = {"pass": number, "epoch": 1, "code": "SOLD", "paid_minor": paid}
        gate.write("sale", currency=currency, **sold)
    gate.results()
    page.reload()
    expect(block).to_contain_text("3, for EUR 120.00 in cash")
    fits(page, f"gate-block-{size}-{scheme}")
    live.clock.now = rows[0].expires_at + timedelta(minutes=1)
    with live.services.database.transaction() as session:
        reserved.give_back(session, now=live.clock())
    night.issue("late@example.org")
    page.reload()
    page.get_by_text("Each number").click()
    expect(page.get_by_role("link", name="Handed out")).to_have_count(3)
    fits(page, f"gate-came-back-{size}-{scheme}")
    context.close()
