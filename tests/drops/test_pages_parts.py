"""What Drops are made with, on its pages: shares, lists of people, Editions."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.drops import audiences, editions
from tests import people, season
from tests.drops import ground
from tests.drops.browsing import get, only, post
from tests.drops.ground import HOUR
from tests.season import Season


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    """A season whose owner is signed in."""
    found = season.season(services)
    people.sign_in_staff(client, services, found.owner)
    return found


def test_a_combined_drop_from_both_sides(
    client: TestClient, services: Services, made: Season
) -> None:
    _, owner = people.organizer(services, "partner")
    finance = people.member(services, owner.organizer_id, "finance")
    sold = ground.drop(services, made, opens_in=HOUR)
    path = f"/org/drops/{sold.drop.id}"
    unknown = post(client, f"{path}/shares/offer", {"partner": "nobody", "share": "10"})
    assert (unknown.status_code, "No organizer has this short name" in unknown.text) == (422, True)
    assert post(client, f"{path}/shares/offer", {"partner": "partner", "share": "25"})
    assert "Partner has not accepted 25 % yet" in get(client, path)

    people.sign_in_staff(client, services, finance)
    assert "An owner or manager of yours can accept it" in get(client, "/org/drops/shares")
    people.sign_in_staff(client, services, owner)
    assert "Drops waits for your answer" in get(client, "/org/drops")
    assert "offers you <strong>25 %</strong>" in get(client, "/org/drops/shares")
    accept = f"/org/drops/shares/{made.organizer_id}/{sold.drop.id}/accept"
    stale = post(client, accept, {"share_bp": "3000"})
    assert (stale.status_code, "The share offered is 25 % now" in stale.text) == (409, True)
    assert post(client, accept, {"share_bp": "2500"}).status_code == 303
    assert "Accepted" in get(client, "/org/drops/shares")

    people.sign_in_staff(client, services, made.owner)
    assert "does not open before all have agreed" not in get(client, path)
    partner_id = owner.organizer_id
    assert post(client, f"{path}/shares/{partner_id}/withdraw").status_code == 303
    assert only(services, made).shares == ()


def test_lists_are_kept_on_their_page(client: TestClient, services: Services, made: Season) -> None:
    path = "/org/drops/lists"
    bad = post(client, path, {"name": "Friends", "addresses": "a@example.org\nnobody"})
    assert (bad.status_code, "Line 2" in bad.text, "Friends" in bad.text) == (422, True, True)
    assert post(client, path, {"name": "Friends", "addresses": "a@example.org"}).status_code == 303
    with services.database.reading() as session:
        ((row, _),) = audiences.every(session, organizer_id=made.organizer_id)
    one = f"{path}/{row.id}"
    assert post(client, one, {"act": "put_on", "addresses": "b@example.org"}).status_code == 303
    assert post(client, one, {"act": "take_off", "addresses": "a@example.org"}).status_code == 303
    text = get(client, path)
    assert ("b@example.org" in text, "a@example.org" in text) == (True, False)
    assert post(client, f"{one}/remove").status_code == 303
    assert "No list yet" in get(client, path)


def test_an_edition_is_put_together_on_its_page(
    client: TestClient, services: Services, made: Season
) -> None:
    path = "/org/drops/editions"
    form = {"calendar_id": str(made.calendar.id), "title": "Founders", "cap": "5"}
    assert post(client, path, {**form, "cap": "many"}).status_code == 422
    assert post(client, path, form).status_code == 303
    with services.database.reading() as session:
        (row,) = editions.every(session, organizer_id=made.organizer_id)
    text = get(client, path)
    assert "Room for 5 more" in text
    assert post(client, f"{path}/{row.id}", {"series_id": str(made.series.id)}).status_code == 303
    assert "numbers 1 to 5" in get(client, path)
    assert "Complete: it can be sold in a Drop" in get(client, path)
