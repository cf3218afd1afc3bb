"""Workers that are at the same news at once, late, in the wrong order, or dead half-way."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import Session, col, select

from passes_service.bootstrap import Services
from passes_service.db.models import MailMessage, OutboxEvent, SessionNews
from passes_service.mail import session_news
from passes_service.worker import handlers
from tests import people, season
from tests.catalog.acts import HOUR, amend, cancel, later
from tests.fakes import Clock
from tests.mail.peer import drain
from tests.season import DRAFT, Season


@pytest.fixture
def made(services: Services, clock: Clock) -> Season:
    """Three holders an hour before a session; all letters so far are written."""
    made = season.season(services, refund={**DRAFT["refund"], "move_window_seconds": 0})
    for number in range(3):
        season.issue(services, made, f"fan{number}@example.org")
    drain(services)
    clock.now = made.sessions[0].starts_at - 5 * HOUR
    return made


def events(services: Services) -> list[OutboxEvent]:
    with Session(services.database.reader) as session:
        found = select(OutboxEvent).where(OutboxEvent.type == "session.changed")
        return list(session.exec(found.order_by(col(OutboxEvent.id))))


def letters(services: Services) -> list[tuple[str, str]]:
    with Session(services.database.reader) as session:
        rows = session.exec(select(MailMessage).order_by(col(MailMessage.id)))
        return [(r.recipient, r.body) for r in rows if "Your pass: " not in r.subject]


def handle(services: Services, event: OutboxEvent) -> None:
    handlers.mail_session_news(services, event, services.clock())


def test_two_workers_at_one_event_write_one_letter_each(services: Services, made: Season) -> None:
    later(services, made.sessions[0], HOUR)
    (event,) = events(services)
    start = Barrier(4)

    def work(_: int) -> None:
        start.wait()
        handle(services, event)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(to for to, _ in letters(services)) == [f"fan{n}@example.org" for n in range(3)]


def test_the_later_event_first_tells_it_all_and_the_earlier_nothing(
    services: Services, made: Season
) -> None:
    row = later(services, made.sessions[0], HOUR)
    later(services, row, HOUR)
    first, second = events(services)
    handle(services, second)
    told = letters(services)
    assert len(told) == 3
    assert "at 20:00, now Sunday, 21 March 2027 at 22:00" in told[0][1]
    for _ in range(2):
        handle(services, first)
        handle(services, second)
    assert letters(services) == told


def test_an_event_of_before_that_comes_again_says_nothing(services: Services, made: Season) -> None:
    row = later(services, made.sessions[0], HOUR)
    drain(services)
    cancel(services, row)
    drain(services)
    told = letters(services)
    assert len(told) == 6
    for event in events(services):
        handle(services, event)
    assert letters(services) == told


def test_what_a_dead_worker_began_is_finished_with_the_same_words(
    services: Services, made: Season
) -> None:
    later(services, made.sessions[0], HOUR)
    (event,) = events(services)
    payload = json.loads(event.payload)
    with services.database.transaction() as session:
        everyone = session_news.holders_of(session, event, payload)
        some = everyone[:1]
        session_news.tell(session, event, payload, "https://passes.test", some, services.clock())
    handle(services, event)
    told = letters(services)
    assert len(told) == 3
    (body,) = {body for _, body in told}
    assert "at 20:00, now Sunday, 21 March 2027 at 21:00" in body


def test_a_change_between_two_batches_stops_the_first_and_nobody_is_left_out(
    services: Services, made: Season
) -> None:
    row = later(services, made.sessions[0], HOUR)
    (event,) = events(services)
    payload = json.loads(event.payload)
    with services.database.transaction() as session:
        everyone = session_news.holders_of(session, event, payload)
        some = everyone[:1]
        session_news.tell(session, event, payload, "https://passes.test", some, services.clock())
    amend(services, row, location="The roof")
    handle(services, event)
    assert len(letters(services)) == 1
    drain(services)
    told = letters(services)
    assert len(told) == 4
    assert all("The roof" in body for _, body in told[1:])
    assert {to for to, _ in told[1:]} == {f"fan{n}@example.org" for n in range(3)}


def test_many_changes_and_workers_at_once_leave_everybody_told_the_last_state(
    services: Services, made: Season
) -> None:
    start = Barrier(3)

    def change(_: int) -> None:
        start.wait()
        row = made.sessions[0]
        for step in range(4):
            row = amend(services, row, location=f"Room {step}")

    def work(_: int) -> None:
        start.wait()
        for _ in range(6):
            drain(services)

    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(change, 0), pool.submit(work, 0), pool.submit(work, 1)]
        for job in jobs:
            job.result()
    drain(services)
    last = dict(letters(services))
    assert len(last) == 3
    assert all("now Room 3" in body for body in last.values())
    with Session(services.database.reader) as session:
        news = session.exec(select(SessionNews)).one()
    assert (news.location, news.sequence, news.unsaid) == ("Room 3", news.latest, "")


def test_an_event_of_the_earlier_version_is_told_by_itself(
    services: Services, made: Season
) -> None:
    later(services, made.sessions[0], HOUR)
    with services.database.transaction() as session:
        (event,) = session.exec(select(OutboxEvent).where(OutboxEvent.type == "session.changed"))
        payload = json.loads(event.payload)
        event.payload = json.dumps({key: payload[key] for key in ("session_id", "change")})
        session.delete(session.exec(select(SessionNews)).one())
    drain(services)
    told = letters(services)
    assert len(told) == 3
    assert "Sunday, 21 March 2027 at 21:00" in told[0][1]


def test_nobody_is_told_twice_by_two_addresses(services: Services, made: Season) -> None:
    season.issue(services, made, people.GUEST)
    season.issue(services, made, people.GUEST)
    later(services, made.sessions[0], HOUR)
    drain(services)
    assert [to for to, _ in letters(services)].count(people.GUEST) == 1
