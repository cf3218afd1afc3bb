"""What the page of a Drop says to whoever looks."""

from __future__ import annotations

from datetime import timedelta

from passes_service.bootstrap import Services
from tests import people
from tests.checkout import ground as tills
from tests.drops import ground, queue_ground
from tests.fakes import Clock
from tests.season import Season
from tests.web.pages.drops.stage import (
    MEMBER,
    PAGE,
    Doors,
    press,
    send,
)


class TestWhatIsLeft:
    def test_the_number_is_fresh_and_says_its_time(
        self, services: Services, made: Season, doors: Doors, clock: Clock
    ) -> None:
        drop = ground.drop(services, made, quantity=3)
        ground.take(services, drop.stock, sold=1)
        guest = doors.guest()
        answer = guest.client.get(f"{PAGE}/left.json")
        said = answer.json()
        assert (said["sentence"], said["left"], said["of"]) == ("2 of 3 left", 2, 3)
        assert said["more"] == f"at {services.clock():%H:%M:%S} UTC"
        assert answer.headers["cache-control"] == "public, max-age=1"
        tills.hold(services, drop.drop, quantity=2)
        assert guest.client.get(f"{PAGE}/left.json").json() == said  # for a second
        clock.forward(seconds=1)
        said = guest.client.get(f"{PAGE}/left.json").json()
        assert said["sentence"] == "The last 2 are held"
        assert "comes back, the first within 10 minutes; at" in said["more"]
        ground.take(services, drop.stock, sold=3)
        clock.forward(seconds=1)
        assert guest.client.get(f"{PAGE}/left.json").json()["state"] == "sold_out"

    def test_a_drop_that_is_not_there(self, made: Season, doors: Doors) -> None:
        for path in (PAGE, f"{PAGE}/left.json", "/o/nobody/drops/the-drop/left.json"):
            assert doors.guest().get(path).status == 404

    def test_the_organizers_page_leads_to_drops_that_are_open_or_coming(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made, quantity=2)
        ground.drop(services, made, quantity=1, slug="hidden", title="Hidden one", listed=False)
        ground.drop(services, made, quantity=1, slug="later", opens_in=timedelta(days=2))
        text = doors.guest().get("/o/nocturne").text
        assert PAGE in text
        assert "/drops/later" in text
        assert "Hidden one" not in text

    def test_a_picture_may_come_from_the_one_place_that_the_organizer_named(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made, image_url="https://pictures.example/a.jpg")
        answer = doors.guest().get(PAGE)
        assert 'src="https://pictures.example/a.jpg"' in answer.text
        policy = answer.headers["content-security-policy"]
        assert "img-src 'self' https://pictures.example data:" in policy
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy


class TestWaiting:
    def test_a_waiting_room_comes_first_and_then_the_button(
        self, services: Services, made: Season, doors: Doors, clock: Clock
    ) -> None:
        drop = queue_ground.room(services, made, slug="the-drop")
        queue_ground.phase(services, drop, "public")
        guest = doors.guest()
        assert guest.client.post(f"{PAGE}/queue").status_code == 303
        clock.now += queue_ground.OPENS_IN
        assert f'href="{PAGE}/queue"' in doors.guest().get(PAGE).text
        assert send(doors.guest(), PAGE, _key="a-key-of-a-test").status in (409, 422, 403)
        queue_ground.move(services, drop)
        assert "held for you" in guest.get(press(guest)).text

    def test_a_place_taken_as_a_guest_comes_along_into_the_account(
        self, services: Services, made: Season, doors: Doors, clock: Clock
    ) -> None:
        drop = queue_ground.room(services, made, slug="the-drop")
        queue_ground.phase(services, drop, "public")
        fan = doors.guest()
        assert fan.client.post(f"{PAGE}/queue").status_code == 303
        clock.now += queue_ground.OPENS_IN
        queue_ground.move(services, drop)
        people.sign_in_holder(fan.client, services, made.organizer_id, MEMBER)
        assert f"Get it as {MEMBER}" in fan.get(PAGE).text
        assert "held for you" in fan.get(press(fan)).text

    def test_a_raffle_leads_to_its_page(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        drop = queue_ground.drop(services, made, slug="the-drop", mode="raffle")
        queue_ground.phase(services, drop, "drawn")
        assert f'href="{PAGE}/raffle"' in doors.guest().get(PAGE).text
