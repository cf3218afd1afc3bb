"""The page of one gate: passes set aside for it, and what became of each number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import gates
from passes_service.db.models import Pass, ReservedPass
from passes_service.passes import reserved
from tests import people
from tests.checkin.evening import Evening, another_series, evening
from tests.checkin.offline.lone_gate import LoneGate, lone_gate
from tests.fakes import Clock

HTML = {"Accept": "text/html"}
HOUR = timedelta(hours=1)


@pytest.fixture
def night(services: Services, clock: Clock) -> Evening:
    return evening(services, clock)


@pytest.fixture
def east(client: TestClient, night: Evening) -> LoneGate:
    return lone_gate(client, night, "East")


@pytest.fixture
def owner(client: TestClient, services: Services, night: Evening) -> TestClient:
    people.sign_in_staff(client, services, night.made.owner)
    return client


def send(client: TestClient, gate: object, key: str = "a-key-of-this-form", **fields: Any) -> Any:
    return client.post(f"/org/gates/{gate}/blocks", data={"_key": key, **fields}, headers=HTML)


def what(night: Evening) -> str:
    return f"{night.made.series.id}:{night.first.id}"


def shown(client: TestClient, gate: LoneGate) -> str:
    answer = client.get(f"/org/gates/{gate.id}", headers=HTML)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def numbers(night: Evening) -> list[ReservedPass]:
    return night.every(ReservedPass)  # type: ignore[type-var]  # every table has an id


def test_numbers_are_set_aside_once_and_shown(
    owner: TestClient, night: Evening, east: LoneGate
) -> None:
    before = shown(owner, east)
    sent = [send(owner, east.id, what=what(night), count="3") for _ in range(2)]

    after = shown(owner, east)

    assert what(night) in before
    assert "None yet." in before
    assert [one.headers["location"] for one in sent] == [f"/org/gates/{east.id}#blocks"] * 2
    assert [row.serial for row in numbers(night)] == [1, 2, 3]
    assert "3: number 1 to 3" in after
    assert after.count("<td>With the gate </td>") == 3
    assert numbers(night)[0].code not in after
    assert "2 left" in after
    assert "None yet." not in after


def test_what_became_of_each_number_is_said(
    owner: TestClient, night: Evening, east: LoneGate, clock: Clock
) -> None:
    send(owner, east.id, what=what(night), count="5")
    rows = numbers(night)
    series_no = night.made.series.series_no
    for row, paid in zip(rows[:2], (6_000, 0), strict=True):
        number = (1 << 96) | (series_no << 32) | row.serial
        money: dict[str, Any] = {"paid_minor": paid, "currency": "EUR" if paid else ""}
        east.write("sale", code="SOLD", epoch=1, **({"pass": str(number)} | money))
    assert [one["detail"] for one in east.results()] == ["handed out"] * 2
    clock.now = rows[0].hand_out_until + HOUR
    waiting = shown(owner, east)
    clock.now = rows[0].expires_at
    with night.services.database.transaction() as session:
        assert reserved.give_back(session, now=clock.now) == 3
    night.issue("late@example.org")

    after = shown(owner, east)

    sold = night.every(Pass)[0]  # type: ignore[type-var]
    assert "<dd>2, for EUR 60.00 in cash</dd>" in waiting
    assert waiting.count("Not heard of; the gate") == 3
    assert f'<a href="/org/passes/{sold.pass_id}">Handed out</a>, EUR 60.00' in after
    assert "Handed out</a>, free of charge" in after
    assert after.count("Came back; can be sold again") == 2
    assert after.count("was sold again to somebody else") == 1
    assert "<dd>3, 1 of them sold again with a new code</dd>" in after


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"count": "0"}, "Type a whole number from 1 to 500."),
        ({"count": "many"}, "Type a whole number from 1 to 500."),
        ({"count": "6"}, "There are no 6 passes left to set aside."),
        ({"what": "nonsense", "count": "1"}, "Choose one from the list."),
    ],
    ids=["none", "word", "more than there are", "made up"],
)
def test_refused_form_comes_back_with_what_was_typed(
    owner: TestClient, night: Evening, east: LoneGate, fields: dict[str, str], words: str
) -> None:
    answer = send(owner, east.id, **({"what": what(night)} | fields))

    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert f'value="{fields["count"]}"' in answer.text
    assert numbers(night) == []


def test_form_offers_what_is_on_sale_for_sessions_of_the_gate(
    owner: TestClient, night: Evening, client: TestClient, east: LoneGate, clock: Clock
) -> None:
    with night.services.database.transaction() as session:
        second = another_series(session, night, title="Late pass", cap=2)
    narrow = night.enrol("Narrow", night.made.sessions[1].id)
    one = LoneGate(night, client, "Narrow", narrow.gate.id, narrow.token)
    one.token = one.phone.enrol(client, narrow.token).json()["token"]

    wide, little = shown(owner, east), shown(owner, one)
    clock.now = night.made.sessions[-1].ends_at + HOUR
    over = shown(owner, east)

    assert wide.count("<optgroup") == 3
    assert wide.count(f"{second.id}:") == 3
    assert little.count("<optgroup") == 1
    assert f"{second.id}:{night.made.sessions[1].id}" in little
    assert "There is nothing to set aside now" in over


def test_gate_without_a_phone_or_revoked_gets_nothing(
    owner: TestClient, night: Evening, east: LoneGate
) -> None:
    bare = owner.get(f"/org/gates/{night.main.gate.id}", headers=HTML).text
    refused = send(owner, night.main.gate.id, what=what(night), count="1")
    send(owner, east.id, "a-key-before", what=what(night), count="2")
    with night.services.database.transaction() as session:
        gates.revoke(
            session, organizer_id=night.organizer_id, gate_id=east.id, now=night.services.clock()
        )

    assert "Open its link on a phone first" in bare
    assert "<form" not in bare.partition("<main")[2]
    assert refused.status_code == 409
    after = shown(owner, east)
    assert "This gate is revoked" in after
    assert "<dd>2; it is revoked, so these open no door</dd>" in after
    assert send(owner, east.id, "another-key", what=what(night), count="1").status_code == 404


def test_page_is_for_who_manages_the_door_of_this_organizer(
    client: TestClient, services: Services, night: Evening, east: LoneGate, clock: Clock
) -> None:
    other = evening(services, clock, "lumen")
    for role, status in (("manager", 200), ("door", 403), ("viewer", 403)):
        people.sign_in_staff(client, services, people.member(services, night.organizer_id, role))
        assert client.get(f"/org/gates/{east.id}", headers=HTML).status_code == status
    assert send(client, east.id, what=what(night), count="1").status_code == 403
    people.sign_in_staff(client, services, other.made.owner)
    assert client.get(f"/org/gates/{east.id}", headers=HTML).status_code == 404
    assert send(client, east.id, what=what(other), count="1").status_code == 404
    assert numbers(night) == []
