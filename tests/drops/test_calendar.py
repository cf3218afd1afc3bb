"""Drops in calendars: a file for everybody, entries in the feeds of those who asked for them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

import ics_feeds
from passes_service.bootstrap import Services
from passes_service.drops import changing, scheduling, shares
from passes_service.drops.plan import Plan, SharePlan, StockPlan
from passes_service.feeds import links
from tests import people, season
from tests.drops import ground
from tests.drops.ground import DAY, HOUR
from tests.fakes import Clock
from tests.feeds.subscriber import Device, events, subscribe
from tests.judges.panel import JUDGES
from tests.season import Season

UID = "UID"
TITLE = "Kiln; “é”, 水"


@pytest.fixture
def made(services: Services) -> Season:
    return season.season(services)


def _phone(client: TestClient, services: Services, made: Season, *, drops: bool = True) -> Device:
    fan = people.holder(services, made.organizer_id)
    device = subscribe(client, services, made.organizer_id, fan.id)
    _choose(services, device, links.Options(drops=drops))
    return device


def _choose(services: Services, device: Device, options: links.Options) -> None:
    with services.database.transaction() as session:
        links.choose(
            session,
            organizer_id=device.row.organizer_id,
            holder_id=device.row.holder_id,
            link_id=device.row.id,
            options=options,
        )


def _file(client: TestClient, slug: str = "the-drop") -> Any:
    answer = client.get(f"/o/nocturne/drops/{slug}.ics", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200, answer.text
    assert ics_feeds.problems(answer.content) == []
    (found,) = events(answer.content).values()
    return found


def _act(services: Services, made: ground.Made, act: Any, **more: Any) -> None:
    with services.database.transaction() as session:
        act(
            session,
            organizer_id=made.drop.organizer_id,
            drop_id=made.drop.id,
            now=services.clock(),
            **more,
        )


def test_the_file_is_one_entry_with_a_counter(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    sold = ground.drop(services, made, opens_in=HOUR, open_for=HOUR, summary="Ten evenings.")
    first = _file(client)
    assert str(first[UID]) == str(sold.drop.id)
    assert first.decoded("DTSTART") == sold.drop.opens_at
    assert first.decoded("DTEND") == sold.drop.closes_at
    assert str(first["URL"]) == "https://passes.test/o/nocturne/drops/the-drop"
    assert "Ten evenings." in str(first["DESCRIPTION"])
    assert "Open until 2027-03-01 15:00" in str(first["DESCRIPTION"])  # the calendar's zone

    clock.forward(minutes=5)
    later = {"opens_at": sold.drop.opens_at + HOUR, "closes_at": sold.drop.closes_at + HOUR}
    _act(services, sold, changing.change, stated=later)
    second = _file(client)
    assert str(second[UID]) == str(first[UID])
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second.decoded("DTSTART") == later["opens_at"]


def test_a_long_drop_shows_its_opening_only(
    client: TestClient, services: Services, made: Season
) -> None:
    sold = ground.drop(services, made, opens_in=HOUR, open_for=DAY)
    assert _file(client).decoded("DTEND") == sold.drop.opens_at + HOUR / 2


def test_a_drop_called_off_says_so(client: TestClient, services: Services, made: Season) -> None:
    sold = ground.drop(services, made, opens_in=HOUR)
    before = _file(client)
    _act(services, sold, changing.close)
    after = _file(client)
    assert (str(before["STATUS"]), str(after["STATUS"])) == ("CONFIRMED", "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_a_drop_that_was_sold_is_not_called_off(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    sold = ground.drop(services, made, opens_in=HOUR)
    clock.forward(hours=2)
    _act(services, sold, changing.close)
    assert str(_file(client)["STATUS"]) == "CONFIRMED"


def test_there_is_no_file_of_another_organizers_drop(
    client: TestClient, services: Services, made: Season
) -> None:
    ground.drop(services, made)
    season.season(services, "elsewhere")
    assert client.get("/o/elsewhere/drops/the-drop.ics").status_code == 404
    assert client.get("/o/nocturne/drops/nothing.ics").status_code == 404


def test_feeds_show_drops_to_those_who_asked(
    client: TestClient, services: Services, made: Season
) -> None:
    asked = _phone(client, services, made)
    other = people.holder(services, made.organizer_id, "quiet@example.org")
    quiet = subscribe(client, services, made.organizer_id, other.id)
    tag = quiet.fetch().headers["etag"]
    assert asked.titles() == ["No sessions on your passes from Nocturne"]
    sold = ground.drop(services, made, opens_in=HOUR)
    assert asked.titles() == ["On sale: The Drop"]
    assert list(asked.events()) == [str(sold.drop.id)]
    assert quiet.fetch(If_None_Match=tag).status_code == 304


def test_feeds_follow_what_becomes_of_a_drop(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    phone = _phone(client, services, made)
    sold = ground.drop(services, made, opens_in=HOUR)
    first = phone.events()[str(sold.drop.id)]
    clock.forward(minutes=1)
    _act(services, sold, changing.change, stated={"title": "The Other Drop"})
    second = phone.events()[str(sold.drop.id)]
    assert str(second["SUMMARY"]) == "On sale: The Other Drop"
    assert second["SEQUENCE"] > first["SEQUENCE"]
    _act(services, sold, changing.close)
    assert str(phone.events()[str(sold.drop.id)]["STATUS"]) == "CANCELLED"
    clock.forward(days=3)
    assert str(sold.drop.id) not in phone.events()


def test_an_unlisted_drop_is_in_no_feed(
    client: TestClient, services: Services, made: Season
) -> None:
    phone = _phone(client, services, made)
    sold = ground.drop(services, made, opens_in=HOUR, listed=False)
    assert str(sold.drop.id) not in phone.events()
    _act(services, sold, changing.change, stated={"listed": True})
    assert str(sold.drop.id) in phone.events()
    _act(services, sold, changing.change, stated={"listed": False})
    assert str(sold.drop.id) not in phone.events()


def test_a_combined_drop_is_shown_once_all_agree(
    client: TestClient, services: Services, made: Season
) -> None:
    phone = _phone(client, services, made)
    partner, owner = people.organizer(services, "partner")
    share = SharePlan(partner_id=partner.id, share_bp=100)
    sold = ground.drop(services, made, opens_in=HOUR, shares=(share,))
    assert str(sold.drop.id) not in phone.events()
    tentative = _file(client)
    assert str(tentative["STATUS"]) == "TENTATIVE"
    with services.database.transaction() as session:
        shares.accept(
            session,
            lead_id=made.organizer_id,
            drop_id=sold.drop.id,
            caller=people.as_caller(owner),
            share_bp=100,
            now=services.clock(),
        )
    assert str(sold.drop.id) in phone.events()
    assert _file(client)["SEQUENCE"] > tentative["SEQUENCE"]


def test_reminders_count_for_drops_too(
    client: TestClient, services: Services, made: Season
) -> None:
    phone = _phone(client, services, made)
    ground.drop(services, made, opens_in=DAY)
    assert phone.fetch().content.count(b"BEGIN:VALARM") == 0
    _choose(services, phone, links.Options(drops=True, reminders=(15,), language="de"))
    body = phone.fetch().content
    assert body.count(b"BEGIN:VALARM") == 1
    assert phone.titles() == ["Im Verkauf: The Drop"]
    _choose(services, phone, links.Options())
    assert phone.titles() == ["No sessions on your passes from Nocturne"]


def test_who_asks_for_drops_while_one_is_being_scheduled_gets_it(
    client: TestClient, services: Services, made: Season
) -> None:
    """The new Drop marks whom it sees; it cannot see an option that is chosen meanwhile."""
    if services.database.is_sqlite:
        pytest.skip("one writer at a time: nothing can come between")
    phone = _phone(client, services, made, drops=False)
    phone.fetch()
    plan = Plan(
        title="The Drop",
        slug="the-drop",
        opens_at=services.clock() + HOUR,
        closes_at=services.clock() + DAY,
        stocks=(StockPlan(series_id=made.series.id, quantity=1),),
    )

    def ask() -> None:
        _choose(services, phone, links.Options(drops=True))
        phone.fetch()

    with services.database.transaction() as session:
        scheduling.schedule(
            session, organizer_id=made.organizer_id, plan=plan, now=services.clock()
        )
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(0.5)
    asking.join(20)
    assert phone.titles() == ["On sale: The Drop"]


@pytest.mark.node
def test_every_judge_reads_a_drop_as_it_is(
    client: TestClient, services: Services, made: Season
) -> None:
    season.issue(services, made)
    phone = _phone(client, services, made)
    sold = ground.drop(services, made, quantity=3, opens_in=HOUR, open_for=HOUR, title=TITLE)
    body = phone.fetch().content
    for name, judge in JUDGES.items():
        (read,) = [one for one in judge.read_one(body) if one["uid"] == str(sold.drop.id)]
        stated = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (sold.drop.opens_at, sold.drop.closes_at)]
        assert [read["start"], read["end"]] == stated, name
        assert (read["summary"], read["status"]) == (f"On sale: {TITLE}", "CONFIRMED"), name
