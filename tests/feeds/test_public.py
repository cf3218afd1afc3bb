"""Calendars for everybody, and single sessions as files."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

import ics_feeds
from passes_service.bootstrap import Services
from passes_service.catalog import calendars, sessions
from passes_service.db.models import Calendar
from passes_service.feeds.fragments import CANCELLED_FOR, KEEP_PAST
from tests import people
from tests.fakes import Clock
from tests.feeds.subscriber import events, subscribe
from tests.feeds.test_following import cancel, change
from tests.season import Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


def publish(services: Services, made: Season, *, public: bool = True) -> None:
    with services.database.transaction() as session:
        row = session.get_one(Calendar, (made.organizer_id, made.calendar.id))
        row.public = public
        session.add(row)
        session.flush()
        calendars.bump(session, organizer_id=row.organizer_id, calendar_id=row.id)


def address(made: Season) -> str:
    return f"/o/{made.organizer.slug}/calendars/{made.calendar.id}.ics"


def titles(client: TestClient, made: Season) -> list[str]:
    answer = client.get(address(made))
    assert answer.status_code == 200
    assert ics_feeds.problems(answer.content) == []
    found = sorted(events(answer.content).values(), key=lambda one: str(one.decoded("DTSTART")))
    return [str(one["SUMMARY"]) for one in found]


def test_a_calendar_is_public_only_when_its_organizer_says_so(
    client: TestClient, services: Services, made: Season
) -> None:
    hidden = client.get(address(made))
    assert hidden.status_code == 404
    publish(services, made)
    assert titles(client, made) == ["Evening 1", "Evening 2", "Evening 3"]
    other = season(services, "elsewhere")
    crossed = f"/o/{other.organizer.slug}/calendars/{made.calendar.id}.ics"
    assert client.get(crossed).status_code == 404
    publish(services, made, public=False)
    assert client.get(address(made)).status_code == 404


def test_it_may_be_cached_by_anybody_and_is_validated_by_tag(
    client: TestClient, services: Services, made: Season
) -> None:
    publish(services, made)
    answer = client.get(address(made), headers={"Accept-Encoding": "identity"})
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "set-cookie" not in answer.headers
    assert "x-robots-tag" not in answer.headers
    tag = answer.headers["etag"]
    asked = {"Accept-Encoding": "identity", "If-None-Match": tag}
    assert client.get(address(made), headers=asked).status_code == 304
    head = client.head(address(made), headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


def test_it_follows_its_sessions_with_the_uids_and_counters_of_the_personal_feeds(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    publish(services, made)
    held = issue(services, made)
    phone = subscribe(client, services, made.organizer_id, held.row.holder_id)
    before = client.get(address(made)).headers["etag"]
    clock.forward(hours=1)
    row = made.sessions[0]
    change(services, row, title="Another evening", join_link="https://live.example/secret")
    answer = client.get(address(made))
    assert answer.headers["etag"] != before
    assert "live.example" not in answer.text
    assert "number 1 of" not in answer.text
    mine, everybodys = phone.events(), events(answer.content)
    assert set(mine) == set(everybodys)
    assert int(mine[str(row.id)]["SEQUENCE"]) == int(everybodys[str(row.id)]["SEQUENCE"]) == 1
    cancel(services, row)
    assert titles(client, made)[0] == "Cancelled: Another evening"


def test_what_is_over_leaves_and_an_empty_one_says_so(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    publish(services, made)
    cancel(services, made.sessions[0])
    clock.now = made.sessions[0].starts_at + CANCELLED_FOR + timedelta(days=1)
    assert titles(client, made) == ["Evening 2", "Evening 3"]
    clock.now = made.sessions[2].ends_at + KEEP_PAST + timedelta(days=1)
    assert len(titles(client, made)) == 1
    assert titles(client, made)[0].startswith("No dates")


def test_one_session_is_a_file_for_who_may_see_it(
    client: TestClient, services: Services, made: Season
) -> None:
    row = made.sessions[1]
    public = f"/o/{made.organizer.slug}/sessions/{row.id}.ics"
    own = f"/me/sessions/{row.id}.ics"
    assert client.get(public).status_code == 404
    assert client.get(own).status_code in (303, 401)
    held = issue(services, made)
    people.sign_in_holder(client, services, made.organizer_id, people.GUEST)
    answer = client.get(own)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
    assert set(events(answer.content)) == {str(row.id)}
    assert ics_feeds.problems(answer.content) == []
    assert client.get(f"/me/sessions/{held.row.id}.ics").status_code == 404
    other = season(services, "elsewhere")
    assert client.get(f"/me/sessions/{other.sessions[0].id}.ics").status_code == 404
    publish(services, made)
    assert set(events(client.get(public).content)) == {str(row.id)}


def test_a_pass_that_is_gone_opens_no_file(
    client: TestClient, services: Services, made: Season
) -> None:
    from tests.feeds.test_holdings import give_up

    held = issue(services, made)
    people.sign_in_holder(client, services, made.organizer_id, people.GUEST)
    own = f"/me/sessions/{made.sessions[0].id}.ics"
    assert client.get(own).status_code == 200
    give_up(services, held)
    assert client.get(own).status_code == 404


def test_a_session_added_to_a_public_calendar_shows_up(
    client: TestClient, services: Services, made: Season
) -> None:
    publish(services, made)
    assert len(titles(client, made)) == 3
    with services.database.transaction() as session:
        sessions.create(
            session,
            organizer_id=made.organizer_id,
            calendar_id=made.calendar.id,
            details=sessions.Details(
                title="Matinee",
                starts_at=made.sessions[2].ends_at,
                ends_at=made.sessions[2].ends_at + timedelta(hours=1),
                time_zone="Europe/Berlin",
            ),
            now=services.clock(),
        )
    assert titles(client, made)[-1] == "Matinee"
