"""What a gate's phone does not keep: entries that the service has had for a week."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.conftest import Live
from tests.browser.door.steps import cut, enter_with_list, go_on, join, scan
from tests.checkin.evening import Evening

DAY = 86_400
PRUNE = """async (now) => {
  const [log, store] = [await import('/static/door/log.js'), await import('/static/door/store.js')];
  return [await log.prune(now), (await store.all('log')).length];
}"""


def test_phone_forgets_a_week_later_what_the_service_has_and_its_chain_goes_on(
    page: Page, live: Live, night: Evening
) -> None:
    codes = [night.code(night.issue(f"fan{number}@example.org")) for number in range(3)]
    enter_with_list(page, live, night, 3)
    now = live.clock().timestamp()
    cut(page)
    for code in codes:
        scan(page, code, "Come in")
        go_on(page)
    assert page.evaluate(PRUNE, now + 30 * DAY) == [0, 3]  # the service has none of it yet
    join(page)

    assert page.evaluate(PRUNE, now + 6 * DAY) == [0, 3]
    assert page.evaluate(PRUNE, now + 8 * DAY) == [2, 1]
    cut(page)
    scan(page, codes[0], "Duplicate")
    go_on(page)
    join(page)
    assert [one.sequence for one in night.scans()] == [1, 2, 3, 4]
