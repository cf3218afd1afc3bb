"""Kinds, a point on the map and other languages of a session; colour and reach of a calendar."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

import ics_feeds
from passes_service.bootstrap import Services
from passes_service.catalog import colors, importing, sessions
from passes_service.db.models import Calendar
from tests import people
from tests.fakes import Clock
from tests.feeds.subscriber import Device, subscribe
from tests.season import Season, issue, season

GERMAN = {"title": "Abend eins", "description": "", "location": "Der Keller"}


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    made = season(services)
    people.sign_in_staff(client, services, made.owner)
    return made


@pytest.fixture
def phone(client: TestClient, services: Services, made: Season) -> Device:
    """A device of a holder, whose fetches sign the staff out: patch with `as_staff`."""
    held = issue(services, made)
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


def patch(client: TestClient, made: Season, **body: Any) -> Any:
    path = f"/api/v1/sessions/{made.sessions[0].id}"
    return client.patch(path, json=body, headers=people.keyed())


class TestSession:
    def test_they_are_kept_read_and_shown_with_one_step_each(
        self, client: TestClient, services: Services, made: Season, phone: Device
    ) -> None:
        steps: tuple[dict[str, Any], ...] = (
            {"categories": ["Jazz", "Late, loud"]},
            {"latitude": 52.52, "longitude": 13.4},
            {"texts": {"de": GERMAN}},
        )
        uid = str(made.sessions[0].id)
        seen = [phone.fetch().headers["etag"]]
        for number, step in enumerate(steps, 1):
            people.sign_in_staff(client, services, made.owner)
            answer = patch(client, made, **step)
            assert answer.status_code == 200, answer.text
            assert step.items() <= answer.json().items()
            assert answer.json()["sequence"] == number
            assert patch(client, made, **step).json()["sequence"] == number
            event = phone.events()[uid]
            assert event["SEQUENCE"] == number
            seen.append(phone.fetch().headers["etag"])
        assert len(set(seen)) == len(seen)
        assert [str(one) for one in event["CATEGORIES"].cats] == ["Jazz", "Late, loud"]
        assert event["GEO"].to_ical() == "52.52;13.4"

    def test_a_new_session_has_them_from_the_start(self, client: TestClient, made: Season) -> None:
        body = {
            "title": "Extra",
            "starts_at": "2027-06-01T17:00:00Z",
            "ends_at": "2027-06-01T19:00:00Z",
            "time_zone": "Europe/Berlin",
            "categories": ["Jazz"],
            "latitude": -33.9,
            "longitude": 151.2,
            "texts": {"pt_BR": {"title": "Um mais"}, "fr": {"title": " "}},
        }
        path = f"/api/v1/calendars/{made.calendar.id}/sessions"
        answer = client.post(path, json=body, headers=people.keyed())
        assert answer.status_code == 201, answer.text
        found = client.get(f"/api/v1/sessions/{answer.json()['id']}").json()
        assert found["texts"] == {"pt-br": {"title": "Um mais", "description": "", "location": ""}}
        assert (found["categories"], found["longitude"]) == (["Jazz"], 151.2)

    def test_they_can_be_taken_away(self, client: TestClient, made: Season) -> None:
        patch(client, made, categories=["Jazz"], latitude=1, longitude=2, texts={"de": GERMAN})
        bare: dict[str, Any] = {"categories": [], "latitude": None, "longitude": None, "texts": {}}
        found = patch(client, made, **bare).json()
        assert bare.items() <= found.items()

    @pytest.mark.parametrize(
        ("field", "body"),
        [
            ("categories", {"categories": [f"kind {n}" for n in range(11)]}),
            ("categories", {"categories": ["x" * 61]}),
            ("categories", {"categories": ["a\x07b"]}),
            ("categories", {"categories": None}),
            ("latitude", {"longitude": 13.4}),
            ("longitude", {"latitude": 52.5}),
            ("latitude", {"latitude": 90.1, "longitude": 0}),
            ("longitude", {"latitude": 0, "longitude": -180.1}),
            ("latitude", {"latitude": "NaN", "longitude": 0}),
            ("texts", {"texts": {"deutsch bitte": GERMAN}}),
            ("texts", {"texts": {"de": GERMAN, "DE": GERMAN}}),
            ("texts", {"texts": {"x" * 17: GERMAN}}),
            ("texts", {"texts": {"de": {"title": "x" * 301}}}),
            ("texts", {"texts": {"de": {"join_link": "https://x.example"}}}),
            ("texts", {"texts": {f"{a}{b}": GERMAN for a in "abcdef" for b in "stuvwx"}}),
            ("texts", {"texts": None}),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_its_field(
        self, client: TestClient, made: Season, field: str, body: dict[str, Any]
    ) -> None:
        answer = patch(client, made, **body)
        assert answer.status_code == 422, answer.text
        said = answer.json()
        named = [said.get("field", ""), *(one["field"] for one in said.get("errors", []))]
        assert any(name.split(".")[0] == field for name in named), said
        path = f"/api/v1/sessions/{made.sessions[0].id}"
        assert client.get(path).json()["sequence"] == 0


FILE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:one@test
DTSTAMP:20270101T000000Z
DTSTART:20270601T190000Z
DTEND:20270601T220000Z
SUMMARY:{title}
{more}END:VEVENT
END:VCALENDAR
"""


