"""Asking for an invitation by API and by form: who may, what is refused, what is told first."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.accounts import holders
from passes_service.accounts.errors import NotFound, RateLimited
from passes_service.bootstrap import Services
from passes_service.db.models import HolderEmail, Invitation
from passes_service.invitations import service
from passes_service.invitations.errors import NoConfirmedAddress, SessionNotComing
from passes_service.invitations.service import ASKED
from tests import people, season
from tests.catalog.acts import cancel
from tests.fakes import Clock
from tests.invitations import acts
from tests.invitations.acts import ask, withdraw
from tests.season import Season

API = "/api/v1/me/invitations"


@pytest.fixture
def made(services: Services) -> Season:
    made = season.season(services)
    season.issue(services, made)
    return made


@pytest.fixture
def guest(client: TestClient, services: Services, made: Season) -> TestClient:
    people.sign_in_holder(client, services, made.organizer_id)
    return client


def post(client: TestClient, made: Season, **more: Any) -> Any:
    body = {"session_id": str(made.sessions[0].id), **more}
    return client.post(API, json=body, headers=people.keyed())


def form(client: TestClient, made: Season, what: str = "invitation", **fields: str) -> Any:
    data = {"_key": secrets.token_urlsafe(16), **fields}
    path = f"/me/sessions/{made.sessions[0].id}/{what}"
    return client.post(path, data=data, headers={"Accept": "text/html"})


class TestApi:
    def test_asking_listing_and_giving_back(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        answer = post(guest, made)
        assert answer.status_code == 201
        shown = answer.json()
        assert shown["session_id"] == str(made.sessions[0].id)
        assert (shown["email"], shown["standing"], shown["sequence"]) == (people.GUEST, True, 0)
        assert guest.get(API).json() == [shown]
        path = f"{API}/{made.sessions[0].id}"
        assert guest.delete(path, headers=people.keyed()).status_code == 204
        assert guest.get(API).json() == []
        again = guest.delete(path, headers=people.keyed())
        assert (again.status_code, again.json()["code"]) == (404, "not-found")
        assert [row.method for row in acts.messages(services)] == ["REQUEST", "CANCEL"]

    def test_asking_again_while_it_stands_mails_nothing(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        first = post(guest, made).json()
        assert post(guest, made).json() == first
        assert len(acts.messages(services)) == 1

    def test_a_living_calendar_link_is_told_of_and_the_holder_decides(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        acts.subscribe(services, made)
        refused = post(guest, made)
        assert (refused.status_code, refused.json()["code"]) == (409, "session-in-feed")
        assert "shows twice" in refused.json()["next"]
        assert acts.messages(services) == []
        assert post(guest, made, with_feed=True).status_code == 201

    def test_a_removed_link_is_no_reason(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        acts.subscribe(services, made)
        (link,) = guest.get("/api/v1/me/calendar-links").json()
        guest.delete(f"/api/v1/me/calendar-links/{link['id']}", headers=people.keyed())
        assert post(guest, made).status_code == 201

    def test_nobody_is_invited_without_a_login(self, client: TestClient, made: Season) -> None:
        assert post(client, made).status_code == 401


class TestWho:
    def test_a_session_that_no_pass_of_mine_opens_does_not_exist(
        self, services: Services, made: Season
    ) -> None:
        with pytest.raises(NotFound):
            ask(services, made.sessions[0], "stranger@example.org")

    def test_neither_does_one_of_another_organizer(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        other = season.season(services, "other")
        season.issue(services, other)
        refused = post(guest, other)
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")

    def test_what_is_cancelled_or_over_invites_nobody(
        self, services: Services, clock: Clock, made: Season
    ) -> None:
        cancel(services, made.sessions[0])
        with pytest.raises(SessionNotComing):
            ask(services, made.sessions[0])
        clock.now = made.sessions[1].ends_at
        with pytest.raises(SessionNotComing):
            ask(services, made.sessions[1])

    def test_an_address_that_nobody_proved_gets_none(
        self, services: Services, made: Season
    ) -> None:
        """A shop may have mistyped it: strangers are not invited on a holder's word."""
        with services.database.transaction() as session:
            session.exec(select(HolderEmail)).one().verified_at = None
        with services.database.reading() as session:
            found = holders.by_email(session, organizer_id=made.organizer_id, email=people.GUEST)
        assert found is not None
        with pytest.raises(NoConfirmedAddress), services.database.transaction() as session:
            service.ask(
                session,
                organizer_id=made.organizer_id,
                holder_id=found.id,
                session_id=made.sessions[0].id,
                with_feed=False,
                mail_from="a@passes.test",
                origin="https://passes.test",
                now=services.clock(),
            )

    def test_to_and_fro_has_a_limit(self, services: Services, made: Season) -> None:
        for _ in range(ASKED.attempts):
            ask(services, made.sessions[0])
            withdraw(services, made.sessions[0])
        with pytest.raises(RateLimited):
            ask(services, made.sessions[0])

    def test_an_address_in_new_hands_goes_on_counting(
        self, services: Services, made: Season
    ) -> None:
        """For a calendar app it is the same attendee of the same session."""
        first = ask(services, made.sessions[0])
        friend = people.holder(services, made.organizer_id, "friend@example.org")
        season.issue(services, made, "friend@example.org")
        with services.database.transaction() as session:
            moved = session.exec(select(HolderEmail).where(HolderEmail.email == people.GUEST)).one()
            moved.holder_id = friend.id
            session.exec(
                select(HolderEmail).where(HolderEmail.email == "friend@example.org")
            ).one().verified_at = None
        again = ask(services, made.sessions[0], people.GUEST)
        assert (again.id, again.holder_id) == (first.id, friend.id)
        numbers = [row.sequence for row in acts.messages(services)]
        assert numbers == sorted(set(numbers))


class TestForm:
    def test_the_button_sends_it_and_leads_back(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        answer = form(guest, made, next="/me/passes/5")
        assert (answer.status_code, answer.headers["location"]) == (303, "/me/passes/5")
        shown = guest.get("/me").text
        assert f"invitation sent to {people.GUEST}" in shown
        back = form(guest, made, "invitation/remove")
        assert (back.status_code, back.headers["location"]) == (303, "/me#mail")
        assert "invitation sent to" not in guest.get("/me").text

    def test_with_a_calendar_link_it_asks_first_and_a_second_button_decides(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        acts.subscribe(services, made)
        page = form(guest, made, next="/me/passes/5")
        assert page.status_code == 409
        assert "in your calendar twice" in page.text
        assert 'name="with_feed" value="yes"' in page.text
        assert 'name="next" value="/me/passes/5"' in page.text
        assert form(guest, made, with_feed="yes").status_code == 303
        assert len(acts.messages(services)) == 1

    def test_it_leads_to_no_other_site_and_then_sends_nothing(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        for goal in ("//evil.example", "https://evil.example", "/\\evil.example"):
            answer = form(guest, made, next=goal)
            assert answer.status_code == 422
            assert "location" not in answer.headers
        assert acts.messages(services) == []

    def test_another_refusal_is_shown_in_words(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        cancel(services, made.sessions[0])
        page = form(guest, made)
        assert page.status_code == 409
        assert "This session is not to come" in page.text

    def test_one_row_per_address_and_session(
        self, guest: TestClient, services: Services, made: Season
    ) -> None:
        for what in ("invitation", "invitation/remove", "invitation"):
            assert form(guest, made, what).status_code == 303
        with Session(services.database.reader) as session:
            row = session.exec(select(Invitation)).one()
        assert (row.said, row.sequence, row.ended_at) == ("REQUEST", 2, None)
