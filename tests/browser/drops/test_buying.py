"""Buying in a Drop in a real Chromium: with and without a script, as a guest and as a member."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from passes_service.db.models import Order, Payment
from tests.browser.conftest import Live, serious
from tests.browser.drops import ground as stage
from tests.browser.drops.conftest import Open
from tests.browser.drops.ground import MEMBER, Sale
from tests.checkout import ground as tills
from tests.drops import ground
from tests.season import Season
from tests.web.pages.drops.stage import coupon

both = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


def orders(sale: Sale) -> list[Order]:
    with sale.services.database.reading() as session:
        return list(session.exec(select(Order)))


def press(page: Page) -> None:
    """Press the button of the Drop and come to the order."""
    page.get_by_role("button", name="Get it").click()
    expect(page.get_by_role("heading", name="Your order")).to_be_visible()


def name(page: Page, email: str = MEMBER) -> None:
    """Say who gets the passes."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text(email).first).to_be_visible()


@both
class TestAGuest:
    def test_gets_a_free_pass_and_a_receipt(
        self, live: Live, made: Season, enter: Open, script: bool
    ) -> None:
        sale = stage.drop(live, made, quantity=3, prices={"EUR": 0})
        page = enter(sale.path, script=script)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        expect(page.get_by_text("3 of 3 left")).to_be_visible()
        press(page)
        name(page)
        page.get_by_role("button", name="Get it, free of charge").click()
        expect(page.get_by_text("Your pass is issued.")).to_be_visible()
        page.get_by_role("link", name="Receipt").click()
        expect(page.get_by_text(made.series.terms_hash).last).to_be_visible()
        page.go_back()
        page.get_by_role("button", name="Mail me a link to my passes").click()
        expect(page).to_have_url(f"{live.origin}/login/sent?organizer=nocturne")
        assert [line for line in said if "Content Security" in line] == []

    def test_a_code_that_does_not_fit_and_one_that_does(
        self, live: Live, made: Season, enter: Open, script: bool
    ) -> None:
        sale = stage.drop(live, made, quantity=3)
        coupon(live.services, made)
        page = enter(sale.path, script=script)
        press(page)
        page.get_by_label("E-mail address").fill(MEMBER)
        page.get_by_label("Code (optional)").fill("LATE")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("There is no such code for this Drop.")).to_be_visible()
        expect(page.get_by_label("Code (optional)")).to_have_value("LATE")
        expect(page.get_by_label("E-mail address")).to_have_value(MEMBER)
        if script:
            assert serious(page) == []
        page.get_by_label("Code (optional)").fill("early")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("Code EARLY, 50 % off")).to_be_visible()
        expect(page.get_by_role("button", name="Pay EUR 30.00")).to_be_visible()

    def test_a_price_that_changed_in_another_tab(
        self, live: Live, made: Season, enter: Open, script: bool
    ) -> None:
        sale = stage.drop(live, made, quantity=3)
        coupon(live.services, made)
        first = enter(sale.path, script=script)
        press(first)
        name(first)
        second = first.context.new_page()
        second.goto(first.url)
        second.get_by_text("Change the address").click()
        second.get_by_label("Code (optional)").fill("EARLY")
        second.get_by_role("button", name="Change").click()
        expect(second.get_by_role("button", name="Pay EUR 30.00")).to_be_visible()
        first.get_by_role("button", name="Pay EUR 60.00").click()
        expect(first.get_by_text("It is EUR 30.00 now")).to_be_visible()
        first.get_by_role("button", name="Pay EUR 30.00").click()
        expect(first.get_by_text("Waiting for the payment")).to_be_visible()

    def test_pressing_twice_reloading_and_going_back_make_one_order(
        self, live: Live, made: Season, enter: Open, script: bool
    ) -> None:
        sale = stage.drop(live, made, quantity=3)
        page = enter(sale.path, script=script)
        page.get_by_role("button", name="Get it").dblclick()
        expect(page.get_by_role("heading", name="Your order")).to_be_visible()
        address = page.url
        page.reload()
        page.go_back()
        expect(page.get_by_text("You hold 1 place")).to_be_visible()
        page.get_by_role("link", name="Go on with that order").click()
        expect(page).to_have_url(address.partition("?")[0])
        assert len(orders(sale)) == 1

    def test_places_that_went_while_looking(
        self, live: Live, made: Season, enter: Open, script: bool
    ) -> None:
        sale = stage.drop(live, made, quantity=1)
        page = enter(sale.path, script=script)
        expect(page.get_by_text("1 of 1 left")).to_be_visible()
        tills.hold(live.services, sale.made.drop)
        if not script:
            page.get_by_role("button", name="Get it").click()
        expect(page.get_by_text("The last one is held")).to_be_visible()
        expect(page.get_by_role("button", name="Get it")).to_have_count(0)
        ground.take(live.services, sale.made.stock, sold=1)
        if not script:
            page.get_by_role("link", name="load this page anew").click()
        expect(page.get_by_text("All 1 are sold")).to_be_visible()

    def test_a_hold_that_ends_while_the_page_is_open(
        self, live: Live, made: Season, enter: Open, script: bool
    ) -> None:
        sale = stage.drop(live, made, quantity=1)
        page = enter(script=script)
        if script:
            page.clock.install()
        page.goto(live.origin + sale.path)
        press(page)
        live.clock.now += timedelta(minutes=11)
        if script:
            page.clock.fast_forward("11:00")
        else:
            page.get_by_label("E-mail address").fill(MEMBER)
            page.get_by_role("button", name="Go on").click()
        expect(page.get_by_text("The time was over")).to_be_visible()
        page.get_by_role("link", name="Look whether there are any left").click()
        expect(page.get_by_role("heading", name="The Drop")).to_be_visible()


class TestAMember:
    @both
    def test_one_press_places_the_order(
        self, live: Live, made: Season, enter: Open, script: bool
    ) -> None:
        sale = stage.drop(live, made, quantity=3)
        page = enter(sale.path, member=sale.member_token(), script=script)
        page.get_by_role("button", name=f"Get it as {MEMBER}").click()
        expect(page.get_by_role("button", name="Pay EUR 60.00")).to_be_visible()
        assert [row.state for row in orders(sale)] == ["placed"]

    def test_what_is_free_is_theirs_and_opens(self, live: Live, made: Season, enter: Open) -> None:
        sale = stage.drop(live, made, quantity=3, prices={"EUR": 0})
        page = enter(sale.path, member=sale.member_token())
        page.get_by_role("button", name=f"Get it as {MEMBER}").click()
        expect(page.get_by_text("Your pass is issued.")).to_be_visible()
        page.get_by_role("link", name="Open the pass with its door code").click()
        expect(page.get_by_role("img", name="Door code of pass 1 of 40")).to_be_visible()

    def test_the_page_follows_the_payment_by_itself(
        self, live: Live, made: Season, enter: Open
    ) -> None:
        sale = stage.drop(live, made, quantity=3)
        page = enter(sale.path, member=sale.member_token())
        page.get_by_role("button", name=f"Get it as {MEMBER}").click()
        page.get_by_role("button", name="Pay EUR 60.00").click()
        expect(page.get_by_text("Waiting for the payment")).to_be_visible()
        with live.services.database.reading() as session:
            payment = session.exec(select(Payment)).one()
        (order,) = orders(sale)
        sale.note(order, payment.id, sale.paid(order))
        expect(page.get_by_text("Your pass is issued.")).to_be_visible()
