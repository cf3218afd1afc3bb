"""A gate without a network: it decides by its list, writes it down, and brings it back."""

from __future__ import annotations

import json
import re
import time

from playwright.sync_api import Page, Route, expect

from passes_service.checkin import gates
from passes_service.db.models import CalendarSession
from tests.browser.conftest import Live, picture, serious
from tests.browser.door.steps import (
    cut,
    enter_with_list,
    eventually,
    go_on,
    join,
    scan,
    type_number,
)
from tests.checkin.evening import Evening


def test_gate_lets_in_alone_once_and_the_service_has_it_later(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night, 1)
    cut(page)

    scan(page, code, "Come in")
    answer = page.get_by_role("alertdialog")
    expect(answer).to_have_class("result go ring")
    expect(answer).to_contain_text("Checked without network")
    picture(page, "alone-come-in")
    go_on(page)
    scan(page, code, "Duplicate")
    expect(answer).to_contain_text(re.compile(r"already came in at \d\d:\d\d at Main door"))
    picture(page, "alone-duplicate")
    go_on(page)
    expect(page.locator("#facts")).to_contain_text("2 scans waiting")
    expect(page.locator("#inside")).to_have_text("1")
    expect(page.locator("#refused")).to_have_text("1")
    picture(page, "alone-desk")
    assert night.scans() == []
    join(page)

    (entry,) = night.admissions()
    assert (entry.via, entry.conflict_code) == ("alone", "")
    assert [one.code for one in night.scans()] == ["ADMIT_PROVISIONAL", "DUPLICATE"]
    expect(page.locator("#inside")).to_have_text("1")


def test_answer_that_came_too_late_is_the_same_scan(page: Page, live: Live, night: Evening) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night, 1)
    nonces: list[str] = []

    def lost(route: Route) -> None:
        nonces.append(str(json.loads(route.request.post_data or "{}")["nonce"]))
        route.fetch()  # the service decides, and nobody hears of it
        route.abort()

    page.route("**/api/v1/check-ins", lost)
    scan(page, code, "Come in")
    go_on(page)
    expect(page.locator("#facts")).not_to_contain_text("waiting")

    assert len(nonces) == len(night.admissions()) == len(night.scans()) == 1
    assert night.admissions()[0].conflict_code == ""


def test_service_that_does_not_answer_is_waited_for_a_moment_only(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night, 1)
    page.route("**/api/v1/check-ins", lambda _: None)  # never answered
    began = time.monotonic()

    scan(page, code, "Come in")

    assert time.monotonic() - began < 5


def test_what_the_service_said_holds_when_the_network_goes(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night, 1)
    scan(page, code, "Admit")
    go_on(page)
    cut(page)

    scan(page, code, "Duplicate")
    go_on(page)
    page.get_by_label("Going out").check()
    scan(page, code, "Goodbye")
    go_on(page)
    expect(page.locator("#left")).to_have_text("1")
    join(page)

    (entry,) = night.admissions()
    assert entry.exited_at is not None


def test_reload_without_a_network_keeps_list_and_log(
    page: Page, live: Live, night: Evening
) -> None:
    first, second = night.code(night.issue()), night.code(night.issue("other@example.org"))
    enter_with_list(page, live, night, 2)
    eventually(page, "navigator.serviceWorker.controller !== null", True)
    cut(page)
    scan(page, first, "Come in")

    page.reload()

    expect(page.locator("#line")).to_contain_text("Offline since")
    expect(page.locator("#facts")).to_contain_text("2 passes")
    expect(page.locator("#recent")).to_contain_text("1 of 5")
    scan(page, first, "Duplicate")
    go_on(page)
    scan(page, second, "Come in")
    go_on(page)
    join(page)
    assert len(night.admissions()) == 2


