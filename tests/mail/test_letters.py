"""Who hears of what, once, and where a login is never kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from passes_service.accounts import links
from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core.events import LoginRequested
from passes_service.db import outbox
from passes_service.db.models import MailMessage, OutboxEvent
from passes_service.mail import local
from passes_service.mail.letters import LINK_MARK
from passes_service.transfers import service as transfers
from passes_service.worker import handlers, loop
from tests import people, season
from tests.fakes import Clock
from tests.season import Season

ORIGIN = "https://passes.test"


def drain(services: Services) -> None:
    while loop.drain(services, services.clock(), 100):
        pass


def read(services: Services, organizer_id: UUID | None = None) -> list[local.LocalMail]:
    with services.database.reading() as session:
        return local.read(
            session, services.keyring, ORIGIN, services.clock(), organizer_id=organizer_id
        )


def stored(services: Services) -> list[MailMessage]:
    with Session(services.database.reader) as session:
        return list(session.exec(select(MailMessage).order_by(col(MailMessage.id))))


class TestLogin:
    def test_the_mailed_link_signs_in_and_the_row_holds_none(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        body = {"organizer": "nocturne", "email": people.OWNER, "kind": "staff"}
        client.post("/api/v1/logins/magic-link", json=body)
        drain(services)
        (row,) = stored(services)
        assert LINK_MARK in row.body
        assert "/l/" not in row.body
        (letter,) = read(services)
        assert letter.recipient == people.OWNER
        (url,) = [line for line in letter.body.splitlines() if line.startswith(ORIGIN)]
        assert client.post(url.removeprefix(ORIGIN)).status_code == 303
        assert client.get("/api/v1/organizer").status_code == 200
        assert "was used or has expired" in read(services)[0].body

    def test_nobody_who_is_not_on_the_team_gets_a_staff_letter(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        body = {"organizer": "nocturne", "email": "nobody@example.org", "kind": "staff"}
        client.post("/api/v1/logins/magic-link", json=body)
        drain(services)
        assert stored(services) == []

    def test_an_event_delivered_twice_writes_one_letter(self, services: Services) -> None:
        organizer, _ = people.organizer(services)
        people.new_link(services, organizer.id)
        with Session(services.database.reader) as session:
            envelope = session.exec(select(OutboxEvent)).one()
        for _ in range(3):
            handlers.mail_login(services, envelope, services.clock())
        assert len(stored(services)) == 1

    @pytest.mark.parametrize(
        ("purpose", "subject"),
        [
            (links.HOLDER_LOGIN, "Your link to sign in to Nocturne"),
            (links.HOLDER_EMAIL, "Add this address to your account at Nocturne?"),
            (links.STAFF_INVITE, "You are on the team of Nocturne"),
        ],
    )
    def test_each_purpose_has_its_words(
        self, services: Services, purpose: str, subject: str
    ) -> None:
        organizer, owner = people.organizer(services)
        people.new_link(services, organizer.id, purpose=purpose, subject_id=owner.id)
        drain(services)
        assert [letter.subject for letter in read(services)] == [subject]

    def test_a_link_that_ran_out_before_the_worker_came_is_not_mailed(
        self, services: Services, clock: Clock
    ) -> None:
        organizer, _ = people.organizer(services)
        people.new_link(services, organizer.id)
        clock.forward(hours=1)
        drain(services)
        assert stored(services) == []

    def test_an_event_about_nothing_is_delivered_quietly(self, services: Services) -> None:
        organizer, owner = people.organizer(services)
        with services.database.transaction() as session:
            event = LoginRequested(organizer_id=organizer.id, link_id=owner.id)
            outbox.add(session, event, now=services.clock())
        drain(services)
        assert stored(services) == []


class TestPasses:
    @pytest.fixture
    def made(self, services: Services) -> Season:
        return season.season(services)

    def test_a_new_holder_hears_of_the_pass_with_a_way_in_but_no_login(
        self, services: Services, made: Season
    ) -> None:
        held = season.issue(services, made)
        drain(services)
        (letter,) = read(services)
        assert (letter.recipient, letter.subject) == (people.GUEST, "Your pass: Season pass")
        url = f"{ORIGIN}/o/nocturne/login?next=/me/passes/{held.row.pass_id}"
        assert url in letter.body
        assert "1 of 5" in letter.body
        assert "One click in any such letter" in letter.body

    def test_text_that_people_typed_cannot_conjure_up_a_link(
        self, services: Services, made: Season
    ) -> None:
        with services.database.transaction() as session:
            from passes_service.db.models import Series

            row = session.get(Series, (made.organizer_id, made.series.id))
            assert row is not None
            row.title = LINK_MARK
        season.issue(services, made)
        drain(services)
        assert LINK_MARK in read(services)[0].body

    def test_both_sides_hear_of_a_transfer(self, services: Services, made: Season) -> None:
        held = season.issue(services, made)
        taker = people.holder(services, made.organizer_id, "friend@example.org")
        with services.database.transaction() as session:
            offer = transfers.offer(
                session,
                organizer_id=made.organizer_id,
                holder_id=held.row.holder_id,
                pass_id=held.row.pass_id,
                recipient="friend@example.org",
                now=services.clock(),
            )
        drain(services)
        assert read(services)[-1].subject == "A pass for you: Season pass"
        assert f"/me/offers/{offer.id}" in read(services)[-1].body
        with services.database.transaction() as session:
            transfers.accept(
                session,
                organizer_id=made.organizer_id,
                holder_id=taker.id,
                offer_id=offer.id,
                now=services.clock(),
            )
        drain(services)
        said = {(letter.recipient, letter.subject) for letter in read(services)[-2:]}
        assert said == {
            ("friend@example.org", "It is yours: Season pass"),
            (people.GUEST, "Your pass has a new holder: Season pass"),
        }

    def test_a_cancelled_session_is_told_to_each_holder_once_with_what_is_owed(
        self, services: Services, made: Season
    ) -> None:
        for email in (people.GUEST, people.GUEST, "friend@example.org"):
            season.issue(services, made, email)
        drain(services)
        with services.database.transaction() as session:
            sessions.cancel(
                session,
                organizer_id=made.organizer_id,
                session_id=made.sessions[0].id,
                now=services.clock(),
            )
        drain(services)
        told = [letter for letter in read(services) if letter.subject == "Cancelled: Evening 1"]
        assert sorted(letter.recipient for letter in told) == [people.GUEST, "friend@example.org"]
        assert "you may take EUR 19.99" in told[0].body

    def test_a_session_that_is_on_again_is_told_and_owes_what_it_owed(
        self, services: Services, made: Season
    ) -> None:
        season.issue(services, made, people.GUEST)
        where = {"organizer_id": made.organizer_id, "session_id": made.sessions[0].id}
        with services.database.transaction() as session:
            sessions.cancel(session, **where, now=services.clock())
        with services.database.transaction() as session:
            sessions.reinstate(session, **where, now=services.clock())
        drain(services)
        told = [letter for letter in read(services) if letter.subject == "On again: Evening 1"]
        assert [letter.recipient for letter in told] == [people.GUEST]
        assert "stays owed" in told[0].body
        assert "you may take EUR 19.99" in told[0].body

    def test_a_moved_session_is_told_with_its_new_time(
        self, services: Services, made: Season
    ) -> None:

        season.issue(services, made)
        details = sessions.details_of(made.sessions[1])
        later = replace(
            details,
            starts_at=details.starts_at + timedelta(hours=1),
            ends_at=details.ends_at + timedelta(hours=1),
        )
        with services.database.transaction() as session:
            sessions.change(
                session,
                organizer_id=made.organizer_id,
                session_id=made.sessions[1].id,
                details=later,
                now=services.clock(),
            )
        drain(services)
        letter = read(services)[-1]
        assert letter.subject == "New time: Evening 2"
        assert "Sunday, 28 March 2027 at 22:00 (Europe/Berlin)" in letter.body
