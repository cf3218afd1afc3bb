"""The main job over HTTP: a calendar becomes passes, feeds, a transfer and an honest refund."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from tests import people
from tests.fakes import Clock

ICS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Test//EN\r
BEGIN:VEVENT\r
UID:opening@nocturne\r
DTSTAMP:20270201T000000Z\r
DTSTART;TZID=Europe/Berlin:20270320T190000\r
DTEND;TZID=Europe/Berlin:20270320T210000\r
SUMMARY:Opening night\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:weekly@nocturne\r
DTSTAMP:20270201T000000Z\r
DTSTART;TZID=Europe/Berlin:20270401T190000\r
DTEND;TZID=Europe/Berlin:20270401T200000\r
RRULE:FREQ=WEEKLY;COUNT=3\r
SUMMARY:Open studio\r
END:VEVENT\r
END:VCALENDAR\r
"""
ASK = {
    "preset": "standard",
    "pass_type": "season",
    "title": "Season pass",
    "cap": 50,
    "refund": {"steps": [{"before_days": 7, "share_bp": 5_000}], "cooling_off_seconds": 0},
}


@pytest.fixture
def staff(client: TestClient, services: Services) -> TestClient:
    """The owner, signed in."""
    _, owner = people.organizer(services)
    people.sign_in_staff(client, services, owner)
    return client


def post(client: TestClient, path: str, **kwargs: Any) -> Any:
    answer = client.post(f"/api/v1{path}", headers=people.keyed(), **kwargs)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def test_from_an_ics_file_to_a_settled_refund(
    staff: TestClient, services: Services, clock: Clock
) -> None:
    calendar = post(staff, "/calendars", json={"name": "Nights", "time_zone": "Europe/Berlin"})
    path = f"/calendars/{calendar['id']}"
    report = post(staff, f"{path}/imports", content=ICS)
    assert (report["created"], report["skipped"]) == (4, [])
    again = post(staff, f"{path}/imports", content=ICS)
    assert (again["created"], again["unchanged"]) == (0, 4)

    draft = staff.post(f"/api/v1{path}/terms/draft", json={"draft": ASK}).json()
    published = post(staff, f"{path}/terms", json={"document": draft["document"]})
    assert published["terms_hash"] == draft["terms_hash"]
    opened = post(
        staff,
        "/series",
        json={"terms_hash": draft["terms_hash"], "price_minor": 4_000, "currency": "EUR"},
    )
    assert opened["left"] == 50

    guest = people.holder(services, staff_organizer(staff), "fan@example.org")
    friend = people.holder(services, staff_organizer(staff), "friend@example.org")
    issued = post(
        staff,
        f"/series/{opened['id']}/passes",
        json={"holder_id": str(guest.id), "provider": "free"},
    )
    assert issued["number"] == "1 of 50"

    people.sign_in_holder(staff, services, guest.organizer_id, "fan@example.org")
    link = post(staff, "/me/calendar-links", json={"label": "Phone"})
    feed = staff.get(link["https"])
    assert feed.status_code == 200
    assert feed.text.count("BEGIN:VEVENT") == 4
    unchanged = staff.get(link["https"], headers={"If-None-Match": feed.headers["etag"]})
    assert unchanged.status_code == 304
    old_code = staff.get(f"/api/v1/me/passes/{issued['pass_id']}/code").json()["text"]

    offer = post(
        staff,
        f"/me/passes/{issued['pass_id']}/offers",
        json={"recipient": "Friend@Example.org"},
    )
    people.sign_in_holder(staff, services, guest.organizer_id, "friend@example.org")
    theirs = post(staff, "/me/calendar-links", json={})
    assert "No sessions" in staff.get(theirs["https"]).text
    taken = post(staff, f"/me/offers/{offer['id']}/accept")
    assert (taken["holder_id"], taken["epoch"]) == (str(friend.id), 2)
    assert staff.get(theirs["https"]).text.count("BEGIN:VEVENT") == 4
    assert "No sessions" in staff.get(link["https"]).text
    assert staff.get(f"/api/v1/me/passes/{issued['pass_id']}/code").json()["text"] != old_code

    quote = staff.get(f"/api/v1/me/passes/{issued['pass_id']}/refund-quote").json()
    assert quote["now"]["amount"]["text"] == "EUR 20.00"
    refund = post(staff, f"/me/passes/{issued['pass_id']}/refunds", json={"expected_minor": 2_000})
    assert (refund["state"], refund["code"]) == ("requested", "refund-step")
    assert "No sessions" in staff.get(theirs["https"]).text
    lines = staff.get(f"/api/v1/me/passes/{issued['pass_id']}/history").json()
    assert [line["kind"] for line in lines] == ["issued", "offered", "transferred", "refund"]


def staff_organizer(client: TestClient) -> Any:
    """Return the id of the signed-in organizer."""
    from uuid import UUID

    return UUID(client.get("/api/v1/organizer").json()["id"])
