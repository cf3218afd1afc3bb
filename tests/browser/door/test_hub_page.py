"""What the page asks a hub, and what it does when that is silent; test_hub.py has a real one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Live, picture
from tests.browser.door.steps import enter_with_list, go_on, scan
from tests.checkin.evening import Evening

HUB = {"EventPass-Hub": "Cellar%20bar"}


@dataclass
class FakeHub:
    """What a hub answers when the service behind it is out of reach."""

    silent: bool = False
    claims: list[dict[str, Any]] = field(default_factory=list)
    pushed: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)

    def stand_before(self, page: Page) -> None:
        page.route("**/api/v1/**", lambda route: route.fulfill(status=503, headers=HUB, body="{}"))
        page.route("**/hub/v1/claims", self.claim)
        page.route("**/hub/v1/entries*", self.entries)

    def claim(self, route: Route) -> None:
        self.claims.append(json.loads(route.request.post_data or "{}"))
        if not self.silent:
            route.fulfill(headers=HUB, json={"granted": True})

    def entries(self, route: Route) -> None:
        if route.request.method == "POST":
            self.pushed += json.loads(route.request.post_data or "{}")["entries"]
            route.fulfill(headers=HUB, json={})
            return
        route.fulfill(headers=HUB, json={"cursor": 1, "entries": self.others})


def test_hub_is_asked_before_anybody_comes_in_and_told_after(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night)
    hub = FakeHub()
    hub.stand_before(page)

    scan(page, code, "Come in")

    expect(page.get_by_role("alertdialog")).to_contain_text("Checked at hub Cellar bar")
    expect(page.locator("#line")).to_contain_text("Hub Cellar bar, offline since")
    (claim,) = hub.claims
    assert (claim["session"], claim["number"]) == (str(night.first.id), 1)
    assert claim["scope"] == f"session:{night.first.id}"
    go_on(page)
    picture(page, "hub-desk")
    expect(page.locator("#recent")).to_contain_text("at hub Cellar bar")
    said = json.loads(hub.pushed[0]["entry"])
    assert (said["via"], said["nonce"]) == ("hub", claim["nonce"])


def test_hub_that_is_silent_holds_the_queue_up_once(page: Page, live: Live, night: Evening) -> None:
    codes = [night.code(night.issue(f"fan{number}@example.org")) for number in range(2)]
    enter_with_list(page, live, night, 2)
    hub = FakeHub(silent=True)
    hub.stand_before(page)
    page.route("**/hub/v1/entries*", lambda route: route.abort())

    for code in codes:
        scan(page, code, "Come in")
        expect(page.get_by_role("alertdialog")).to_contain_text("Checked without network")
        go_on(page)

    assert len(hub.claims) == 1


def test_what_others_did_is_known_without_asking(page: Page, live: Live, night: Evening) -> None:
    held = night.issue()
    enter_with_list(page, live, night)
    entry = {
        "v": 1,
        "gate": str(night.organizer_id),
        "sequence": 1,
        "kind": "enter",
        "session": str(night.first.id),
        "nonce": "a" * 16,
        "pass": str(held.row.pass_id),
        "at": int(live.clock().timestamp() * 1000),
        "offset": 0,
        "code": "ADMIT_PROVISIONAL",
        "forced": "",
    }
    hub = FakeHub(others=[{"gate_name": "East", "entry": json.dumps(entry)}])
    with page.expect_response("**/hub/v1/entries*", timeout=15_000):
        hub.stand_before(page)
        page.evaluate("window.dispatchEvent(new Event('online'))")  # it asks at its next beat
    page.wait_for_timeout(300)

    scan(page, night.code(held), "Duplicate")

    expect(page.get_by_role("alertdialog")).to_contain_text("at East")
    assert hub.claims == []
