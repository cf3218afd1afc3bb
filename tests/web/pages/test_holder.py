"""A holder's pages: what they show, and that each button acts once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from sqlmodel import select

from passes_service.accounts import holders
from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.db.models import IdempotentCall, Refund, TransferOffer
from passes_service.web.deps import HOLDER_COOKIE
from tests.fakes import Clock
from tests.web.pages import stage as stages
from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage


class TestHome:
    def test_it_shows_my_pass_and_its_next_session(self, fan: Browser) -> None:
        answer = fan.get("/me")

        assert answer.status == 200
        assert answer.headers["cache-control"] == "no-store"
        assert "Grace Fan" in answer.text
        assert "Season pass" in answer.text
        assert "Bread and fire" in answer.text

    def test_who_is_not_signed_in_is_led_to_the_login(self, visitor: Browser) -> None:
        answer = visitor.get("/me")

        assert answer.status == 303
        assert answer.location.startswith("/login")


class TestPass:
    def test_it_shows_number_code_rules_and_what_comes_back(
        self, fan: Browser, stage: Stage
    ) -> None:
        answer = fan.get(f"/me/passes/{stage.pass_ids[0]}")

        assert answer.status == 200
        assert "1 <small>of 50</small>" in answer.text
        assert "<svg" in answer.text
        assert "EP1:" in answer.text
        assert "EUR 120.00" in answer.text
        assert "You can transfer this pass to someone else." in answer.text

    def test_no_style_or_script_stands_in_the_page(self, fan: Browser, stage: Stage) -> None:
        text = fan.get(f"/me/passes/{stage.pass_ids[0]}").text

        assert "<style" not in text
        assert " style=" not in text
        assert re.findall(r"<script(?! src=\"/static/)", text) == []

    def test_the_paper_shows_the_same_code(self, fan: Browser, stage: Stage) -> None:
        answer = fan.get(f"/me/passes/{stage.pass_ids[0]}/print")

        assert answer.status == 200
        assert "<svg" in answer.text

    def test_the_voucher_is_a_download(self, fan: Browser, stage: Stage) -> None:
        answer = fan.get(f"/me/passes/{stage.pass_ids[0]}/voucher.json")

        assert answer.status == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        assert json.loads(answer.text)

    def test_another_holders_pass_is_not_found(
        self, fan: Browser, other_stage: Stage, stage: Stage
    ) -> None:
        for tail in ("", "/print", "/voucher.json", "/refund", "/draw"):
            answer = fan.get(f"/me/passes/{other_stage.pass_ids[0]}{tail}")
            assert answer.status == 404
        assert fan.get("/me/passes/nonsense").status == 404


class TestTransfer:
    def test_offer_accept_and_the_old_code_is_gone(
        self,
        services: Services,
        fan: Browser,
        stage: Stage,
        open_browser: Callable[[str, str], Browser],
    ) -> None:
        path = f"/me/passes/{stage.pass_ids[0]}"
        sent = fan.post(f"{path}/transfer", recipient="Friend@Example.org", note="<b>enjoy</b>")
        again = fan.post(f"{path}/transfer", recipient="Friend@Example.org", note="<b>enjoy</b>")
        assert (sent.status, again.status) == (303, 303)
        friend = _friend(services, stage, open_browser)

        home = friend.get("/me").text
        assert "Grace Fan" in home
        assert "&lt;b&gt;enjoy&lt;/b&gt;" in home
        offer = re.findall(r"/me/offers/[0-9a-f-]+", home)[0]
        shown = friend.get(offer)
        assert shown.status == 200
        assert "goes to who first paid for it, not to you" in shown.text
        taken = friend.post(f"{offer}/accept")
        assert taken.status == 303
        assert friend.post(f"{offer}/accept").location == taken.location
        assert friend.get(path).status == 200
        assert fan.get(path).status == 404

    def test_a_bad_recipient_comes_back_beside_the_field(self, fan: Browser, stage: Stage) -> None:
        path = f"/me/passes/{stage.pass_ids[0]}/transfer"
        answer = fan.post(path, recipient='nobody"><script>', note="hello")

        assert answer.status == 422
        assert 'id="recipient-wrong"' in answer.text
        assert "nobody&#34;&gt;&lt;script&gt;" in answer.text
        assert 'value="hello"' in answer.text
        assert answer.key != "key-of-a-test"
        # The same key again: the stored refusal comes back as the same page.
        assert (
            'id="recipient-wrong"'
            in fan.post(path, recipient='nobody"><script>', note="hello").text
        )

    def test_to_myself_is_refused_in_words(self, fan: Browser, stage: Stage) -> None:
        answer = fan.post(f"/me/passes/{stage.pass_ids[0]}/transfer", recipient="fan@example.org")

        assert answer.status == 409
        assert "You already hold this pass." in answer.text

    def test_an_offer_can_be_taken_back_and_declined(
        self,
        services: Services,
        fan: Browser,
        stage: Stage,
        open_browser: Callable[[str, str], Browser],
    ) -> None:
        path = f"/me/passes/{stage.pass_ids[0]}"
        fan.post(f"{path}/transfer", key="first-key", recipient="friend@example.org")
        friend = _friend(services, stage, open_browser)
        offer = re.findall(r"/me/offers/[0-9a-f-]+", friend.get("/me").text)[0]
        assert fan.post(f"{offer}/withdraw").location == path
        assert friend.get(offer).status == 404
        fan.post(f"{path}/transfer", key="second-key", recipient="friend@example.org")
        offer = re.findall(r"/me/offers/[0-9a-f-]+", friend.get("/me").text)[0]
        assert friend.post(f"{offer}/decline", key="third-key").location == "/me"

        with services.database.reading() as session:
            states = [row.state for row in session.exec(select(TransferOffer))]
        assert sorted(states) == ["declined", "withdrawn"]


class TestRefund:
    def test_the_exact_quote_is_confirmed_and_happens_once(
        self, services: Services, fan: Browser, stage: Stage
    ) -> None:
        path = f"/me/passes/{stage.pass_ids[0]}"
        asked = fan.get(f"{path}/refund")
        assert "Give it up for EUR 120.00" in asked.text
        expected = re.findall(r'name="expected" value="(\d+)"', asked.text)[0]

        first = fan.post(f"{path}/refund", key=asked.key, expected=expected)
        second = fan.post(f"{path}/refund", key=asked.key, expected=expected)

        assert (first.status, second.status) == (303, 303)
        with services.database.reading() as session:
            assert [row.amount_minor for row in session.exec(select(Refund))] == [12_000]
        assert "Given up" in fan.get(path).text

    def test_a_quote_that_changed_is_shown_anew(
        self, fan: Browser, stage: Stage, clock: Clock
    ) -> None:
        path = f"/me/passes/{stage.pass_ids[0]}"
        clock.forward(days=12)  # the first step has ended, half comes back

        answer = fan.post(f"{path}/refund", expected="12000")

        assert answer.status == 409
        assert "The amount has changed" in answer.text
        assert "Give it up for EUR 60.00" in answer.text

    def test_what_is_due_can_be_drawn(self, services: Services, fan: Browser, stage: Stage) -> None:
        with services.database.transaction() as session:
            sessions.cancel(
                session,
                organizer_id=stage.organizer_id,
                session_id=stage.session_ids[1],
                now=services.clock(),
            )
        path = f"/me/passes/{stage.pass_ids[0]}"
        page = fan.get(path)
        assert "is due to you" in page.text
        assert "Cancelled" in page.text
        asked = fan.get(f"{path}/draw")
        expected = re.findall(r'name="expected" value="(\d+)"', asked.text)[0]

        assert fan.post(f"{path}/draw", expected=expected).status == 303
        assert "is due to you" not in fan.get(path).text


class TestCalendarLinks:
    def test_the_address_is_shown_once_and_no_row_holds_it(
        self, services: Services, fan: Browser, stage: Stage
    ) -> None:
        shown = fan.post("/me/calendar-links", key="link-key-1", label="Phone <3")
        again = fan.post("/me/calendar-links", key="link-key-1", label="Phone <3")

        assert shown.status == 200
        assert "Phone &lt;3" in shown.text
        address = re.findall(r"webcal://passes\.test(/feeds/[A-Za-z0-9_-]+\.ics)", shown.text)[0]
        assert address in again.text
        assert f"https://passes.test{address}" in shown.text
        with services.database.reading() as session:
            for row in session.exec(select(IdempotentCall)):
                assert address.encode() not in row.body
        home = fan.get("/me").text
        assert home.count("Phone &lt;3</span><br>") == 1
        assert address not in home

    def test_links_are_replaced_and_removed_alone(self, fan: Browser) -> None:
        fan.post("/me/calendar-links", key="link-key-1", label="Phone")
        fan.post("/me/calendar-links", key="link-key-2", label="Laptop")
        home = fan.get("/me").text
        first, second = re.findall(r'action="(/me/calendar-links/[0-9a-f-]+)/rotate"', home)

        assert fan.post(f"{first}/rotate", key="link-key-3").status == 200
        assert fan.post(f"{second}/remove", key="link-key-4").status == 303
        home = fan.get("/me").text
        assert "Phone" in home
        assert "Laptop" not in home
        assert fan.post(f"{second}/remove", key="link-key-5").status == 404


def _friend(
    services: Services, stage: Stage, open_browser: Callable[[str, str], Browser]
) -> Browser:
    with services.database.transaction() as session:
        found = holders.for_email(
            session,
            organizer_id=stage.organizer_id,
            email="friend@example.org",
            name="A Friend",
            verified=True,
            now=services.clock(),
        )
        token = stages.sign_in(session, services, stage.organizer_id, "holder", found.id)
    return open_browser(HOLDER_COOKIE, token)
