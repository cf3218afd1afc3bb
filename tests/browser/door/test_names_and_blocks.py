"""What is sealed for a gate: looking people up by name, and passes to hand out."""

from __future__ import annotations

import secrets
from datetime import timedelta
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from passes_service.checkin import gates
from passes_service.checkin.gates import Enrolled
from passes_service.checkin.offline import blocks
from passes_service.db.models import Holder, Pass
from tests.browser.conftest import Live, picture, serious
from tests.browser.door.steps import cut, eventually, go_on, join, scan
from tests.checkin.evening import Evening


def named(night: Evening, email: str, name: str) -> None:
    """Issue a pass to somebody who has a name."""
    held = night.issue(email)
    with night.services.database.transaction() as session:
        row = session.get_one(Holder, (night.organizer_id, held.row.holder_id))
        row.name = name
        session.add(row)


@pytest.fixture
def desk(night: Evening) -> Enrolled:
    """A gate that may search by name."""
    with night.services.database.transaction() as session:
        return gates.enrol(
            session,
            organizer_id=night.organizer_id,
            name="Guest desk",
            session_ids=[],
            may_search_names=True,
            random=secrets.token_bytes(32),
            now=night.services.clock(),
        )


def enter_at(page: Page, live: Live, gate: Enrolled, passes: str) -> None:
    page.goto(f"{live.origin}/door/enrol/{gate.token}")
    page.get_by_role("button", name="Use this phone").click()
    expect(page.locator("#facts")).to_contain_text(passes)


def test_name_leads_to_the_pass_without_a_network(
    page: Page, live: Live, night: Evening, desk: Enrolled
) -> None:
    named(night, "zoe@example.org", "Zoë Ångström")
    named(night, "zora@example.org", "Zora Neale")
    enter_at(page, live, desk, "2 passes")
    cut(page)
    field = page.get_by_label("Pass number or name, or hand scanner")

    field.fill("zo")
    expect(page.locator("#matches button")).to_have_count(2)
    picture(page, "alone-search")
    assert serious(page) == []
    field.fill("ang zo")
    page.get_by_role("button", name="Zoë Ångström").click()

    answer = page.get_by_role("alertdialog")
    expect(answer).to_contain_text("Come in")
    expect(answer).to_contain_text("Zoë Ångström")
    expect(answer).to_contain_text("compare the name")
    go_on(page)
    join(page)
    assert [one.typed for one in night.scans()] == [True]


def test_names_stay_on_this_phone_only_as_they_came_and_go_a_day_after(
    page: Page, live: Live, night: Evening, desk: Enrolled
) -> None:
    named(night, "zoe@example.org", "Zoë Ångström")
    enter_at(page, live, desk, "1 pass")
    eventually(page, KEPT, {"sealed": 1, "readable": False})

    live.clock.now = night.first.ends_at + timedelta(hours=24, seconds=1)
    page.reload()

    nights = [str(one.id) for one in night.made.sessions]
    eventually(page, SESSIONS, nights[1:2])  # that of the next evening has come instead


def test_gate_that_may_not_search_has_no_names(page: Page, live: Live, night: Evening) -> None:
    named(night, "zoe@example.org", "Zoë Ångström")
    enter_at(page, live, night.main, "1 pass")
    eventually(page, KEPT, {"sealed": 1, "readable": False})

    page.get_by_label("Pass number, or hand scanner").fill("zoe")

    expect(page.locator("#matches")).to_be_hidden()


def test_reserved_pass_is_handed_out_for_cash_and_comes_in(
    page: Page, live: Live, night: Evening
) -> None:
    enter_at(page, live, night.main, "0 passes")
    with night.services.database.transaction() as session:
        reserved = blocks.reserve(
            session,
            organizer_id=night.organizer_id,
            gate_id=night.main.gate.id,
            series_id=night.made.series.id,
            session_id=night.first.id,
            count=2,
            keys=night.services.keyring,
            now=live.clock(),
        )
        numbers, codes = [one.serial for one in reserved], [one.code for one in reserved]
    live.clock.now = live.clock() + timedelta(minutes=1)
    page.reload()
    expect(page.get_by_role("button", name="Hand out a pass (2 left)")).to_be_visible()
    cut(page)

    page.get_by_role("button", name="Hand out a pass").click()
    expect(page.get_by_label("Amount in EUR")).to_have_value("60.00")
    page.get_by_label("Name of the guest").fill("Ada")
    picture(page, "alone-hand-out")
    assert serious(page) == []
    page.get_by_role("button", name="Hand it out").click()
    expect(page.locator("#handout-code svg")).to_be_visible()
    shown = page.locator("#handout-code").screenshot()
    assert [one.text for one in zxingcpp.read_barcodes(Image.open(BytesIO(shown)))] == codes[:1]
    picture(page, "alone-handed-out")
    assert serious(page) == []
    page.get_by_role("button", name="Let them in now").click()
    expect(page.locator("#word")).to_have_text("Come in")
    go_on(page)
    scan(page, codes[0], "Duplicate")
    go_on(page)
    scan(page, codes[1], "Come in")  # another gate may have handed it out
    go_on(page)
    expect(page.get_by_role("button", name="Hand out a pass (1 left)")).to_be_visible()
    join(page)

    with Session(night.services.database.reader) as session:
        (sold,) = session.exec(select(Pass)).all()
        guest = session.get_one(Holder, (night.organizer_id, sold.holder_id))
    assert (sold.serial, sold.paid_minor, guest.name) == (numbers[0], 6000, "Ada")
    assert len(night.admissions()) == 1


SESSIONS = """async () => {
  const store = await import('/static/door/store.js');
  return (await store.pairs('sealed')).map(([session]) => session);
}"""
KEPT = """async () => {
  const store = await import('/static/door/store.js');
  const sealed = await store.all('sealed');
  const text = sealed.map((one) => new TextDecoder('latin1').decode(one.bytes)).join('');
  return { sealed: sealed.length, readable: text.includes('ngstr') };
}"""
