"""The organizer's pages of Drops, as a browser without scripts would use them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Drop, DropQueue
from passes_service.drops import audiences, reading
from tests import people, season
from tests.drops import ground
from tests.drops.browsing import PAGE, get, only, post
from tests.drops.ground import HOUR
from tests.fakes import Clock
from tests.season import Season


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    """A season whose owner is signed in."""
    found = season.season(services)
    people.sign_in_staff(client, services, found.owner)
    return found


def _typed(made: Season, **more: Any) -> dict[str, Any]:
    return {
        "title": "Spring evenings",
        "slug": "spring",
        "opens": "2027-03-02T20:00",
        "closes": "2027-03-03T20:00",
        "per_holder": "2",
        "series_id": [str(made.series.id)],
        "quantity": ["3"],
        "price": ["45"],
        "sell": "single",
        **more,
    }


def _none(services: Services, made: Season) -> bool:
    with services.database.reading() as session:
        return not reading.every(session, organizer_id=made.organizer_id)


def test_nothing_planned_says_so(client: TestClient, made: Season) -> None:
    assert "No Drop is on sale or planned" in get(client, "/org/drops")
    assert "Nobody has offered you a share" in get(client, "/org/drops/shares")
    assert "No list yet" in get(client, "/org/drops/lists")
    assert "No Edition yet" in get(client, "/org/drops/editions")


def test_without_a_series_the_form_says_what_to_do_first(
    client: TestClient, services: Services
) -> None:
    _, owner = people.organizer(services, "empty")
    people.sign_in_staff(client, services, owner)
    assert "Open one from published Terms first" in get(client, "/org/drops/new")


def test_one_series_for_everybody_is_a_few_fields(
    client: TestClient, services: Services, made: Season
) -> None:
    form = get(client, f"/org/drops/new?series={made.series.id}")
    assert 'value="Season pass"' in form
    answer = post(client, "/org/drops/new", _typed(made))
    assert answer.status_code == 303, answer.text
    shop = only(services, made)
    assert shop.drop.opens_at.isoformat() == "2027-03-02T19:00:00+00:00"  # Berlin
    assert (shop.stocks[0].quantity, shop.stocks[0].prices) == (3, '{"EUR": "4500"}')
    shown = get(client, answer.headers["location"])
    assert "EUR 45.00" in shown
    assert "Planned" in shown
    assert "Spring evenings" in get(client, "/org/drops")


def test_an_early_phase_for_a_list(client: TestClient, services: Services, made: Season) -> None:
    with services.database.transaction() as session:
        listed = audiences.create(
            session, organizer_id=made.organizer_id, name="Friends", now=services.clock()
        )
    early = {
        "early": "allow_list",
        "early_list": str(listed.id),
        "early_until": "2027-03-02T21:00",
        "early_quantity": "2",
        "early_discount": "10",
    }
    assert post(client, "/org/drops/new", _typed(made, **early)).status_code == 303
    shop = only(services, made)
    first, second = shop.phases
    assert (first.kind, first.quantity, first.discount_bp) == ("allow_list", 2, 1_000)
    assert (second.kind, second.opens_at) == ("public", first.closes_at)
    assert "people on a list: Friends" in get(client, f"/org/drops/{shop.drop.id}")


def test_a_bundle_and_a_waiting_room(client: TestClient, services: Services, made: Season) -> None:
    other = ground.another_series(services, made)
    several = {
        "series_id": [str(made.series.id), str(other.id)],
        "quantity": ["3", "2"],
        "price": ["", ""],
        "sell": "bundle",
        "discount": "15",
        "waiting_room": "yes",
        "unlisted": "yes",
    }
    assert post(client, "/org/drops/new", _typed(made, **several)).status_code == 303
    shop = only(services, made)
    assert [(one.row.kind, one.row.discount_bp) for one in shop.offers] == [("bundle", 1_500)]
    assert (shop.drop.waiting_room, shop.drop.listed) == (True, False)
    with services.database.reading() as session:
        assert session.get(DropQueue, (made.organizer_id, shop.drop.id)) is not None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"quantity": ["6"]}, "has 5 places left, not 6"),
        ({"quantity": [""]}, "how many places to sell"),
        ({"quantity": ["-1"]}, "Type a whole number"),
        ({"price": ["cheap"]}, "“Season pass”"),
        ({"price": ["99"]}, "has a lower list price"),
        ({"slug": "Spring!"}, "Use 2 to 40 small letters"),
        ({"opens": "soon"}, "Type a date and a time"),
        ({"opens": "2027-03-28T02:30", "closes": "2027-03-30T02:30"}, "clocks jump"),
        ({"closes": "2027-03-02T19:00"}, "close after opening"),
        ({"closes": "2029-03-02T19:00"}, "say that the sale closes at"),
        ({"title": " "}, "This takes 1 to 160 characters"),
        ({"early": "allow_list", "early_until": "2027-03-02T21:00"}, "Choose one from the list"),
        ({"early": "holders", "early_series": "x", "early_until": ""}, "Type a date and a time"),
        ({"series_id": ["not-an-id"]}, "Choose one from the list"),
    ],
)
def test_what_does_not_fit_comes_back_with_what_was_typed(
    client: TestClient, services: Services, made: Season, more: dict[str, Any], said: str
) -> None:
    answer = post(client, "/org/drops/new", _typed(made, proof="Kept as typed", **more))
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert "Kept as typed" in answer.text
    assert _none(services, made)


def test_the_buttons_do_what_they_say(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    sold = ground.drop(services, made, opens_in=HOUR)
    path = f"/org/drops/{sold.drop.id}"
    chips = []
    for verb in ("pause", "resume", "open", "pause", "close"):
        answer = post(client, f"{path}/{verb}")
        assert answer.status_code == 303, answer.text
        found = re.search(r'<span class="chip [a-z]*">([^<]+)<', get(client, path))
        assert found is not None
        chips.append(found[1])
        clock.forward(minutes=1)
    assert chips == ["Paused", "Planned", "On sale", "Paused", "Over and settled"]
    refused = post(client, f"{path}/resume")
    assert (refused.status_code, "This Drop is settled now" in refused.text) == (409, True)
    assert post(client, f"{path}/explode").status_code == 404


def test_counts_are_shown_with_their_time(
    client: TestClient, services: Services, made: Season
) -> None:
    sold = ground.drop(services, made)
    ground.take(services, sold.stock, held=1, sold=2)
    text = get(client, f"/org/drops/{sold.drop.id}")
    counts = dict(re.findall(r'data-count="(left|held|sold)">(\d+)<', text))
    assert counts == {"left": "2", "held": "1", "sold": "2"}
    assert ">13:00:00</time>" in text  # in the organizer's zone


def test_words_and_times_can_be_changed(
    client: TestClient, services: Services, made: Season
) -> None:
    sold = ground.drop(services, made, opens_in=HOUR)
    path = f"/org/drops/{sold.drop.id}/change"
    assert 'value="2027-03-01T14:00"' in get(client, path)
    form = {
        "title": "New title",
        "opens": "2027-03-01T15:00",
        "closes": "2027-03-02T15:00",
        "per_holder": "1",
    }
    assert post(client, path, form).status_code == 303
    drop = only(services, made).drop
    assert (drop.title, drop.per_holder, drop.listed) == ("New title", 1, True)
    assert drop.opens_at == sold.drop.opens_at + HOUR
    again = post(client, path, {**form, "closes": "2027-03-01T14:00"})
    assert (again.status_code, "close after opening" in again.text) == (422, True)


def test_times_that_read_the_same_stay_to_the_second(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    clock.forward(seconds=7)
    sold = ground.drop(services, made, opens_in=HOUR)
    form = {
        "title": "The Drop",
        "opens": "2027-03-01T14:00",
        "closes": "2027-03-02T14:00",
        "per_holder": "2",
    }
    assert post(client, f"/org/drops/{sold.drop.id}/change", form).status_code == 303
    drop = only(services, made).drop
    assert (drop.opens_at, drop.closes_at) == (sold.drop.opens_at, sold.drop.closes_at)
    assert drop.version == sold.drop.version


def test_who_may_only_read_gets_no_buttons(
    client: TestClient, services: Services, made: Season
) -> None:
    sold = ground.drop(services, made, opens_in=HOUR)
    people.sign_in_staff(client, services, people.member(services, made.organizer_id, "viewer"))
    text = get(client, f"/org/drops/{sold.drop.id}")
    assert 'method="post" action="/org' not in text
    assert client.get("/org/drops/new", headers=PAGE).status_code == 403
    assert post(client, f"/org/drops/{sold.drop.id}/close").status_code == 403
    with services.database.reading() as session:
        row = session.get_one(Drop, (made.organizer_id, sold.drop.id))
        assert row.closes_at - row.opens_at == timedelta(days=1)
