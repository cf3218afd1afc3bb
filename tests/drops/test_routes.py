"""Drops over HTTP: by the organizer, by a partner, and what everybody may read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Drop, StaffMember
from tests import people, season
from tests.drops import ground
from tests.drops.ground import DAY, HOUR
from tests.fakes import Clock
from tests.season import Season

PATH = "/api/v1/drops"


@pytest.fixture
def made(client: TestClient, services: Services) -> Season:
    """A season whose owner is signed in."""
    found = season.season(services)
    people.sign_in_staff(client, services, found.owner)
    return found


def _body(services: Services, made: Season, **more: Any) -> dict[str, Any]:
    now = services.clock()
    return {
        "title": "The Drop",
        "slug": "the-drop",
        "opens_at": (now + HOUR).isoformat(),
        "closes_at": (now + DAY).isoformat(),
        "stocks": [{"series_id": str(made.series.id), "quantity": 3, "prices": {"EUR": 4500}}],
        **more,
    }


def _post(client: TestClient, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(path, json=body or {}, headers=people.keyed())


def _new(client: TestClient, services: Services, made: Season, **more: Any) -> dict[str, Any]:
    answer = _post(client, PATH, _body(services, made, **more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_drop_is_scheduled_read_and_listed(
    client: TestClient, services: Services, made: Season
) -> None:
    new = _new(client, services, made)
    assert (new["state"], new["left"], new["held"], new["sold"]) == ("scheduled", 3, 0, 0)
    (offer,) = new["offers"]
    assert offer["parts"][0]["prices"]["EUR"]["text"] == "EUR 45.00"
    assert client.get(f"{PATH}/{new['id']}").json() == new
    assert client.get(PATH).json() == [new]


def test_a_call_that_is_repeated_schedules_once(
    client: TestClient, services: Services, made: Season
) -> None:
    body, key = _body(services, made), people.keyed()
    first, second = (client.post(PATH, json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.content) == (201, second.content)
    assert len(client.get(PATH).json()) == 1


def test_refusals_name_the_field(client: TestClient, services: Services, made: Season) -> None:
    many = [{"series_id": str(made.series.id), "quantity": 6}]
    answer = _post(client, PATH, _body(services, made, stocks=many))
    assert (answer.status_code, answer.json()["code"]) == (409, "drop-too-many")
    assert (answer.json()["field"], answer.json()["left"]) == ("stocks[0].quantity", 5)


@pytest.mark.parametrize(
    "more",
    [
        {"state": "open"},
        {"per_holder": 0},
        {"stocks": []},
        {"opens_at": "2027-03-02T12:00:00"},
        {"slug": "Not a slug"},
        {"mode": "auction"},
        {"shares": [{"partner": "x" * 41, "share_bp": 1}]},
        {"stocks": [{"series_id": "7", "quantity": -1}]},
    ],
)
def test_bad_input_is_refused(
    client: TestClient, services: Services, made: Season, more: dict[str, Any]
) -> None:
    answer = _post(client, PATH, _body(services, made, **more))
    assert answer.status_code == 422
    assert client.get(PATH).json() == []


def test_it_goes_through_its_states(
    client: TestClient, services: Services, made: Season, clock: Clock
) -> None:
    path = f"{PATH}/{_new(client, services, made)['id']}"
    states = []
    for verb in ("open", "pause", "resume", "close", "close"):
        answer = _post(client, f"{path}/{verb}")
        assert answer.status_code == 200, answer.text
        states.append(answer.json()["state"])
        clock.forward(minutes=1)
    assert states == ["open", "paused", "open", "settled", "settled"]
    refused = _post(client, f"{path}/open")
    assert (refused.status_code, refused.json()["code"]) == (409, "drop-state-unfit")
    assert refused.json()["state"] == "settled"


def test_what_is_left_out_of_a_change_stays(
    client: TestClient, services: Services, made: Season
) -> None:
    new = _new(client, services, made, proof="Ten years of it")
    path = f"{PATH}/{new['id']}"
    later = (services.clock() + 2 * HOUR).isoformat()
    answer = client.patch(
        path, json={"title": "Other", "opens_at": later}, headers=people.keyed()
    ).json()
    assert (answer["title"], answer["proof"], answer["version"]) == ("Other", "Ten years of it", 2)
    assert answer["phases"][0]["opens_at"] == answer["opens_at"]
    assert client.patch(path, json={"title": None}, headers=people.keyed()).status_code == 422
    assert client.patch(path, json={"slug": "new"}, headers=people.keyed()).status_code == 422


def test_who_may_read_may_not_change(client: TestClient, services: Services, made: Season) -> None:
    new = _new(client, services, made)
    viewer = people.member(services, made.organizer_id, "viewer")
    people.sign_in_staff(client, services, viewer)
    assert client.get(f"{PATH}/{new['id']}").status_code == 200
    for path in (PATH, f"{PATH}/{new['id']}/close", f"{PATH}/{new['id']}/shares"):
        body = _body(services, made) if path == PATH else {"partner": "x", "share_bp": 1}
        body = {} if path.endswith("close") else body
        assert _post(client, path, body).status_code == 403


def test_another_organizer_sees_nothing(
    client: TestClient, services: Services, made: Season
) -> None:
    new = _new(client, services, made)
    other = season.season(services, "elsewhere")
    people.sign_in_staff(client, services, other.owner)
    assert client.get(PATH).json() == []
    for path in (f"{PATH}/{new['id']}", f"{PATH}/{new['id']}/settlement"):
        assert client.get(path).status_code == 404
    assert _post(client, f"{PATH}/{new['id']}/pause").status_code == 404
    theirs = [{"series_id": str(made.series.id), "quantity": 1}]
    assert _post(client, PATH, _body(services, made, stocks=theirs)).status_code == 404


def test_everybody_reads_what_is_left_with_its_time(
    client: TestClient, services: Services, made: Season
) -> None:
    sold = ground.drop(services, made, quantity=5)
    ground.take(services, sold.stock, held=1, sold=2)
    client.cookies.clear()
    answer = client.get("/o/nocturne/drops/the-drop.json")
    body = answer.json()
    assert (body["quantity"], body["left"], body["held"], body["sold"]) == (5, 2, 1, 2)
    assert body["as_of"] == "2027-03-01T12:00:00Z"
    assert "phase_params" not in body
    assert answer.headers["cache-control"] == "public, max-age=1"
    assert client.get("/o/nocturne/drops/nothing.json").status_code == 404


class TestShares:
    def _partner(self, services: Services) -> StaffMember:
        return people.organizer(services, "partner")[1]

    def test_a_share_is_offered_accepted_published_and_settled(
        self, client: TestClient, services: Services, made: Season, clock: Clock
    ) -> None:
        owner = self._partner(services)
        new = _new(client, services, made)
        path = f"{PATH}/{new['id']}"
        offered = _post(client, f"{path}/shares", {"partner": "partner", "share_bp": 2500}).json()
        assert offered["waits_for"] == ["Partner"]
        assert _post(client, f"{path}/open").json()["code"] == "share-unfit"
        clock.forward(hours=2)
        assert client.get(path).json()["state"] == "scheduled"

        people.sign_in_staff(client, services, owner)
        (share,) = client.get("/api/v1/drop-shares").json()
        assert (share["lead"], share["share_bp"], share["accepted_at"]) == ("Nocturne", 2500, None)
        assert client.get(f"{path}/settlement").status_code == 404
        accept = f"/api/v1/drop-shares/{share['lead_id']}/{share['drop_id']}/accept"
        assert _post(client, accept, {"share_bp": 3000}).json()["code"] == "share-unfit"
        assert _post(client, accept, {"share_bp": 2500}).status_code == 200
        told = client.get(f"{path}/settlement").json()
        assert (told["sold"], told["revenue"], told["settled_at"]) == (0, [], None)

        client.cookies.clear()
        public = client.get("/o/nocturne/drops/the-drop.json").json()
        assert public["state"] == "open"
        assert [(one["partner"], one["share_bp"]) for one in public["shares"]] == [
            ("partner", 2500)
        ]

    def test_a_share_can_be_taken_back(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        self._partner(services)
        share = {"partner": "partner", "share_bp": 100}
        new = _new(client, services, made, shares=[share])
        assert new["waits_for"] == ["Partner"]
        path = f"{PATH}/{new['id']}/shares/partner"
        assert client.delete(path, headers=people.keyed()).json()["shares"] == []
        assert client.delete(path, headers=people.keyed()).status_code == 404

    def test_nobody_is_named_who_is_not_there(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        new = _new(client, services, made)
        body = {"partner": "nobody-here", "share_bp": 100}
        assert _post(client, f"{PATH}/{new['id']}/shares", body).status_code == 404


class TestAudiences:
    PATH = "/api/v1/audiences"

    def test_people_come_and_go(self, client: TestClient, services: Services, made: Season) -> None:
        new = _post(client, self.PATH, {"name": "Fans", "addresses": ["A@example.org"]}).json()
        path = f"{self.PATH}/{new['id']}"
        body = {"put_on": ["b@example.org", "c@example.org"], "take_off": ["a@example.org"]}
        changed = client.patch(path, json=body, headers=people.keyed()).json()
        assert (new["size"], changed["size"]) == (1, 2)
        assert client.get(f"{path}/members").json() == ["b@example.org", "c@example.org"]
        assert client.get(f"{path}/members?after=b@example.org").json() == ["c@example.org"]
        assert client.delete(path, headers=people.keyed()).status_code == 204
        assert client.get(self.PATH).json() == []

    def test_what_is_no_address_is_named(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        answer = _post(client, self.PATH, {"name": "Fans", "addresses": ["a@b.example", "0x12"]})
        assert (answer.status_code, answer.json()["line"]) == (422, 2)

    def test_addresses_are_for_those_who_may_read_people(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        new = _post(client, self.PATH, {"name": "Fans"}).json()
        people.sign_in_staff(client, services, people.member(services, made.organizer_id, "door"))
        assert client.get(f"{self.PATH}/{new['id']}/members").status_code == 403
        assert client.get(f"{self.PATH}/{uuid4()}/members").status_code == 403


def test_an_edition_is_built_step_by_step(
    client: TestClient, services: Services, made: Season
) -> None:
    later = ground.another_series(services, made, cap=7)
    body = {"calendar_id": str(made.calendar.id), "title": "Founders", "cap": 12}
    new = _post(client, "/api/v1/editions", body).json()
    path = f"/api/v1/editions/{new['id']}"
    answers = [
        _post(client, f"{path}/series", {"series_id": str(one.id)}).json()
        for one in (made.series, later)
    ]
    assert [one["complete"] for one in (new, *answers)] == [False, False, True]
    assert [(one["first_number"], one["last_number"]) for one in answers[1]["steps"]] == [
        (1, 5),
        (6, 12),
    ]
    assert client.get(path).json() == client.get("/api/v1/editions").json()[0] == answers[1]
    again = _post(client, "/api/v1/editions", body).json()
    refused = _post(client, f"/api/v1/editions/{again['id']}/series", {"series_id": str(later.id)})
    assert refused.json()["code"] == "edition-unfit"


def test_a_drop_cannot_be_told_to_last_for_ever(
    client: TestClient, services: Services, made: Season
) -> None:
    late = (services.clock() + timedelta(days=3000)).isoformat()
    answer = _post(client, PATH, _body(services, made, closes_at=late))
    assert (answer.status_code, answer.json()["field"]) == (422, "closes_at")
    with services.database.reading() as session:
        assert session.get(Drop, (made.organizer_id, made.series.id)) is None
