"""What the pages of a Drop and its orders refuse, and how they say it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.bootstrap import Services
from tests.checkout import ground as tills
from tests.drops import ground
from tests.fakes import Clock
from tests.season import Season
from tests.web.pages.drops.stage import (
    MEMBER,
    PAGE,
    Doors,
    coupon,
    fill,
    key_of,
    name,
    orders,
    press,
    send,
)


class TestWhatIsRefused:
    def test_a_code_that_does_not_fit_keeps_what_was_typed(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        refused = fill(guest, path, "/name", email=MEMBER, coupon="NONSENSE")
        assert refused.status == 409
        assert "There is no such code for this Drop." in refused.text
        assert 'value="NONSENSE"' in refused.text
        assert f'value="{MEMBER}"' in refused.text
        assert orders(services)[0].state == "held"

    @pytest.mark.parametrize("typed", ["", "no address", "a@b@c", "lea@example.org\nBcc: x@y.z"])
    def test_an_address_that_is_none(
        self, services: Services, made: Season, doors: Doors, typed: str
    ) -> None:
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        refused = fill(guest, path, "/name", email=typed)
        assert refused.status == 422
        assert 'aria-invalid="true"' in refused.text

    def test_a_price_that_changed_in_another_tab_is_not_paid(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made)
        coupon(services, made)
        guest = doors.guest()
        path = press(guest)
        name(guest, path)
        old = key_of(guest.get(path).text, "/pay")
        name(guest, path, coupon="EARLY")
        refused = send(guest, f"{path}/pay", _key=old, way="external", total="EUR 6000")
        assert refused.status == 409
        assert "It is EUR 30.00 now" in refused.text
        assert "Pay EUR 30.00" in refused.text

    def test_when_the_time_is_over(
        self, services: Services, made: Season, doors: Doors, clock: Clock
    ) -> None:
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        key = key_of(guest.get(path).text, "/name")
        clock.now += timedelta(minutes=11)
        assert "The time was over" in guest.get(path).text
        refused = send(guest, f"{path}/name", _key=key, email=MEMBER)
        assert refused.status == 409
        assert "Its places went back" in refused.text

    @pytest.mark.parametrize("quantity", ["0", "-1", "3", "999999999999", "1.5", "one"])
    def test_an_odd_number_of_places(
        self, services: Services, made: Season, doors: Doors, quantity: str
    ) -> None:
        ground.drop(services, made)
        refused = send(doors.guest(), PAGE, _key="a-key-of-a-test", quantity=quantity)
        assert refused.status == 422
        assert orders(services) == []

    def test_places_that_went_while_one_looked(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        drop = ground.drop(services, made, quantity=1)
        guest = doors.guest()
        key = key_of(guest.get(PAGE).text, "the-drop")
        tills.hold(services, drop.drop)
        held = send(guest, PAGE, _key=key)
        assert held.status == 409
        assert "Others hold the last" in held.text
        ground.take(services, drop.stock, sold=1)
        sold = send(guest, PAGE, _key=key)
        assert sold.status == 409
        assert "Sold out" in sold.text

    @pytest.mark.parametrize("state", ["scheduled", "paused", "closed"])
    def test_no_button_and_no_order_when_nothing_is_sold(
        self, services: Services, made: Season, doors: Doors, state: str
    ) -> None:
        opens_in = timedelta(hours=1) if state == "scheduled" else timedelta(0)
        drop = ground.drop(services, made, opens_in=opens_in).drop
        if state != "scheduled":
            with services.database.transaction() as session:
                session.merge(drop).state = state
        guest = doors.guest()
        assert "Get it</button>" not in guest.get(PAGE).text
        assert send(guest, PAGE, _key="a-key-of-a-test").status == 409
        assert orders(services) == []
