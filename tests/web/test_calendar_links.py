"""Calendar links over the API: options of one device, and what its feed makes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.db.models import CalendarSession
from passes_service.passes.queries import Held
from tests import people
from tests.fakes import Clock
from tests.feeds.subscriber import events
from tests.feeds.test_following import HOUR, cancel
from tests.season import DRAFT, Season, issue, season

PATH = "/api/v1/me/calendar-links"
OPTIONS: dict[str, Any] = {"language": "de", "reminders": [60, 15], "deadlines": True}


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(client: TestClient, services: Services, made: Season) -> Held:
    """A pass, whose holder is signed in."""
    found = issue(services, made)
    people.sign_in_holder(client, services, made.organizer_id)
    return found


def new(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post(PATH, json=body, headers=people.keyed())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def patch(client: TestClient, link: dict[str, Any], **body: Any) -> Any:
    return client.patch(f"{PATH}/{link['id']}", json=body, headers=people.keyed())


def fetch(client: TestClient, link: dict[str, Any]) -> bytes:
    answer = client.get(link["https"], headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    return bytes(answer.content)


def alarms(body: bytes) -> int:
    return body.count(b"BEGIN:VALARM")


class TestOptions:
    def test_they_are_taken_listed_and_kept_when_the_address_is_replaced(
        self, client: TestClient, held: Held
    ) -> None:
        link = new(client, label="Phone", **OPTIONS)
        replaced = client.post(f"{PATH}/{link['id']}/rotate", headers=people.keyed()).json()
        (listed,) = client.get(PATH).json()
        for found in (link, replaced, listed):
            shown = {name: found[name] for name in ("language", "reminders", "deadlines")}
            assert shown == {"language": "de", "reminders": [15, 60], "deadlines": True}
        assert listed["id"] == replaced["id"] != link["id"]
        assert not {"token", "https", "webcal"} & set(listed)
        assert (listed["last_fetched_at"], listed["last_app"]) == (None, "")
        assert listed["created_at"].startswith("2027")

    def test_without_any_the_feed_shows_sessions_and_nothing_else(
        self, client: TestClient, held: Held
    ) -> None:
        body = fetch(client, new(client))
        assert alarms(body) == 0
        assert len(events(body)) == 3

    def test_what_is_left_out_of_a_change_stays(self, client: TestClient, held: Held) -> None:
        link = new(client, **OPTIONS)
        changed = patch(client, link, deadlines=False).json()
        assert (changed["language"], changed["reminders"]) == ("de", [15, 60])
        assert changed["deadlines"] is False
        assert patch(client, link, language="").json()["language"] == ""

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("language", "tlh", "feed-option-unknown"),
            ("language", "x" * 17, "invalid-input"),
            ("language", None, "invalid-input"),
            ("reminders", [7], "feed-option-unknown"),
            ("reminders", [-15], "feed-option-unknown"),
            ("reminders", ["soon"], "invalid-input"),
            ("reminders", None, "invalid-input"),
            ("deadlines", None, "invalid-input"),
            ("label", "Mine", "invalid-input"),
        ],
    )
    def test_what_is_not_offered_is_refused_and_changes_nothing(
        self, client: TestClient, held: Held, field: str, value: Any, code: str
    ) -> None:
        link = new(client, **OPTIONS)
        before = fetch(client, link)
        answer = patch(client, link, **{field: value})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert fetch(client, link) == before

    def test_a_new_link_with_an_unknown_reminder_is_not_made(
        self, client: TestClient, held: Held
    ) -> None:
        answer = client.post(PATH, json={"reminders": [7]}, headers=people.keyed())
        assert (answer.status_code, answer.json()["field"]) == (422, "reminders")
        assert client.get(PATH).json() == []

    def test_nobody_changes_the_link_of_somebody_else(
        self, client: TestClient, services: Services, made: Season, held: Held
    ) -> None:
        link = new(client)
        before = fetch(client, link)
        people.sign_in_holder(client, services, made.organizer_id, "other@example.org")
        assert patch(client, link, deadlines=True).status_code == 404
        assert fetch(client, link) == before

    def test_a_removed_link_has_no_options(self, client: TestClient, held: Held) -> None:
        link = new(client)
        client.delete(f"{PATH}/{link['id']}", headers=people.keyed())
        assert patch(client, link, deadlines=True).status_code == 404


class TestFeed:
    def test_reminders_sound_on_that_device_only_and_every_entry_moves_on(
        self, client: TestClient, held: Held
    ) -> None:
        phone, laptop = new(client, label="Phone"), new(client, label="Laptop")
        before, other = fetch(client, phone), fetch(client, laptop)
        patch(client, phone, reminders=[60, 1440])
        after = fetch(client, phone)
        assert alarms(after) == 2 * 3
        assert b"TRIGGER:-PT1H" in after
        for uid, event in events(after).items():
            assert event["SEQUENCE"] == events(before)[uid]["SEQUENCE"] + 1
        assert fetch(client, laptop) == other
        patch(client, phone, reminders=[])
        calm = fetch(client, phone)
        assert alarms(calm) == 0
        assert {event["SEQUENCE"] for event in events(calm).values()} == {2}

    def test_deadlines_are_shown_and_go_where_each_move_puts_them(
        self, client: TestClient, services: Services, clock: Clock
    ) -> None:
        closes, week = clock() + timedelta(days=10), timedelta(days=7)
        made = season(
            services,
            transfer={**DRAFT["transfer"], "closes_at": closes.isoformat()},
            refund={**DRAFT["refund"], "steps": []},
        )
        issue(services, made)
        people.sign_in_holder(client, services, made.organizer_id)
        link = new(client, deadlines=True)
        hand_on, give_back = "hand on “Season pass”", "give back “Season pass” for EUR 19.99"
        assert _deadlines(client, link) == {hand_on: [closes]}
        for hours in (1, 2):  # the second move opens a new window in place of the first
            clock.forward(days=1)
            _move(services, made.sessions[0], hours)
            assert _deadlines(client, link) == {hand_on: [closes], give_back: [clock() + week]}
        patch(client, link, deadlines=False)
        assert _deadlines(client, link) == {}

    def test_titles_come_in_the_language_of_the_link_where_they_exist(
        self, client: TestClient, services: Services, made: Season, held: Held, clock: Clock
    ) -> None:
        with services.database.transaction() as session:
            sessions.amend(
                session,
                organizer_id=made.organizer_id,
                session_id=made.sessions[0].id,
                fields={"texts": {"de": {"title": "Abend eins"}}},
                now=clock(),
            )
        cancel(services, made.sessions[0])
        cancel(services, made.sessions[1])
        link, english = new(client, language="de"), new(client)
        titles = [str(event["SUMMARY"]) for event in events(fetch(client, link)).values()]
        assert sorted(titles) == ["Abgesagt: Abend eins", "Abgesagt: Evening 2", "Evening 3"]
        places = {str(event["LOCATION"]) for event in events(fetch(client, link)).values()}
        assert places == {"The cellar"}
        titles = [str(event["SUMMARY"]) for event in events(fetch(client, english)).values()]
        assert sorted(titles) == ["Cancelled: Evening 1", "Cancelled: Evening 2", "Evening 3"]

    def test_nothing_secret_is_in_it_with_all_options(
        self, client: TestClient, services: Services, made: Season, held: Held, clock: Clock
    ) -> None:
        with services.database.transaction() as session:
            sessions.amend(
                session,
                organizer_id=made.organizer_id,
                session_id=made.sessions[0].id,
                fields={"join_link": "https://meet.example/secret-room"},
                now=clock(),
            )
        link = new(client, label="My secret phone", reminders=[15, 60, 1440, 10080], deadlines=True)
        code = client.get(f"/api/v1/me/passes/{held.row.pass_id}/code").json()["text"]
        body = fetch(client, link).replace(b"\r\n ", b"").decode()
        for secret in (link["token"], people.GUEST, "secret", code, str(held.row.holder_id)):
            assert secret not in body


def _move(services: Services, row: CalendarSession, hours: int) -> None:
    times = {name: getattr(row, name) + hours * HOUR for name in ("starts_at", "ends_at")}
    with services.database.transaction() as session:
        sessions.amend(
            session,
            organizer_id=row.organizer_id,
            session_id=row.id,
            fields=times,
            now=services.clock(),
        )


def _deadlines(client: TestClient, link: dict[str, Any]) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for event in events(fetch(client, link)).values():
        before, said, title = str(event["SUMMARY"]).partition("Last moment to ")
        if said and not before:
            found.setdefault(title, []).append(event.decoded("DTSTART"))
    return found
