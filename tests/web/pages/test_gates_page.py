"""The gates page: who may see it, what it refuses beside the field, what it shows once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Gate
from tests import people
from tests.checkin.evening import Evening, evening
from tests.fakes import Clock
from tests.gate_phones import GatePhone

HTML = {"Accept": "text/html"}


@pytest.fixture
def night(services: Services, clock: Clock) -> Evening:
    return evening(services, clock)


@pytest.fixture
def owner(client: TestClient, services: Services, night: Evening) -> TestClient:
    people.sign_in_staff(client, services, night.made.owner)
    return client


def send(client: TestClient, key: str = "a-key-of-this-form", **fields: Any) -> Any:
    return client.post("/org/gates", data={"_key": key, **fields}, headers=HTML)


def link_in(text: str) -> str:
    return str(re.findall(r"/door/enrol/(ps_gate_[\w-]{64})", text)[0])


def test_form_makes_a_gate_once_and_shows_its_link(owner: TestClient, night: Evening) -> None:
    sent: dict[str, Any] = {"name": "Side door", "sessions": [str(night.first.id)], "names": "yes"}

    first, again = send(owner, **sent), send(owner, **sent)

    assert first.status_code == again.status_code == 201
    assert link_in(first.text) == link_in(again.text)
    assert link_in(first.text) not in owner.get("/org/gates").text
    gate = night.every(Gate)[-1]
    assert (gate.name, gate.session_ids) == ("Side door", str(night.first.id))
    assert gate.may_search_names
    assert len(night.every(Gate)) == 2


def test_list_says_what_each_gate_is(owner: TestClient, night: Evening) -> None:
    night.scan(night.code(night.issue()))
    phone = GatePhone()
    phone.enrol(owner, night.enrol("Side door", *(one.id for one in night.made.sessions)).token)

    shown = owner.get("/org/gates").text
    listed = owner.get("/api/v1/gates").json()

    assert "In use, without keys" in shown
    assert "Last scan" in shown
    assert "For every session." in shown
    assert "For “Evening 1”, “Evening 2”, “Evening 3”." in shown
    assert listed[0]["key_fingerprint"] in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "Door", "sessions": ["nonsense"]}, "Choose one from the list."),
    ],
    ids=["empty", "long", "session"],
)
def test_refused_form_comes_back_with_what_was_typed(
    owner: TestClient, night: Evening, fields: dict[str, Any], words: str
) -> None:
    answer = send(owner, **fields)

    assert answer.status_code == 422
    assert words in answer.text
    assert fields["name"] in answer.text
    assert len(night.every(Gate)) == 1


def test_page_is_for_who_manages_the_door(
    client: TestClient, services: Services, night: Evening
) -> None:
    for role, status in (("manager", 200), ("door", 403), ("viewer", 403)):
        people.sign_in_staff(client, services, people.member(services, night.organizer_id, role))
        assert client.get("/org/gates", headers=HTML).status_code == status
        assert ("/org/gates" in client.get("/org", headers=HTML).text) == (status == 200)
    refused = send(client, name="Mine")
    gone = client.post(
        f"/org/gates/{night.gate.id}/revoke", data={"_key": "another-key"}, headers=HTML
    )
    assert refused.status_code == gone.status_code == 403


def test_revoking_shows_the_gate_as_out(owner: TestClient, night: Evening) -> None:
    gone = owner.post(
        f"/org/gates/{night.gate.id}/revoke", data={"_key": "a-key-to-revoke"}, headers=HTML
    )

    assert gone.status_code == 303
    assert "Revoked: 1" in owner.get("/org/gates").text
    assert owner.get("/api/v1/door", headers=night.headers).status_code == 401


def test_other_organizers_gates_are_not_there(
    owner: TestClient, services: Services, night: Evening, clock: Clock
) -> None:
    other = evening(services, clock, "lumen")

    gone = owner.post(
        f"/org/gates/{other.gate.id}/revoke", data={"_key": "a-key-to-revoke"}, headers=HTML
    )
    named = send(owner, name="Mine", sessions=[str(other.first.id)])

    assert (gone.status_code, named.status_code) == (404, 404)
    assert len(other.every(Gate)) == 2
    assert [one for one in night.every(Gate) if one.revoked_at] == []
