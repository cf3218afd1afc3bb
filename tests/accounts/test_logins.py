"""Magic links and logins: once, for a short time, for the right person, revocable at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.accounts import links, logins, rates, staff
from passes_service.accounts.errors import LinkRefused, RateLimited
from passes_service.bootstrap import Services
from passes_service.core import tokens
from passes_service.db.models import LoginSession, MagicLink, OutboxEvent, RateCount, StaffMember
from tests import people
from tests.fakes import Clock

ASK = "/api/v1/logins/magic-link"


def _redeem(services: Services, token: str) -> logins.SignedIn:
    now = services.clock()
    with services.database.transaction() as session:
        return logins.redeem(
            session,
            token,
            keys=services.keyring.session_keys(now),
            random=services.random_bytes,
            label="test",
            ttl=timedelta(days=30),
            now=now,
        )


class TestMagicLink:
    def test_of_eight_browsers_at_once_one_gets_in(self, services: Services) -> None:
        organizer, _ = people.organizer(services)
        token = people.token_of(services, people.new_link(services, organizer.id))
        start = Barrier(8)

        def attempt() -> bool:
            start.wait()
            try:
                _redeem(services, token)
            except LinkRefused:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = [future.result() for future in [pool.submit(attempt) for _ in range(8)]]
        assert won.count(True) == 1
        with Session(services.database.reader) as session:
            assert len(session.exec(select(LoginSession)).all()) == 1

    def test_is_good_until_its_last_second_and_not_after(
        self, services: Services, clock: Clock
    ) -> None:
        organizer, _ = people.organizer(services)
        late = people.token_of(services, people.new_link(services, organizer.id))
        timely = people.token_of(services, people.new_link(services, organizer.id))
        clock.forward(minutes=14, seconds=59)
        _redeem(services, timely)
        clock.forward(seconds=1)
        with pytest.raises(LinkRefused):
            _redeem(services, late)

    def test_for_one_purpose_opens_nothing_else(self, services: Services) -> None:
        organizer, owner = people.organizer(services)
        link = people.new_link(services, organizer.id, email=owner.email)
        forged = tokens.derive(
            organizer.id, link.id, key=services.keyring.session_key, purpose=links.STAFF_LOGIN
        )
        with pytest.raises(LinkRefused):
            _redeem(services, forged)

    def test_of_one_organizer_is_nothing_at_another(self, services: Services) -> None:
        here, _ = people.organizer(services)
        there, _ = people.organizer(services, "other")
        link = people.new_link(services, here.id)
        moved = tokens.derive(
            there.id, link.id, key=services.keyring.session_key, purpose=link.purpose
        )
        with pytest.raises(LinkRefused):
            _redeem(services, moved)

    def test_made_up_by_someone_without_our_key_is_refused(self, services: Services) -> None:
        organizer, _ = people.organizer(services)
        link = people.new_link(services, organizer.id)
        forged = tokens.derive(organizer.id, link.id, key=b"\x01" * 32, purpose=link.purpose)
        for text in (forged, "", "x", "ä" * 86, people.token_of(services, link)[:-1]):
            with pytest.raises(LinkRefused):
                _redeem(services, text)

    def test_of_someone_who_left_the_team_meanwhile_is_dead(self, services: Services) -> None:
        organizer, owner = people.organizer(services)
        door = people.member(services, organizer.id, "door")
        link = people.new_link(
            services,
            organizer.id,
            purpose=links.STAFF_LOGIN,
            email=door.email,
            subject_id=door.id,
        )
        with services.database.transaction() as session:
            staff.remove(
                session, caller=people.as_caller(owner), member_id=door.id, now=services.clock()
            )
        with pytest.raises(LinkRefused):
            _redeem(services, people.token_of(services, link))

    def test_is_stored_nowhere(self, services: Services) -> None:
        organizer, _ = people.organizer(services)
        link = people.new_link(services, organizer.id)
        token = people.token_of(services, link)
        with Session(services.database.reader) as session:
            rows = (
                *session.exec(select(MagicLink)).all(),
                *session.exec(select(OutboxEvent)).all(),
            )
            assert token not in "".join(row.model_dump_json() for row in rows)


class TestAsking:
    def test_known_and_unknown_addresses_get_the_same_answer_and_leave_the_same_rows(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        answers = [
            client.post(ASK, json={"organizer": "nocturne", "email": email, "kind": "staff"})
            for email in (people.OWNER, "nobody@example.org")
        ]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].content == answers[1].content
        with Session(services.database.reader) as session:
            found = session.exec(select(MagicLink)).all()
            assert sorted(link.subject_id is None for link in found) == [False, True]
            assert len(session.exec(select(OutboxEvent)).all()) == 2

    def test_staff_of_one_organizer_are_strangers_at_another(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        other, _ = people.organizer(services, "other")
        with services.database.transaction() as session:
            session.delete(
                session.exec(select(StaffMember).where(StaffMember.organizer_id == other.id)).one()
            )
        client.post(ASK, json={"organizer": "other", "email": people.OWNER, "kind": "staff"})
        with Session(services.database.reader) as session:
            assert session.exec(select(MagicLink)).one().subject_id is None

    def test_an_unknown_organizer_is_not_found(
        self, client: TestClient, services: Services
    ) -> None:
        answer = client.post(ASK, json={"organizer": "nowhere", "email": people.GUEST})
        assert answer.status_code == 404
        assert answer.json()["code"] == "not-found"

    @pytest.mark.parametrize("field", ["role", "subject_id", "scopes"])
    def test_nothing_can_be_slipped_in(
        self, client: TestClient, services: Services, field: str
    ) -> None:
        people.organizer(services)
        body = {"organizer": "nocturne", "email": people.GUEST, field: "owner"}
        answer = client.post(ASK, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    def test_the_sixth_request_for_one_address_waits_for_the_next_window(
        self, client: TestClient, services: Services, clock: Clock
    ) -> None:
        people.organizer(services)
        body = {"organizer": "nocturne", "email": people.GUEST}
        got = [client.post(ASK, json=body).status_code for _ in range(6)]
        assert got == [202] * 5 + [429]
        refused = client.post(ASK, json=body | {"email": "FAN@example.ORG"})
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "900"
        assert client.post(ASK, json=body | {"email": "x@example.org"}).status_code == 202
        clock.forward(minutes=15)
        assert client.post(ASK, json=body).status_code == 202


class TestRates:
    def test_threads_share_one_limit(self, services: Services) -> None:
        organizer, _ = people.organizer(services)
        rate = rates.Rate("test", 10, timedelta(minutes=1))

        def attempt(_: int) -> bool:
            try:
                with services.database.transaction() as session:
                    rates.take(
                        session,
                        organizer_id=organizer.id,
                        rate=rate,
                        subject="x",
                        now=services.clock(),
                    )
            except RateLimited:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(attempt, range(40))).count(True) == 10
        with Session(services.database.reader) as session:
            assert session.exec(select(RateCount.attempts)).one() == 10


class TestLogins:
    def _sign_in(self, client: TestClient, services: Services, organizer_id: UUID) -> str:
        people.sign_in_holder(client, services, organizer_id)
        token = client.cookies.get("passes_holder")
        assert token is not None
        return token

    def test_only_the_digest_is_stored(self, client: TestClient, services: Services) -> None:
        organizer, _ = people.organizer(services)
        token = self._sign_in(client, services, organizer.id)
        with Session(services.database.reader) as session:
            row = session.exec(select(LoginSession)).one()
        assert row.token_digest == tokens.digest(token)
        assert token.encode() not in row.token_digest

    def test_a_revoked_login_is_out_at_once(self, client: TestClient, services: Services) -> None:
        organizer, _ = people.organizer(services)
        first = self._sign_in(client, services, organizer.id)
        self._sign_in(client, services, organizer.id)
        listed = client.get("/api/v1/me/logins").json()
        assert [row["current"] for row in listed] == [True, False]
        ended = client.delete(f"/api/v1/me/logins/{listed[1]['id']}", headers=people.keyed())
        assert ended.json() == {"ended": 1}
        assert client.get("/api/v1/me").status_code == 200
        people.use_cookie(client, "passes_holder", first)
        assert client.get("/api/v1/me").status_code == 401

    def test_ending_all_others_keeps_this_one(self, client: TestClient, services: Services) -> None:
        organizer, _ = people.organizer(services)
        for _ in range(3):
            self._sign_in(client, services, organizer.id)
        ended = client.delete("/api/v1/me/logins", headers=people.keyed())
        assert ended.json() == {"ended": 2}
        assert len(client.get("/api/v1/me/logins").json()) == 1

    def test_somebody_elses_login_is_not_found(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        (own,) = client.get("/api/v1/logins").json()
        self._sign_in(client, services, organizer.id)
        answer = client.delete(f"/api/v1/me/logins/{own['id']}", headers=people.keyed())
        assert answer.status_code == 404

    def test_ends_by_itself(self, client: TestClient, services: Services, clock: Clock) -> None:
        organizer, _ = people.organizer(services)
        self._sign_in(client, services, organizer.id)
        clock.forward(days=29, hours=23)
        assert client.get("/api/v1/me").status_code == 200
        clock.forward(hours=1)
        assert client.get("/api/v1/me").status_code == 401

    def test_a_guests_cookie_is_no_staff_cookie(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        token = self._sign_in(client, services, organizer.id)
        people.use_cookie(client, "passes_staff", token)
        assert client.get("/api/v1/organizer").status_code == 401

    def test_a_change_from_another_site_is_refused(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        self._sign_in(client, services, organizer.id)
        for origin in ("https://evil.example", "null", "http://passes.test"):
            headers = people.keyed() | {"Origin": origin}
            assert client.delete("/api/v1/me/logins", headers=headers).status_code == 403
