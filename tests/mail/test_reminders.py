"""Two days before doors a letter with a link; who wiped the storage binds again in one tap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.db.models import MagicLink
from passes_service.mail import local, reminders
from passes_service.mail.local import LocalMail
from passes_service.passes import service as passes
from passes_service.worker import loop, schedule
from tests import people
from tests.fakes import Clock
from tests.mail import acts
from tests.people import keyed
from tests.phones import Phone
from tests.season import Season, issue, season

HOUR = timedelta(hours=1)


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


def work(services: Services) -> None:
    """Let the worker do what is due now."""
    schedule.announce_doors(services, services.clock())
    while loop.drain(services, services.clock()):
        pass


def written(services: Services) -> list[LocalMail]:
    with services.database.reading() as session:
        origin = services.settings.origin
        found = local.read(session, services.keyring, origin, services.clock())
    return [letter for letter in found if letter.subject.startswith("Is your code ready?")]


def near(made: Season, clock: Clock, before_doors: timedelta = 47 * HOUR) -> None:
    clock.now = made.sessions[0].starts_at - timedelta(minutes=30) - before_doors


def link_of(letter: LocalMail) -> str:
    [found] = [line for line in letter.body.splitlines() if "/l/" in line]
    return found.partition("/l/")[2]


def test_letter_goes_out_once_from_48_hours_before_doors(
    services: Services, made: Season, clock: Clock
) -> None:
    issue(services, made)
    near(made, clock, 48 * HOUR + timedelta(seconds=1))
    work(services)
    assert written(services) == []
    near(made, clock, 48 * HOUR)
    work(services)
    clock.now += HOUR
    work(services)

    [letter] = written(services)
    assert letter.recipient == people.GUEST
    assert letter.subject == "Is your code ready? Evening 1"
    assert "“Season pass”, number 1 of 5: its code can be printed." in letter.body
    assert "doors open at 19:30" in letter.body
    with services.database.reading() as session:
        assert len(session.exec(select(MagicLink)).all()) == 1


def test_link_signs_in_once_and_lands_on_the_pass_where_one_tap_binds(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    held = issue(services, made)
    lost, phone = Phone(), Phone("iPhone")
    lost.bind(services, held)
    near(made, clock)
    work(services)
    [letter] = written(services)
    assert "its code is on a phone or browser (Android)" in letter.body
    assert "Browsers may delete what a page has stored" in letter.body
    token = link_of(letter)

    used = client.post(f"/l/{token}")

    assert used.headers["location"] == f"/me/passes/{held.row.pass_id}"
    assert "Use this phone instead" in client.get(used.headers["location"]).text
    bound = client.post(
        f"/api/v1/me/passes/{held.row.pass_id}/device",
        json={"public_key": phone.text},
        headers=keyed(),
    )
    assert (bound.status_code, bound.json()["epoch"]) == (201, 3)
    assert client.post(f"/l/{token}").status_code == 410


def test_link_ends_when_holders_can_no_longer_bind(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    issue(services, made)
    near(made, clock)
    work(services)
    token = link_of(written(services)[0])
    near(made, clock, 2 * HOUR)

    assert client.post(f"/l/{token}").status_code == 410


def test_several_passes_are_one_letter(services: Services, made: Season, clock: Clock) -> None:
    issue(services, made)
    issue(services, made)
    near(made, clock)
    work(services)

    [letter] = written(services)
    assert "number 1 of 5" in letter.body
    assert "number 2 of 5" in letter.body


@pytest.mark.parametrize("reason", ["stopped", "given up", "cancelled", "moved", "too late"])
def test_who_gets_none(services: Services, made: Season, clock: Clock, reason: str) -> None:
    held = issue(services, made)
    scope = {"organizer_id": made.organizer_id, "session_id": made.sessions[0].id}
    if reason == "stopped":
        acts.refuse(services, made.organizer_id)
    with services.database.transaction() as session:
        if reason == "given up":
            passes.swap(session, held.row, {"state": "refunded"})
        if reason == "cancelled":
            sessions.cancel(session, **scope, now=clock())
    near(made, clock, 2 * HOUR if reason == "too late" else 47 * HOUR)
    schedule.announce_doors(services, clock())
    if reason == "moved":
        first = made.sessions[0]
        with services.database.transaction() as session:
            row = session.merge(first)
            row.starts_at += timedelta(days=3)
            row.ends_at += timedelta(days=3)
    while loop.drain(services, clock()):
        pass

    assert written(services) == []


def test_second_of_two_close_sessions_has_no_letter_of_its_own(
    services: Services, made: Season, clock: Clock
) -> None:
    issue(services, made)
    with services.database.transaction() as session:
        second = session.merge(made.sessions[1])
        second.starts_at = made.sessions[0].starts_at + timedelta(days=1)
        second.ends_at = second.starts_at + 2 * HOUR
    near(made, clock, 47 * HOUR)
    work(services)
    near(made, clock, 23 * HOUR)
    work(services)

    assert [letter.subject for letter in written(services)] == ["Is your code ready? Evening 1"]


def test_letter_says_how_to_get_no_more_and_two_workers_write_one(
    services: Services, made: Season, clock: Clock
) -> None:
    issue(services, made)
    near(made, clock)
    with services.database.transaction() as session:
        assert reminders.announce(session, now=clock()) == 1
        assert reminders.announce(session, now=clock()) == 0
    work(services)

    [letter] = written(services)
    assert "One click and there is no more of it:" in letter.body
    assert "/u/" in letter.body