def test_undo_and_letting_in_anyway_without_a_network(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    night.issue("other@example.org")
    enter_with_list(page, live, night, 2)
    cut(page)
    scan(page, code, "Come in")
    go_on(page)

    undo = page.get_by_role("button", name=re.compile("Undo"))
    undo.click()
    undo.click()
    expect(page.locator("#recent")).to_contain_text("Undone")
    scan(page, code, "Come in")
    go_on(page)
    scan(page, code, "Duplicate")
    page.get_by_role("button", name="Let in anyway").click()
    page.get_by_label("Why let them in?").select_option("They only stepped out")
    page.get_by_role("button", name="Let in, and record it").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("as the host decided")
    go_on(page)
    type_number(page, "2")
    expect(page.get_by_role("alertdialog")).to_contain_text("please ask for the name")
    go_on(page)
    expect(page.locator("#inside")).to_have_text("3")
    join(page)

    counted = [one for one in night.admissions() if one.annulled_at is None]
    assert len(night.admissions()) == 4
    assert sorted(one.force_reason for one in counted) == ["", "", "They only stepped out"]


def test_same_code_at_two_gates_is_named_with_both(page: Page, live: Live, night: Evening) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night, 1)
    other = page.context.browser.new_context(locale="en-GB")  # type: ignore[union-attr]
    east = other.new_page()
    side = night.enrol("East")
    east.goto(f"{live.origin}/door/enrol/{side.token}")
    east.get_by_role("button", name="Use this phone").click()
    expect(east.locator("#facts")).to_contain_text("1 pass")
    cut(page)
    cut(east)
    scan(page, code, "Come in")
    go_on(page)
    scan(east, code, "Come in")
    go_on(east)

    join(page)
    join(east)

    found = east.locator("#findings")
    expect(found).to_contain_text("at Main door, also without a network")
    picture(east, "alone-conflict")
    expect(page.locator("#findings")).to_be_hidden()
    east.get_by_role("button", name="I have read this").click()
    expect(found).to_be_hidden()
    assert sorted(one.conflict_code for one in night.admissions()) == ["", "DUPLICATE"]
    other.close()


def test_room_that_may_be_full_is_said_and_not_decided_alone(
    page: Page, live: Live, night: Evening
) -> None:
    codes = [night.code(night.issue(f"fan{number}@example.org")) for number in range(2)]
    with live.services.database.transaction() as session:
        room = session.get_one(CalendarSession, (night.organizer_id, night.first.id))
        room.capacity = 1
        session.add(room)
    enter_with_list(page, live, night, 2)
    cut(page)

    scan(page, codes[0], "Come in")
    go_on(page)
    scan(page, codes[1], "Come in")

    expect(page.get_by_role("alertdialog")).to_contain_text("may be full: 2 of 1")
    go_on(page)
    expect(page.locator("#inside")).to_have_text("2 / 1")


def test_upload_that_was_cut_short_goes_on_and_changes_nothing(
    page: Page, live: Live, night: Evening
) -> None:
    codes = [night.code(night.issue(f"fan{number}@example.org")) for number in range(4)]
    enter_with_list(page, live, night, 4)
    cut(page)
    for code in codes:
        scan(page, code, "Come in")
        go_on(page)
    sent: list[int] = []

    def unreliable(route: Route) -> None:
        entries = json.loads(route.request.post_data or "{}")["entries"]
        sent.append(len(entries))
        if len(sent) == 1:  # half of it arrives, and the answer is lost
            route.fetch(post_data=json.dumps({"entries": entries[2:]}))
            route.abort()
        elif len(sent) == 2:  # all of it arrives, and the answer is lost
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/gate/entries", unreliable)
    page.context.set_offline(False)
    expect(page.locator("#facts")).not_to_contain_text("waiting", timeout=20_000)

    assert sent == [4, 4, 4]
    assert [one.sequence for one in night.scans()] == [3, 4, 1, 2]
    assert [one.conflict_code for one in night.admissions()] == [""] * 4


def test_revoked_gate_stops_and_still_hands_its_log_over(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night, 1)
    cut(page)
    scan(page, code, "Come in")
    go_on(page)
    with live.services.database.transaction() as session:
        gates.revoke(
            session, organizer_id=night.organizer_id, gate_id=night.main.gate.id, now=live.clock()
        )

    page.context.set_offline(False)

    expect(page.get_by_role("heading", name="This gate was revoked")).to_be_visible()
    eventually(page, f"({COUNT})('log', one => one.sent === null)", 0)
    assert page.evaluate(f"({COUNT})('log', one => one.sent.state === 'quarantined')") == 1
    assert page.evaluate(f"({COUNT})('bundles', () => true)") == 0
    assert page.evaluate(f"({COUNT})('sealed', () => true)") == 0
    assert night.admissions() == []
    page.reload()
    expect(page.get_by_role("heading", name="This gate was revoked")).to_be_visible()


COUNT = """async (name, which) => {
  const store = await import('/static/door/store.js');
  return (await store.all(name)).filter(which).length;
}"""


def test_alone_is_fit_for_everyone(page: Page, live: Live, night: Evening) -> None:
    page.emulate_media(color_scheme="dark")
    code = night.code(night.issue())
    enter_with_list(page, live, night, 1)
    cut(page)
    assert serious(page) == []
    for word in ("Come in", "Duplicate"):
        scan(page, code, word)
        page.wait_for_timeout(250)  # the mark has popped
        assert serious(page) == []
        picture(page, f"alone-{word.split()[0].lower()}-dark")
        go_on(page)
    picture(page, "alone-desk-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
