"""The door report names what gates without a network let in twice, and what was not believed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import gates
from tests import people
from tests.checkin.evening import Evening
from tests.checkin.offline.lone_gate import LoneGate

MINUTE = timedelta(minutes=1)


def test_the_report_names_both_gates_times_and_who_was_alone(
    client: TestClient, services: Services, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    held, other = night.issue("one@example.org"), night.issue("two@example.org")
    now = night.services.clock()
    east.enter(night.code(held), held.row.pass_id, at=now - 6 * MINUTE)
    west.enter(night.code(held), held.row.pass_id, at=now - 4 * MINUTE)
    west.enter(night.code(other), other.row.pass_id, at=now - 3 * MINUTE)
    west.enter("", 1 << 96 | 7 << 32 | 9, typed=True, at=now - 2 * MINUTE)
    east.results()
    west.results()
    _after_revocation(night, east)
    people.sign_in_staff(client, services, night.made.owner)
    address = f"/api/v1/sessions/{night.first.id}"

    found = client.get(f"{address}/door-report").json()

    assert (found["came"], found["entries"], found["alone"]) == (2, 2, 4)
    assert found["quarantined"] == 1
    twice, unknown = found["conflicts"]
    assert (twice["code"], twice["serial"]) == ("DUPLICATE", 1)
    assert twice["entry"] == {"gate": "West", "at": _text(now - 4 * MINUTE), "alone": True}
    assert twice["stands"] == {"gate": "East", "at": _text(now - 6 * MINUTE), "alone": True}
    assert (unknown["code"], unknown["serial"], unknown["stands"]) == ("UNKNOWN", None, None)
    assert {one["name"]: (one["admitted"], one["alone"]) for one in found["gates"]} == {
        "East": (1, 1),
        "West": (1, 3),
    }
    lines = client.get(f"{address}/scans.csv").text.splitlines()
    assert lines[0].endswith("decided,conflict")
    assert [line.rsplit(",", 2)[1:] for line in lines[1:]] == [
        ["alone", ""],
        ["alone", "DUPLICATE"],
        ["alone", ""],
        ["alone", "UNKNOWN"],
    ]
    page = client.get(f"/org/sessions/{night.first.id}/door").text
    assert "Conflicts" in page
    assert "at West, without a network" in page
    assert "1 came from a gate after it was revoked" in page


def _after_revocation(night: Evening, gate: LoneGate) -> None:
    with night.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=gate.id,
            now=night.services.clock(),
        )
    gate.results(gate.write("enter", text="EP1:"))


def _text(moment: Any) -> str:
    return json.loads(json.dumps(moment.isoformat().replace("+00:00", "Z")))  # type: ignore[no-any-return]
