"""Who may scan: gates by their own key, staff and API keys by scope, nobody for somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Gate
from tests import people
from tests.checkin.evening import Evening, body, evening, post
from tests.fakes import Clock


@pytest.fixture
def staff(client: TestClient, services: Services, night: Evening) -> TestClient:
    """A browser that the owner signed in with."""
    people.sign_in_staff(client, services, night.made.owner)
    return client


def enrol(client: TestClient, **fields: Any) -> Any:
    sent = {"name": "Side door", **fields}
    return client.post("/api/v1/gates", json=sent, headers=people.keyed())


def test_new_gate_shows_its_key_and_link_once_and_scans_with_it(
    staff: TestClient, night: Evening
) -> None:
    code = night.code(night.issue())

    made = enrol(staff)

    assert made.status_code == 201, made.text
    token = made.json()["token"]
    assert token.startswith("ps_gate_")
    assert made.json()["enrol_url"] == f"https://passes.test/door/enrol/{token}"
    assert token not in staff.get("/api/v1/gates").text
    assert all(token.encode() != (one.token_digest or b"") for one in night.every(Gate))
    answer = staff.post(
        "/api/v1/check-ins",
        json=body(code, night.first.id),
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.json()["code"] == "ADMIT"


def test_enrolling_twice_under_one_key_is_one_gate_and_one_answer(staff: TestClient) -> None:
    headers = people.keyed()
    first = staff.post("/api/v1/gates", json={"name": "Side door"}, headers=headers)
    again = staff.post("/api/v1/gates", json={"name": "Side door"}, headers=headers)

    assert again.content == first.content
    names = [one["name"] for one in staff.get("/api/v1/gates").json()]
    assert names == ["Side door", "Main door"]


def test_revoked_gate_is_out_at_once(staff: TestClient, night: Evening, services: Services) -> None:
    code = night.code(night.issue())

    gone = staff.delete(f"/api/v1/gates/{night.main.gate.id}", headers=people.keyed())
    again = staff.delete(f"/api/v1/gates/{night.main.gate.id}", headers=people.keyed())
    answer = post(staff, night, code)

    assert (gone.status_code, again.status_code) == (204, 204)
    assert answer.status_code == 401
    assert night.scans() == []
    assert staff.get("/api/v1/door", headers=night.headers).status_code == 401


def test_gate_scans_only_for_its_sessions(client: TestClient, night: Evening) -> None:
    made = night.enrol("Next week", night.made.sessions[1].id)
    headers = {"Authorization": f"Bearer {made.token}"}
    sent = body(night.code(night.issue()), night.first.id)

    answer = client.post("/api/v1/check-ins", json=sent, headers=headers)
    here = client.get("/api/v1/door", headers=headers).json()

    assert (answer.status_code, answer.json()["code"]) == (403, "gate-not-for-session")
    assert [one["id"] for one in here["sessions"]] == [str(night.made.sessions[1].id)]
    assert (here["gate"], here["enrolled"]) == ("Next week", True)
    assert client.get(f"/api/v1/sessions/{night.first.id}/door", headers=headers).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("door", 200), ("finance", 403), ("viewer", 403)])
def test_staff_scan_without_a_gate_if_their_role_may(
    client: TestClient, services: Services, night: Evening, role: str, status: int
) -> None:
    member = people.member(services, night.organizer_id, role)
    people.sign_in_staff(client, services, member)
    code = night.code(night.issue())

    answer = client.post("/api/v1/check-ins", json=body(code, night.first.id))

    assert answer.status_code == status, answer.text
    if status == 200:
        again = client.post("/api/v1/check-ins", json=body(code, night.first.id))
        assert again.json()["first"]["gate"] == "Door"
        assert [one.name for one in night.every(Gate)] == ["Main door", "Door"]


def test_role_door_cannot_enrol_or_list_gates(
    client: TestClient, services: Services, night: Evening
) -> None:
    people.sign_in_staff(client, services, people.member(services, night.organizer_id, "door"))

    assert enrol(client).status_code == 403
    assert client.get("/api/v1/gates").status_code == 403


def test_automatic_gate_of_staff_is_not_listed_and_not_revoked(
    staff: TestClient, night: Evening
) -> None:
    staff.post("/api/v1/check-ins", json=body("1", night.first.id))

    listed = [one["name"] for one in staff.get("/api/v1/gates").json()]
    gone = staff.delete(f"/api/v1/gates/{night.made.owner.id}", headers=people.keyed())

    assert listed == ["Main door"]
    assert gone.status_code == 404


def test_api_key_scans_with_its_scope(staff: TestClient, night: Evening) -> None:
    token = staff.post(
        "/api/v1/api-keys",
        json={"name": "Turnstile", "scopes": ["door:scan"]},
        headers=people.keyed(),
    ).json()["token"]
    code = night.code(night.issue())

    answer = staff.post(
        "/api/v1/check-ins",
        json=body(code, night.first.id),
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.json()["code"] == "ADMIT"


def test_nobody_scans_without_a_credential(client: TestClient, night: Evening) -> None:
    assert client.post("/api/v1/check-ins", json=body("1", night.first.id)).status_code == 401
    broken = {"Authorization": "Bearer ps_gate_nonsense"}
    answer = client.post("/api/v1/check-ins", json=body("1", night.first.id), headers=broken)
    assert answer.status_code == 401


def test_other_organizers_doors_are_not_visible(
    client: TestClient, services: Services, night: Evening, clock: Clock
) -> None:
    admitted = post(client, night, night.code(night.issue())).json()["check_in_id"]
    clock.now = clock.now - timedelta(days=20)
    other = evening(services, clock, "lumen")

    scan = client.post("/api/v1/check-ins", json=body("1", night.first.id), headers=other.headers)
    door = client.get(f"/api/v1/sessions/{night.first.id}/door", headers=other.headers)
    scans = client.get(f"/api/v1/sessions/{night.first.id}/scans", headers=other.headers)
    annul = client.post(f"/api/v1/check-ins/{admitted}/annul", headers=other.headers)
    people.sign_in_staff(client, services, other.made.owner)
    revoke = client.delete(f"/api/v1/gates/{night.main.gate.id}", headers=people.keyed())
    named = enrol(client, session_ids=[str(night.first.id)])

    for answer in (scan, door, scans, annul, revoke, named):
        assert answer.status_code == 404, answer.text
    assert "Evening" not in scan.text


def test_door_tells_counters_and_last_scans(client: TestClient, night: Evening) -> None:
    code = night.code(night.issue())
    first = post(client, night, code).json()
    second = post(client, night, code).json()

    door = client.get(f"/api/v1/sessions/{night.first.id}/door", headers=night.headers).json()
    scans = client.get(f"/api/v1/sessions/{night.first.id}/scans", headers=night.headers).json()

    assert door == {"inside": 1, "admitted": 1, "left": 0, "refused": 1, "capacity": None}
    assert scans == [second, first]


def test_undo_and_exit_over_http(client: TestClient, night: Evening, clock: Clock) -> None:
    code = night.code(night.issue())
    admitted = post(client, night, code).json()["check_in_id"]

    undone = client.post(f"/api/v1/check-ins/{admitted}/annul", headers=night.headers)
    post(client, night, code)
    left = client.post(
        "/api/v1/check-ins/exits", json=body(code, night.first.id), headers=night.headers
    )
    clock.forward(minutes=16)
    late = client.post(
        f"/api/v1/check-ins/{left.json()['check_in_id']}/annul", headers=night.headers
    )

    assert undone.json()["annulled_at"] is not None
    assert left.json()["code"] == "EXIT"
    assert (late.status_code, late.json()["code"]) == (409, "annul-too-late")


def test_simulation_over_http_writes_nothing(client: TestClient, night: Evening) -> None:
    answer = post(client, night, night.code(night.issue()), simulate=True)

    assert (answer.json()["code"], answer.json()["simulated"]) == ("ADMIT", True)
    assert night.scans() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "active"},
        {"epoch": 1},
        {"text": ""},
        {"text": "x" * 4097},
        {"text": None},
        {"nonce": "short"},
        {"nonce": "with a blank"},
        {"nonce": "x" * 65},
        {"session_id": "nonsense"},
        {"force_reason": "x" * 201},
        {"force_reason": "bell\x07"},
    ],
    ids=lambda changes: f"{next(iter(changes))}-{len(str(next(iter(changes.values()))))}",
)
def test_request_of_the_wrong_shape_is_422(
    client: TestClient, night: Evening, changes: dict[str, Any]
) -> None:
    sent = body("1", night.first.id) | changes

    answer = client.post("/api/v1/check-ins", json=sent, headers=night.headers)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert night.scans() == []