class TestImport:
    def test_a_file_brings_kinds_and_place_and_keeps_what_it_does_not_say(
        self, services: Services, made: Season, clock: Clock
    ) -> None:
        scope: dict[str, Any] = {"organizer_id": made.organizer_id}

        def run(title: str, more: str = "") -> sessions.Details:
            body = FILE.format(title=title, more=more).replace("\n", "\r\n").encode()
            with services.database.transaction() as session:
                calendar = {**scope, "calendar_id": made.calendar.id}
                importing.apply(session, **calendar, body=body, now=clock())
                rows = sessions.of_calendar(session, **calendar)
                (row,) = (row for row in rows if row.ics_uid == "one@test")
                self.session_id = row.id
                return sessions.details_of(row)

        found = run("One", "CATEGORIES:Jazz,Late\nGEO:52.52;13.4\n")
        assert found.categories == ("Jazz", "Late")
        assert (found.latitude, found.longitude) == (52.52, 13.4)
        with services.database.transaction() as session:
            sessions.amend(
                session,
                **scope,
                session_id=self.session_id,
                fields={"texts": {"de": {"title": "Eins"}}},
                now=clock(),
            )
        found = run("One, louder")
        assert found.title == "One, louder"
        assert found.texts == {"de": {"title": "Eins"}}
        assert found.categories == ("Jazz", "Late")
        assert found.latitude == 52.52


class TestCalendar:
    def test_colour_picture_and_reach_are_kept_and_outdate_the_public_feed(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        path = f"/api/v1/calendars/{made.calendar.id}"
        assert client.get(path).json()["public"] is False
        look = {"color": "seagreen", "image_url": "https://pics.example/a.png", "public": True}
        for number, (name, value) in enumerate(look.items(), 1):
            before = _version(services, made)
            answer = client.patch(path, json={name: value}, headers=people.keyed())
            assert answer.status_code == 200, answer.text
            assert _version(services, made) > before, number
        assert look.items() <= client.get(path).json().items()
        feed = client.get(f"/o/nocturne/calendars/{made.calendar.id}.ics")
        assert "COLOR:seagreen" in feed.text
        gone = client.patch(path, json={"color": "", "public": False}, headers=people.keyed())
        assert (gone.json()["color"], gone.json()["image_url"]) == ("", look["image_url"])
        assert client.get(f"/o/nocturne/calendars/{made.calendar.id}.ics").status_code == 404

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("color", "#ff0000"),
            ("color", "Seagreen"),
            ("color", "red\r\nX:1"),
            ("image_url", "http://pics.example/a.png"),
            ("image_url", "https://"),
            ("image_url", "https:///a.png"),
            ("image_url", "https://pics.example/a b.png"),
            ("image_url", "https://pics.example/" + "a" * 300),
            ("public", "perhaps"),
        ],
    )
    def test_what_apps_would_not_take_is_refused(
        self, client: TestClient, made: Season, field: str, value: str
    ) -> None:
        path = f"/api/v1/calendars/{made.calendar.id}"
        answer = client.patch(path, json={field: value}, headers=people.keyed())
        assert answer.status_code == 422, answer.text
        said = answer.json()
        assert field in (said.get("field"), *(one["field"] for one in said.get("errors", [])))

    def test_the_colours_are_those_that_feeds_can_say(self) -> None:
        assert colors.NAMES == ics_feeds.COLORS
        assert set(colors.OFFERED) < colors.NAMES


def _version(services: Services, made: Season) -> int:
    with services.database.reading() as session:
        return session.get_one(Calendar, (made.organizer_id, made.calendar.id)).version
