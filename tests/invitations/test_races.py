"""Workers and holders at one invitation at once: one message for each number, in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from sqlmodel import Session, select

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.db.models import Invitation, MailMessage, OutboxEvent
from passes_service.worker import handlers
from passes_service.worker import invitations as following
from tests import season
from tests.catalog.acts import HOUR, amend, later
from tests.invitations.acts import ask, messages, withdraw
from tests.mail.peer import drain
from tests.season import Season


@pytest.fixture
def made(services: Services) -> Season:
    made = season.season(services)
    season.issue(services, made)
    return made


def at_once(*jobs: Callable[[], object]) -> None:
    start = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        start.wait()
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(run, jobs))


def envelope(services: Services, kind: str) -> OutboxEvent:
    with Session(services.database.reader) as session:
        return session.exec(select(OutboxEvent).where(OutboxEvent.type == kind)).one()


def test_four_workers_at_one_change_write_one_update(services: Services, made: Season) -> None:
    ask(services, made.sessions[0])
    later(services, made.sessions[0], HOUR)
    event = envelope(services, "session.changed")
    at_once(*[lambda: following.follow_session(services, event, services.clock())] * 4)
    assert [(row.method, row.sequence) for row in messages(services)] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
    ]


def test_four_workers_at_one_message_write_one_letter(services: Services, made: Season) -> None:
    ask(services, made.sessions[0])
    event = envelope(services, "invitation.written")
    write = handlers.HANDLERS["invitation.written"][0]
    at_once(*[lambda: write(services, event, services.clock())] * 4)
    with Session(services.database.reader) as session:
        rows = session.exec(select(MailMessage)).all()
    assert [row.subject for row in rows] == ["Invitation: Evening 1"]


def test_of_two_messages_that_wait_only_the_later_becomes_a_letter(
    services: Services, made: Season
) -> None:
    ask(services, made.sessions[0])
    withdraw(services, made.sessions[0])
    drain(services)
    with Session(services.database.reader) as session:
        rows = session.exec(select(MailMessage)).all()
    told = [row.subject for row in rows if row.invitation_id]
    assert told == ["Out of your calendar: Evening 1"]


def test_asking_four_times_at_once_sends_one(services: Services, made: Season) -> None:
    at_once(*[lambda: ask(services, made.sessions[0])] * 4)
    assert [row.method for row in messages(services)] == ["REQUEST"]


def test_asking_and_giving_back_at_once_ends_in_what_the_row_says(
    services: Services, made: Season
) -> None:
    def give_back() -> None:
        with suppress(NotFound):
            withdraw(services, made.sessions[0])

    for _ in range(5):
        at_once(lambda: ask(services, made.sessions[0]), give_back)
    with Session(services.database.reader) as session:
        row = session.exec(select(Invitation)).one()
    told = messages(services)
    assert [each.sequence for each in told] == list(range(len(told)))
    assert told[-1].method == row.said == ("REQUEST" if row.ended_at is None else "CANCEL")


def test_changes_while_workers_follow_end_in_the_last_state(
    services: Services, made: Season
) -> None:
    ask(services, made.sessions[0])

    def change() -> None:
        for step in range(5):
            amend(services, made.sessions[0], location=f"Room {step}")

    def work() -> None:
        for _ in range(6):
            drain(services)

    at_once(change, work, work)
    drain(services)
    told = messages(services)
    numbers = [row.sequence for row in told]
    assert numbers == sorted(set(numbers))
    stamps = [row.created_at for row in told]
    assert stamps == sorted(set(stamps))
    assert "LOCATION:Room 4" in told[-1].body
