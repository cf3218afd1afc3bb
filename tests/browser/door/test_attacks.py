"""What must not work without a network: pictures of codes, old and forged lists, wrong clocks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Live, picture
from tests.browser.door.steps import cut, enter, enter_with_list, eventually, go_on, join, scan
from tests.checkin.evening import Evening
from tests.phones import Phone

AHEAD = """(() => {
  const real = Date.now, Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) { super(...(given.length ? given : [real() + %d])); }
    static now() { return real() + %d; }
  };
})()"""


def test_picture_of_a_live_code_is_out_of_date_a_minute_later(
    page: Page, live: Live, night: Evening
) -> None:
    phone, held = Phone(), night.issue()
    tonight = live.clock()
    live.clock.now = tonight - timedelta(days=1)
    phone.bind(night.services, held)
    live.clock.now = tonight
    held = night.again(held)
    paper = night.code(night.issue("other@example.org"))
    enter_with_list(page, live, night, 2)
    cut(page)

    def shown(seconds: int) -> str:
        made = live.clock() - timedelta(seconds=seconds)
        return phone.code(held, held.row.epoch, made)

    scan(page, shown(60), "Old code")
    expect(page.get_by_role("alertdialog")).to_contain_text("not a picture")
    picture(page, "alone-stale")
    go_on(page)
    scan(page, shown(2), "Come in")
    go_on(page)
    scan(page, paper, "Come in")
    go_on(page)
    join(page)
    assert len(night.admissions()) == 2


@pytest.mark.parametrize("minutes", [10, -10])
def test_phone_with_a_wrong_clock_decides_by_the_services(
    page: Page, live: Live, night: Evening, minutes: int
) -> None:
    page.add_init_script(AHEAD % (minutes * 60_000, minutes * 60_000))
    code = night.code(night.issue())
    live.clock.now = night.first.starts_at - timedelta(minutes=30, seconds=-20)  # 20 s after doors
    enter_with_list(page, live, night)
    cut(page)

    scan(page, code, "Come in")
    go_on(page)
    came = live.clock()
    join(page)

    (entry,) = night.admissions()
    assert abs(entry.created_at - came) < timedelta(seconds=10)
    assert entry.conflict_code == ""


def test_old_list_played_again_leaves_the_newer_one(page: Page, live: Live, night: Evening) -> None:
    held = night.issue()
    enter_with_list(page, live, night)
    old = page.evaluate(FETCH, str(night.first.id))
    night.scan(night.code(held))
    live.clock.now = live.clock() + timedelta(minutes=1)
    page.reload()
    eventually(page, SEQUENCE, 2)

    page.route("**/gate/bundles/*?since=*", lambda route: answer(route, old))
    page.reload()

    expect(page.locator("#limits")).to_contain_text("A list was refused: This list is older")
    assert page.evaluate(SEQUENCE) == 2
    cut(page)
    scan(page, night.code(held), "Duplicate")


def test_forged_list_is_never_used(page: Page, live: Live, night: Evening) -> None:
    code = night.code(night.issue())

    def forged(route: Route) -> None:
        body = bytearray(route.fetch().body())
        body[-1] ^= 1
        answer(route, list(body))

    page.route("**/gate/bundles/*", forged)
    enter(page, live, night)

    expect(page.locator("#limits")).to_contain_text("not signed by the service of this gate")
    picture(page, "alone-forged-list")
    page.context.set_offline(True)
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="this scan has no answer yet")).to_be_visible()
    expect(page.get_by_role("alertdialog")).to_be_hidden()


def test_phone_whose_storage_was_wiped_is_told_what_to_do(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night)
    page.goto(f"{live.origin}/static/favicon.svg")  # nothing is open there
    page.evaluate(WIPE)

    page.goto(f"{live.origin}/door")
    expect(page.locator("#limits")).to_contain_text("The keys of this gate are gone")
    picture(page, "alone-keys-gone")
    scan(page, code, "Admit")
    go_on(page)
    page.evaluate("localStorage.clear()")
    page.reload()

    expect(page.get_by_role("heading", name="This phone is not a gate yet")).to_be_visible()
    expect(page.locator("#signin")).to_contain_text("its browser has deleted the data")
    page.goto(f"{live.origin}/door/enrol/{night.main.token}")
    expect(page.get_by_text("used by another phone")).to_be_visible()
    expect(page.get_by_role("button", name="Use this phone")).to_have_count(0)
    page.wait_for_timeout(300)
    expect(page.locator("#enrol")).to_be_hidden()


def test_nobody_comes_in_whom_the_phone_cannot_write_down(
    page: Page, live: Live, night: Evening
) -> None:
    code = night.code(night.issue())
    enter_with_list(page, live, night)
    cut(page)
    page.evaluate(FULL)

    scan(page, code, "Not checked")

    answer = page.get_by_role("alertdialog")
    expect(answer).to_have_class("result hold")
    expect(answer).to_contain_text("could not write the scan down")
    picture(page, "alone-not-written")
    go_on(page)
    expect(page.locator("#inside")).to_have_text("0")


def test_link_makes_one_phone_the_gate_and_lets_that_one_go_on(
    page: Page, live: Live, night: Evening, browser: Browser
) -> None:
    enter(page, live, night)

    page.goto(f"{live.origin}/door/enrol/{night.main.token}")
    page.get_by_role("button", name="Go on as “Main door”").click()
    expect(page.get_by_text("Online", exact=True)).to_be_visible()

    other = browser.new_page()
    other.goto(f"{live.origin}/door/enrol/{night.main.token}")
    expect(other.get_by_text("used by another phone")).to_be_visible()
    other.close()


def test_lost_answer_to_the_enrolment_is_asked_for_again_with_the_same_keys(
    page: Page, live: Live, night: Evening
) -> None:
    sent: list[str] = []

    def lost(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "{}")["public_key"])
        route.fetch()
        route.abort()

    page.route("**/gates/enrolments", lost)
    page.goto(f"{live.origin}/door/enrol/{night.main.token}")
    page.get_by_role("button", name="Use this phone").click()
    expect(page.get_by_role("alert")).to_contain_text("safe to repeat")
    page.unroute("**/gates/enrolments")
    page.reload()  # the link is used up by now: this phone alone may go on

    page.get_by_role("button", name="Go on as “Main door”").click()

    expect(page.get_by_text("Online", exact=True)).to_be_visible()
    kept = page.evaluate("import('/static/door/identity.js').then(one => one.load())")
    assert kept["gate"]["name"] == "Main door"
    assert len(sent) == 1


FULL = """() => {
  IDBObjectStore.prototype.add = () => { throw new DOMException('No room', 'QuotaExceededError') };
}"""
WIPE = """() => new Promise((done) => {
  indexedDB.deleteDatabase('door-gate').onsuccess = done;
})"""
FETCH = """async (session) => {
  const api = await import('/static/door/api.js');
  return Array.from(await api.bundles(session, null));
}"""
SEQUENCE = """async () => {
  const store = await import('/static/door/store.js');
  return (await store.all('bundles'))[0]?.header.sequence;
}"""


def answer(route: Route, body: list[int]) -> None:
    route.fulfill(status=200, body=bytes(body), content_type="application/vnd.eventpass.bundles")
