"""Buying in a Drop by its pages: as a guest, as a member, by Stripe."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Payment
from passes_service.web.app import create_app
from tests.checkout import ground as tills
from tests.conftest import ORIGIN
from tests.drops import ground
from tests.fakes import Clock
from tests.payments import fake_stripe
from tests.season import Season, issue
from tests.web.pages.conftest import HTML, Browser
from tests.web.pages.drops.stage import (
    MEMBER,
    PAGE,
    Doors,
    fill,
    key_of,
    name,
    orders,
    press,
    send,
    tax,
    told,
)


class TestAGuest:
    def test_holds_names_gets_it_free_and_has_a_receipt(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made, prices={"EUR": 0})
        guest = doors.guest()
        shown = guest.get(PAGE)
        assert "5 of 5 left" in shown.text
        assert "You can transfer this pass to someone else." in shown.text
        assert shown.text.index("You can transfer") < shown.text.index("Get it</button>")
        assert shown.headers["cache-control"] == "no-store"

        path = press(guest)
        assert "held for you" in guest.get(path).text
        name(guest, path)
        assert MEMBER in guest.get(path).text
        assert fill(guest, path, "/pay", way="free", total="EUR 0").status == 303

        done = guest.get(path)
        assert "Your pass is issued." in done.text
        assert done.headers["cache-control"] == "no-store"
        receipt = guest.get(f"{path}/receipt")
        assert made.series.terms_hash in receipt.text
        assert "1 of 5" in receipt.text
        assert "It can change hands at most 3 times in all." in receipt.text
        assert receipt.headers["cache-control"] == "no-store"
        tills.check_book(services, made.organizer_id)

    def test_pays_at_the_organizers_shop_and_the_page_follows(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        tax(services, made)
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest, quantity="2")
        name(guest, path)
        text = guest.get(path).text
        assert "2 x Season pass" in text
        assert "of which VAT 19 %" in text
        assert fill(guest, path, "/pay", way="external", total="EUR 12000").status == 303
        waiting = guest.get(path).text
        assert '<noscript><meta http-equiv="refresh"' in waiting
        assert guest.client.get(f"{path}/state.json").json() == {"state": "paying"}

        told(services, "succeeded")
        assert "Your 2 passes are issued." in guest.get(path).text
        assert "shop, reference <code>shop-1</code>" in guest.get(f"{path}/receipt").text

    def test_a_failed_payment_says_why_and_can_be_made_again(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        name(guest, path)
        fill(guest, path, "/pay", way="external", total="EUR 6000")
        told(services, "failed", error="The card was declined.")
        assert "The card was declined." in guest.get(path).text
        assert fill(guest, path, "/pay", way="external", total="EUR 6000").status == 303

    def test_the_button_pressed_twice_makes_one_order(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made)
        first = doors.guest()
        key = key_of(first.get(PAGE).text, "the-drop")
        assert press(first, _key=key) == press(first, _key=key)
        second = doors.guest()  # both presses leave before the first answer brings the cookie
        key = key_of(second.get(PAGE).text, "the-drop")
        one = press(second, _key=key)
        second.client.cookies.clear()
        assert press(second, _key=key) == one
        assert len(orders(services)) == 2

    def test_going_back_leads_to_the_order_that_is_there(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        again = guest.get(PAGE).text
        assert "You hold 1 place" in again
        assert path in again
        assert "You hold" not in doors.guest().get(PAGE).text

    def test_gives_the_places_back(self, services: Services, made: Season, doors: Doors) -> None:
        ground.drop(services, made, quantity=1)
        guest = doors.guest()
        path = press(guest)
        assert "The last one is held" in doors.guest().get(PAGE).text
        assert fill(guest, path, "/cancel").status == 303
        assert "You gave the places back." in guest.get(path).text
        assert "1 of 1 left" in doors.guest().get(PAGE).text


class TestAMember:
    def test_one_press_holds_and_places(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made, prices={"EUR": 6000, "USD": 6600})
        member = doors.member()
        assert f"Get it as {MEMBER}" in member.get(PAGE).text
        path = press(member, currency="USD")
        (order,) = orders(services)
        assert (order.state, order.currency, order.total_minor) == ("placed", "USD", 6600)
        assert "Pay USD 66.00" in member.get(path).text

    def test_what_is_free_is_theirs_with_that_press(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made, prices={"EUR": 0})
        member = doors.member()
        text = member.get(press(member)).text
        assert "Your pass is issued." in text
        assert "/me/passes/" in text

    def test_somebody_elses_phase_says_why_and_when_the_next_opens(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        params = {"series_id": str(made.series.id)}
        less: dict[str, Any] = {"params": params, "discount_bp": 2000}
        hours: dict[str, Any] = {"open_for": timedelta(hours=1)}
        phases = (
            ground.phase(services, "holders", name="Regulars", **less, **hours),
            ground.phase(services, name="Everybody", opens_in=timedelta(hours=2), **hours),
        )
        ground.drop(services, made, quantity=3, phases=phases)
        text = doors.guest().get(PAGE).text
        assert "Open, not for you" in text
        assert "This phase is for holders of “Season pass”: sign in first." in text
        assert "“Everybody”, for everybody, opens" in text
        assert "Get it</button>" not in text
        stranger = doors.guest()
        refused = send(stranger, PAGE, _key="a-key-of-a-test", quantity="1")
        assert refused.status == 403
        assert "Not your phase" in refused.text

        issue(services, made, MEMBER)
        mine = doors.member().get(PAGE).text
        assert "Open, and yours" in mine
        assert "EUR 48.00" in mine
        assert "(EUR 48.00 of EUR 48.00)" in mine  # what comes back is a share of what is paid


class TestStripe:
    def test_its_own_page_is_a_plain_link_and_what_it_says_counts(
        self, services: Services, made: Season, clock: Clock, tmp_path: Path
    ) -> None:
        folder = tmp_path / "stripe"
        folder.mkdir(mode=0o700)
        with fake_stripe.running(clock) as peer:
            peer.credentials(folder, made.organizer_id)
            more = {"stripe_dir": folder, "stripe_api_base": peer.url}
            wired = replace(services, settings=services.settings.model_copy(update=more))
            ground.drop(wired, made)
            with TestClient(create_app(wired), base_url=ORIGIN, follow_redirects=False) as client:
                client.headers["Origin"] = ORIGIN
                guest = Browser(client)
                path = press(guest)
                name(guest, path)
                assert "Pay EUR 60.00 at Stripe" in guest.get(path).text
                assert fill(guest, path, "/pay", way="stripe", total="EUR 6000").status == 303
                with wired.database.reading() as session:
                    reference = session.exec(select(Payment)).one().reference
                assert 'rel="noreferrer">Pay EUR 60.00 at Stripe' in guest.get(path).text
                peer.pay(reference)
                assert fill(guest, path, "/pay", way="stripe", total="EUR 6000").status == 303
                assert "Your pass is issued." in guest.get(path).text
                assert client.get(path, headers={"Accept": HTML}).status_code == 200
