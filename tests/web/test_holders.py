"""Holders over HTTP: staff find and make them, a guest keeps an account, tenants stay apart."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Organizer
from passes_service.worker import loop
from tests import people

URL = "/api/v1/holders"


@pytest.fixture
def organizer(client: TestClient, services: Services) -> Organizer:
    made, owner = people.organizer(services)
    people.sign_in_staff(client, services, owner)
    return made


@pytest.mark.usefixtures("organizer")
class TestStaff:
    def test_the_same_address_is_the_same_holder(self, client: TestClient) -> None:
        made = [
            client.post(URL, json={"email": email, "name": "Fan"}, headers=people.keyed()).json()
            for email in ("fan@example.org", " FAN@Example.org")
        ]
        assert made[0]["id"] == made[1]["id"]
        assert made[0]["emails"][0]["verified_at"] is None
        found = client.get(URL, params={"email": "Fan@example.org"})
        assert found.json() == made[0]
        assert client.get(f"{URL}/{made[0]['id']}").json() == made[0]

    def test_nonsense_names_its_field(self, client: TestClient) -> None:
        answer = client.post(URL, json={"email": "fan@nowhere"}, headers=people.keyed())
        assert (answer.status_code, answer.json()["field"]) == (422, "email")
        assert client.get(URL).json()["code"] == "field-refused"
        assert client.get(URL, params={"wallet": "0x1"}).status_code == 422

    @pytest.mark.parametrize("extra", ["verified_at", "merged_into", "feed_version"])
    def test_nothing_can_be_slipped_in(self, client: TestClient, extra: str) -> None:
        body = {"email": "fan@example.org", extra: "2027-01-01T00:00:00Z"}
        assert client.post(URL, json=body, headers=people.keyed()).status_code == 422

    def test_another_organizers_holders_are_not_found(
        self, client: TestClient, services: Services
    ) -> None:
        other, _ = people.organizer(services, "other")
        theirs = people.holder(services, other.id)
        assert client.get(f"{URL}/{theirs.id}").status_code == 404
        assert client.get(URL, params={"email": people.GUEST}).status_code == 404

    def test_the_door_may_not_look_people_up(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        people.sign_in_staff(client, services, people.member(services, organizer.id, "door"))
        assert client.get(URL, params={"email": people.GUEST}).status_code == 403
        made = client.post(URL, json={"email": people.GUEST}, headers=people.keyed())
        assert made.status_code == 403


class TestMe:
    def test_one_chooses_ones_name(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        named = client.patch("/api/v1/me", json={"name": " Kim  Lee "}, headers=people.keyed())
        assert named.json()["name"] == "Kim Lee"
        wrong = client.patch("/api/v1/me", json={"name": "a\x07b"}, headers=people.keyed())
        assert (wrong.status_code, wrong.json()["field"]) == (422, "name")

    def test_the_same_person_at_two_organizers_has_two_accounts(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        other, _ = people.organizer(services, "other")
        ids = []
        for place in (organizer, other):
            people.sign_in_holder(client, services, place.id)
            ids.append(client.get("/api/v1/me").json()["id"])
        assert ids[0] != ids[1]

    def test_an_address_of_ones_own_needs_no_second_proof(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        again = client.post(
            "/api/v1/me/emails", json={"email": people.GUEST}, headers=people.keyed()
        )
        assert (again.status_code, again.json()["field"]) == (422, "email")

    def test_one_cannot_have_letters_poured_over_somebody(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        got = [
            client.post(
                "/api/v1/me/emails", json={"email": "victim@example.org"}, headers=people.keyed()
            ).status_code
            for _ in range(6)
        ]
        assert got == [202] * 5 + [429]
        assert loop.drain(services, services.clock(), 100) >= 5
