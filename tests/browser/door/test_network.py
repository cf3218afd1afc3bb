"""Without a network or a credential the page says so plainly, and loses nothing.

Gates with keys of their own decide alone: test_alone.py."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, Route, expect

from passes_service.checkin import gates
from tests.browser.conftest import Live, picture, serious
from tests.browser.door.steps import type_number
from tests.checkin.evening import Evening


def test_lost_network_says_so_keeps_the_text_and_repeats_the_same_scan(
    keyless: Page, night: Evening
) -> None:
    night.issue()
    sent: list[str] = []

    def answer_is_lost(route: Route) -> None:
        """Let the request through and drop what comes back: the worst case."""
        sent.append(str(json.loads(route.request.post_data or "{}")["nonce"]))
        route.fetch()
        route.abort()

    keyless.route("**/api/v1/check-ins", answer_is_lost)
    type_number(keyless, "1")
    expect(keyless.get_by_role("heading", name=re.compile("No connection"))).to_be_visible()
    expect(keyless.locator("#line")).to_contain_text("No connection since")
    expect(keyless.get_by_label("Pass number, or hand scanner")).to_have_value("1")
    expect(keyless.get_by_role("alertdialog")).to_be_hidden()
    picture(keyless, "door-no-network")
    keyless.unroute("**/api/v1/check-ins")

    keyless.get_by_role("button", name="Try now").click()

    expect(keyless.get_by_role("alertdialog")).to_have_class("result go")
    assert len(set(sent)) == 1
    assert len(night.admissions()) == len(night.scans()) == 1


def test_scan_without_an_answer_outlives_a_reload(keyless: Page, night: Evening) -> None:
    night.issue()
    keyless.route("**/api/v1/check-ins", lambda route: route.abort())
    type_number(keyless, "1")
    expect(keyless.get_by_role("heading", name=re.compile("No connection"))).to_be_visible()
    keyless.unroute("**/api/v1/check-ins")

    keyless.reload()

    expect(keyless.get_by_role("alertdialog")).to_have_class("result go")
    assert len(night.scans()) == 1


def test_scan_that_was_left_is_the_same_scan_when_asked_again(
    keyless: Page, night: Evening
) -> None:
    night.issue()

    def lost(route: Route) -> None:
        route.fetch()
        route.abort()

    keyless.route("**/api/v1/check-ins", lost)
    type_number(keyless, "1")
    keyless.get_by_role("button", name="Leave it").click()
    expect(keyless.get_by_label("Pass number, or hand scanner")).to_have_value("1")
    keyless.unroute("**/api/v1/check-ins")
    keyless.get_by_role("button", name="Check").click()

    expect(keyless.get_by_role("alertdialog")).to_have_class("result go")
    assert len(night.scans()) == 1


def test_revoked_gate_says_so_and_stops(door: Page, live: Live, night: Evening) -> None:
    with live.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=night.main.gate.id,
            now=live.clock(),
        )

    door.evaluate("window.dispatchEvent(new Event('online'))")  # it asks at its next beat

    expect(door.get_by_role("heading", name="This gate was revoked")).to_be_visible()
    expect(door.get_by_role("button", name="Check")).to_be_hidden()
    picture(door, "door-revoked")


def test_phone_that_is_no_gate_is_told_what_to_do(page: Page, live: Live) -> None:
    page.goto(f"{live.origin}/door")

    expect(page.get_by_role("heading", name="This phone is not a gate yet")).to_be_visible()
    assert serious(page) == []
    picture(page, "door-signed-out")


def test_unknown_enrolment_link_enrols_nothing(page: Page, live: Live) -> None:
    page.goto(f"{live.origin}/door/enrol/ps_gate_{'A' * 64}")

    expect(page.get_by_role("button", name="Use this phone")).to_have_count(0)


def test_enrolment_link_does_not_stay_in_the_address(door: Page, night: Evening) -> None:
    assert door.url.endswith("/door")
    door.go_back()
    assert night.main.token not in door.url
