"""Passes set aside for a gate: handed out without a network, issued later, or returned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin.offline import blocks
from passes_service.core import pass_id as pass_numbers
from passes_service.db.models import Holder, Pass, ReservedPass, Series
from passes_service.passes import reserved
from tests import people
from tests.checkin.evening import Evening, post
from tests.checkin.offline.lone_gate import LoneGate

MINUTE = timedelta(minutes=1)


def block(night: Evening, gate: LoneGate, count: int) -> list[ReservedPass]:
    """Set passes aside for a gate."""
    with night.services.database.transaction() as session:
        rows = blocks.reserve(
            session,
            organizer_id=night.organizer_id,
            gate_id=gate.id,
            series_id=night.made.series.id,
            session_id=night.first.id,
            count=count,
            keys=night.services.keyring,
            now=night.services.clock(),
        )
        return list(rows)


def number_of(night: Evening, row: ReservedPass) -> int:
    return pass_numbers.compose(night.made.series.series_no, row.serial)


def sell(night: Evening, gate: LoneGate, row: ReservedPass, **said: Any) -> dict[str, str]:
    known: dict[str, Any] = {
        "pass": str(number_of(night, row)),
        "epoch": row.epoch,
        "code": "",
        "rule": "",
    }
    return gate.write("sale", **known | said)


def series_of(night: Evening) -> Series:
    return night.every(Series)[0]  # type: ignore[type-var]  # every table has an id


def test_what_a_gate_hands_out_is_a_pass_when_its_log_arrives_and_its_code_opens_the_door(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    rows = block(night, east, 2)
    sell(night, east, rows[0], paid_minor=6_000, currency="EUR", name="Ilse")
    east.enter(rows[0].code, number_of(night, rows[0]))
    assert night.every(Pass) == []  # type: ignore[type-var]  # every table has an id

    results = east.results()

    assert results[0]["detail"] == "handed out"
    assert results[1]["conflict"] is None
    [row] = night.every(Pass)  # type: ignore[type-var]
    assert (row.serial, row.paid_minor, row.provider, row.state) == (1, 6_000, "external", "active")
    [guest] = [one for one in night.every(Holder) if one.name == "Ilse"]  # type: ignore[type-var]
    assert row.holder_id == guest.id
    assert [one.pass_row_id for one in night.admissions()] == [row.id]
    assert post(client, night, rows[0].code).json()["code"] == "DUPLICATE"


def test_a_number_is_handed_out_once_however_often_the_log_arrives(
    night: Evening, east: LoneGate
) -> None:
    [row] = block(night, east, 1)
    sell(night, east, row)
    east.results()
    sell(night, east, row)

    results = east.results()

    assert [one["detail"] for one in results] == [
        "handed out",
        "This number is in no block of the gate, or was handed out before.",
    ]
    assert len(night.every(Pass)) == 1  # type: ignore[type-var]


def test_another_gate_lets_a_reserved_number_in_and_the_sale_makes_it_an_admission(
    client: TestClient, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    [row] = block(night, east, 1)
    sell(night, east, row)
    now = night.services.clock()
    west.enter(row.code, number_of(night, row), at=now - MINUTE)

    [before] = west.results()
    assert (before["code"], before["conflict"]) == ("ADMIT_PROVISIONAL", None)
    assert night.admissions() == []
    east.results()

    [entry] = night.admissions()
    assert (entry.gate_id, entry.conflict_code) == (west.id, "")
    assert post(client, night, row.code).json()["code"] == "DUPLICATE"


def test_a_number_of_another_gates_block_or_one_that_was_never_set_aside_is_not_sold(
    night: Evening, east: LoneGate, west: LoneGate
) -> None:
    [row] = block(night, east, 1)
    sell(night, west, row)
    never: dict[str, Any] = {"pass": str(number_of(night, row) + 1), "code": ""}
    west.write("sale", **never)

    assert all("in no block" in one["detail"] for one in west.results())
    assert night.every(Pass) == []  # type: ignore[type-var]


def test_after_the_session_nothing_more_is_handed_out(night: Evening, east: LoneGate) -> None:
    [row] = block(night, east, 1)
    sell(night, east, row, at=row.hand_out_until + MINUTE)
    night.services.clock.now = row.hand_out_until + 2 * MINUTE  # type: ignore[attr-defined]

    [result] = east.results()

    assert result["detail"].startswith("The block was to be handed out until")
    assert night.every(Pass) == []  # type: ignore[type-var]


def test_more_cash_than_the_price_is_not_a_refund_base_and_another_currency_is_no_sale(
    night: Evening, east: LoneGate
) -> None:
    first, second = block(night, east, 2)
    sell(night, east, first, paid_minor=10_000, currency="EUR")
    sell(night, east, second, paid_minor=10, currency="USD")

    results = east.results()

    assert "more was taken" in results[0]["detail"]
    assert "sold in EUR" in results[1]["detail"]
    assert [row.paid_minor for row in night.every(Pass)] == [6_000]  # type: ignore[type-var]


def test_what_was_not_handed_out_returns_and_is_issued_again_in_an_epoch_of_its_own(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    rows = block(night, east, 5)  # all there are
    sell(night, east, rows[0])
    east.results()
    with night.services.database.transaction() as session:
        assert reserved.give_back(session, now=rows[0].expires_at - MINUTE) == 0
        assert reserved.give_back(session, now=rows[0].expires_at) == 4
        assert reserved.give_back(session, now=rows[0].expires_at) == 0
    assert (series_of(night).left, series_of(night).returned) == (4, 4)

    again = night.issue("late@example.org")

    assert (again.row.serial, again.row.epoch) == (2, 2)
    assert post(client, night, rows[1].code).json()["code"] == "STALE"
    assert post(client, night, night.code(again)).json()["code"] == "ADMIT"
    assert (series_of(night).issued, series_of(night).left) == (5, 3)


def test_a_late_log_still_sells_a_returned_number_but_not_one_that_somebody_else_has(
    night: Evening, east: LoneGate
) -> None:
    rows = block(night, east, 5)
    sold_at = night.services.clock()
    with night.services.database.transaction() as session:
        reserved.give_back(session, now=rows[0].expires_at)
    night.issue("late@example.org")  # gets the lowest number
    sell(night, east, rows[0], at=sold_at)
    sell(night, east, rows[1], at=sold_at)

    results = east.results()

    assert [one["detail"] == "handed out" for one in results] == [False, True]
    assert sorted((row.serial, row.epoch) for row in night.every(Pass)) == [(1, 2), (2, 1)]  # type: ignore[type-var]


def test_a_block_needs_a_gate_that_can_keep_a_secret_and_passes_that_are_there(
    client: TestClient, services: Services, night: Evening, east: LoneGate
) -> None:
    people.sign_in_staff(client, services, night.made.owner)
    asked = {
        "series_id": str(night.made.series.id),
        "session_id": str(night.first.id),
        "count": 3,
    }

    def ask(gate_id: object, **changed: Any) -> Any:
        address = f"/api/v1/gates/{gate_id}/blocks"
        return client.post(address, json=asked | changed, headers=people.keyed())

    assert ask(night.main.gate.id).json()["code"] == "block-refused"
    made = ask(east.id)
    assert made.status_code == 201, made.text
    assert [one["serial"] for one in made.json()["passes"]] == [1, 2, 3]
    assert "code" not in made.json()["passes"][0]
    assert ask(east.id).json()["code"] == "sold-out"
    assert ask(east.id, count=0).status_code == 422
    assert ask(east.id, session_id=str(night.organizer_id)).status_code == 404
    listed = client.get(f"/api/v1/gates/{east.id}/blocks").json()["passes"]
    assert [one["state"] for one in listed] == ["reserved"] * 3


def test_online_a_reserved_number_opens_once_and_the_sale_makes_it_the_admission(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    [row, other] = block(night, east, 2)

    first = post(client, night, row.code).json()
    again = post(client, night, row.code).json()
    typed = post(client, night, str(other.serial)).json()

    assert (first["code"], first["forceable"]) == ("ADMIT_PROVISIONAL", False)
    assert again["code"] == "DUPLICATE"
    assert again["sentence"] == "This pass already came in at 19:50 at Main door."
    assert typed["code"] == "UNKNOWN"
    assert night.admissions() == []
    sell(night, east, row, at=night.services.clock() - MINUTE)
    east.results()
    [entry] = night.admissions()
    assert (entry.gate_id, entry.number, entry.conflict_code) == (night.main.gate.id, 1, "")
    assert post(client, night, row.code).json()["first"]["check_in_id"] == str(entry.id)
    assert post(client, night, other.code).json()["code"] == "ADMIT_PROVISIONAL"


def test_a_reserved_number_obeys_the_doors_and_a_lost_answer_is_the_same_scan(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    [row] = block(night, east, 1)
    at, clock = night.services.clock(), night.services.clock
    clock.now = at - timedelta(hours=2)  # type: ignore[attr-defined]  # the test's clock
    early = post(client, night, row.code, force_reason="We know this guest").json()
    clock.now = at  # type: ignore[attr-defined]
    sent = {"session_id": str(night.first.id), "text": row.code, "nonce": "same-scan-1"}
    answers = [
        client.post("/api/v1/check-ins", json=sent, headers=night.headers).json() for _ in range(2)
    ]
    tried = {**sent, "nonce": "only-a-look", "simulate": True}
    look = client.post("/api/v1/check-ins", json=tried, headers=night.headers).json()

    assert (early["code"], early["forceable"]) == ("TOO_EARLY", False)
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "ADMIT_PROVISIONAL"
    assert look["code"] == "DUPLICATE"
    assert len(night.scans()) == 2
