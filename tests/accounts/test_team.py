"""Organizers, staff and API keys: nobody gives or takes more than they have."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.accounts import organizers, staff
from passes_service.accounts.callers import ROLE_SCOPES
from passes_service.accounts.errors import FieldRefused, LastOwner, SlugTaken
from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.core.localtime import TimeZoneUnknown
from passes_service.db.models import ApiKey, LoginSession, MagicLink, Organizer, StaffMember
from tests import people

STAFF = "/api/v1/staff"
KEYS = "/api/v1/api-keys"


class TestOrganizer:
    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"slug": "No Such"}, FieldRefused),
            ({"slug": "a--b"}, FieldRefused),
            ({"slug": "x" * 41}, FieldRefused),
            ({"name": "  "}, FieldRefused),
            ({"time_zone": "Mars/Olympus"}, TimeZoneUnknown),
            ({"contact_email": "nobody"}, FieldRefused),
            ({"owner_email": "a@b@c"}, FieldRefused),
        ],
    )
    def test_makes_sense_or_does_not_exist(
        self, services: Services, wrong: dict[str, str], error: type[DomainError]
    ) -> None:
        fine = {
            "slug": "nocturne",
            "name": "Nocturne",
            "time_zone": "Europe/Berlin",
            "contact_email": "hello@nocturne.example",
            "owner_email": people.OWNER,
            "owner_name": "Ada",
        }

        def create() -> None:
            with services.database.transaction() as session:
                organizers.create(session, **(fine | wrong), now=services.clock())

        with pytest.raises(error):
            create()
        with Session(services.database.reader) as session:
            assert session.exec(select(Organizer)).all() == []

    def test_has_a_short_name_of_its_own(self, services: Services) -> None:
        people.organizer(services)
        with pytest.raises(SlugTaken):
            people.organizer(services)


class TestStaff:
    def test_a_new_member_gets_a_link_and_has_a_role(
        self, client: TestClient, services: Services
    ) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        body = {"email": "Bo@Nocturne.example", "name": "Bo", "role": "door"}
        added = client.post(STAFF, json=body, headers=people.keyed())
        assert added.status_code == 201
        assert added.json()["email"] == "bo@nocturne.example"
        with Session(services.database.reader) as session:
            link = session.exec(select(MagicLink).where(MagicLink.purpose == "staff-invite")).one()
        assert str(link.subject_id) == added.json()["id"]
        twice = client.post(STAFF, json=body, headers=people.keyed())
        assert (twice.status_code, twice.json()["code"]) == (409, "already-staff")

    def test_a_removed_member_is_out_at_once_and_can_come_back(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, owner = people.organizer(services)
        door = people.member(services, organizer.id, "door")
        people.sign_in_staff(client, services, door)
        cookie = client.cookies.get("passes_staff")
        assert cookie is not None
        people.sign_in_staff(client, services, owner)
        gone = client.delete(f"{STAFF}/{door.id}", headers=people.keyed())
        assert gone.status_code == 204
        body = {"email": door.email, "name": "Again", "role": "viewer"}
        back = client.post(STAFF, json=body, headers=people.keyed())
        assert (back.status_code, back.json()["id"]) == (201, str(door.id))
        people.use_cookie(client, "passes_staff", cookie)
        assert client.get("/api/v1/organizer").status_code == 401
        with Session(services.database.reader) as session:
            ended = select(LoginSession).where(LoginSession.subject_id == door.id)
            assert session.exec(ended).one().revoked_at is not None

    def test_a_new_role_counts_from_the_next_request(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, owner = people.organizer(services)
        second = people.member(services, organizer.id, "owner")
        people.sign_in_staff(client, services, second)
        assert client.get(STAFF).status_code == 200
        with services.database.transaction() as session:
            staff.change_role(
                session, caller=people.as_caller(owner), member_id=second.id, role="viewer"
            )
        assert client.get(STAFF).status_code == 403

    @pytest.mark.parametrize("role", sorted(set(ROLE_SCOPES) - {"owner"}))
    def test_only_owners_manage_people(
        self, client: TestClient, services: Services, role: str
    ) -> None:
        organizer, _ = people.organizer(services)
        people.sign_in_staff(client, services, people.member(services, organizer.id, role))
        body = {"email": "x@example.org", "name": "X", "role": "viewer"}
        answer = client.post(STAFF, json=body, headers=people.keyed())
        assert answer.status_code == 403
        assert answer.json()["needs"] == "people:manage"

    def test_the_last_owner_stays(self, client: TestClient, services: Services) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        gone = client.delete(f"{STAFF}/{owner.id}", headers=people.keyed())
        less = client.patch(f"{STAFF}/{owner.id}", json={"role": "viewer"}, headers=people.keyed())
        assert [gone.json()["code"], less.json()["code"]] == ["last-owner", "last-owner"]

    def test_two_owners_who_remove_each_other_at_once_do_not_both_succeed(
        self, services: Services
    ) -> None:
        organizer, ada = people.organizer(services)
        second = people.member(services, organizer.id, "owner")
        start = Barrier(2)

        def remove(who: StaffMember, whom: StaffMember) -> Callable[[], bool]:
            def attempt() -> bool:
                start.wait()
                try:
                    with services.database.transaction() as session:
                        staff.remove(
                            session,
                            caller=people.as_caller(who),
                            member_id=whom.id,
                            now=services.clock(),
                        )
                except LastOwner:
                    return False
                return True

            return attempt

        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(remove(ada, second)), pool.submit(remove(second, ada))]
            assert sorted(job.result() for job in jobs) == [False, True]

    def test_another_organizers_people_are_not_found(
        self, client: TestClient, services: Services
    ) -> None:
        _, owner = people.organizer(services)
        _, stranger = people.organizer(services, "other")
        people.sign_in_staff(client, services, owner)
        url = f"{STAFF}/{stranger.id}"
        changed = client.patch(url, json={"role": "viewer"}, headers=people.keyed())
        removed = client.delete(url, headers=people.keyed())
        assert [changed.status_code, removed.status_code] == [404, 404]
        assert len(client.get(STAFF).json()) == 1


class TestApiKeys:
    def _make(self, client: TestClient, *scopes: str) -> tuple[str, str]:
        body = {"name": "Shop", "scopes": list(scopes)}
        made = client.post(KEYS, json=body, headers=people.keyed())
        assert made.status_code == 201, made.text
        return made.json()["id"], made.json()["token"]

    def test_is_shown_once_and_stored_hashed(self, client: TestClient, services: Services) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        _, token = self._make(client, "passes:read")
        listed = client.get(KEYS).json()
        assert token not in str(listed)
        assert listed[0]["hint"] == token[-4:]
        with Session(services.database.reader) as session:
            row = session.exec(select(ApiKey)).one()
        assert token.encode() not in row.token_digest
        assert token not in row.model_dump_json(exclude={"token_digest"})

    def test_does_what_its_scopes_say_and_no_more(
        self, client: TestClient, services: Services
    ) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        _, token = self._make(client, "catalog:read")
        client.cookies.clear()
        bearer = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/v1/organizer", headers=bearer).status_code == 200
        refused = client.get(KEYS, headers=bearer)
        assert (refused.status_code, refused.json()["needs"]) == (403, "people:manage")

    def test_cannot_make_a_key_or_a_member_that_may_do_more(
        self, client: TestClient, services: Services
    ) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        _, token = self._make(client, "people:manage")
        client.cookies.clear()
        bearer = {"Authorization": f"Bearer {token}"}
        more = {"name": "More", "scopes": ["refunds:write"]}
        refused = client.post(KEYS, json=more, headers=bearer | people.keyed())
        assert (refused.status_code, refused.json()["needs"]) == (403, "refunds:write")
        body = {"email": "x@example.org", "name": "X", "role": "owner"}
        answer = client.post(STAFF, json=body, headers=bearer | people.keyed())
        assert answer.status_code == 403

    def test_a_revoked_key_is_out_at_once(self, client: TestClient, services: Services) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        key_id, token = self._make(client, "catalog:read")
        assert client.delete(f"{KEYS}/{key_id}", headers=people.keyed()).status_code == 204
        assert client.delete(f"{KEYS}/{key_id}", headers=people.keyed()).status_code == 404
        client.cookies.clear()
        bearer = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/v1/organizer", headers=bearer).status_code == 401

    @pytest.mark.parametrize("scopes", [[], ["everything"]])
    def test_needs_permissions_that_exist(
        self, client: TestClient, services: Services, scopes: list[str]
    ) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        body = {"name": "Shop", "scopes": scopes}
        assert client.post(KEYS, json=body, headers=people.keyed()).status_code == 422

    def test_a_replayed_answer_shows_it_again_but_no_row_holds_it(
        self, client: TestClient, services: Services
    ) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        header = people.keyed()
        body = {"name": "sealed." + "A" * 60 + ".", "scopes": ["passes:read"]}
        first = client.post(KEYS, json=body, headers=header)
        second = client.post(KEYS, json=body, headers=header)
        assert first.content == second.content
        assert second.headers["idempotency-replayed"] == "true"
        assert first.json()["name"] == body["name"]
