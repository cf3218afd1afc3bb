"""The address of an order: what it opens, and what it does not."""

from __future__ import annotations

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.db.models import MagicLink, Pass
from passes_service.web import middleware
from tests.drops import ground
from tests.season import Season, season
from tests.web.pages.drops.stage import (
    MEMBER,
    Doors,
    fill,
    name,
    press,
)


class TestTheOrdersAddress:
    def test_it_opens_one_order_of_one_organizer(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        season(services, slug="matinee")
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        assert guest.get(path.replace("/o/nocturne/", "/o/matinee/")).status == 404
        last = "A" if path[-1] != "A" else "B"
        for odd in (path[:-1] + last, path[:-20], "/o/nocturne/orders/ps_order_x"):
            assert guest.get(odd).status == 404
            assert guest.client.post(f"{odd}/cancel", data={"_key": "x" * 20}).status_code == 404

    def test_whoever_has_only_the_address_learns_no_name_and_opens_no_door(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made, prices={"EUR": 0})
        member = doors.member()
        path = press(member)
        other = doors.guest()
        for place in (path, f"{path}/receipt"):
            text = other.get(place).text
            assert MEMBER not in text
            assert "<svg" not in text
            assert "/me/passes/" not in text
        with services.database.reading() as session:
            number = session.exec(select(Pass)).one().pass_id
        assert other.get(f"/me/passes/{number}").status == 303  # to the login

    def test_a_link_goes_to_the_buyers_own_address(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made, prices={"EUR": 0})
        guest = doors.guest()
        path = press(guest)
        name(guest, path)
        fill(guest, path, "/pay", way="free", total="EUR 0")
        answer = fill(doors.guest(), path, "/mail")
        assert answer.location == "/login/sent?organizer=nocturne"
        with services.database.reading() as session:
            assert session.exec(select(MagicLink)).one().email == MEMBER

    def test_logs_never_hold_it_and_the_book_neither(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        name(guest, path)
        fill(guest, path, "/cancel")
        token = path.rpartition("/")[2]
        assert middleware.redact(f"{path}/receipt") == "/o/nocturne/orders/[secret]/receipt"
        with services.database.connected() as connection:
            rows = connection.exec_driver_sql("SELECT location FROM idempotent_call").all()
        assert rows
        assert all(token not in str(row) for row in rows)

    def test_there_is_no_receipt_before_there_are_passes(
        self, services: Services, made: Season, doors: Doors
    ) -> None:
        ground.drop(services, made)
        guest = doors.guest()
        path = press(guest)
        assert guest.get(f"{path}/receipt").location == path
