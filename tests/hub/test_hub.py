"""The hub between gates and service: who came first, also while the service is out of reach."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from passes_service.checkin import gates
from tests.checkin.evening import Evening, body
from tests.checkin.offline.lone_gate import LoneGate
from tests.gate_phones import GatePhone, as_gate
from tests.hub.conftest import ORIGIN, Venue


def test_the_hub_shows_the_scanner_page_and_hands_scans_on(
    venue: Venue, night: Evening, east: LoneGate
) -> None:
    page = venue.hub.get("/door")
    code = night.code(night.issue())
    answer = venue.ask("POST", "/api/v1/check-ins", east.token, json=body(code, night.first.id))

    assert page.status_code == 200
    assert "/static/door/main.js" in page.text
    assert venue.hub.get("/static/door/main.js").status_code == 200
    assert "Service-Worker-Allowed" in venue.hub.get("/door/sw.js").headers
    assert answer.json()["code"] == "ADMIT"
    assert answer.headers["EventPass-Hub"] == "Cellar"
    assert "content-security-policy" in answer.headers


def test_a_phone_enrols_through_the_hub_and_is_known_to_it_at_once(
    venue: Venue, night: Evening
) -> None:
    made = night.enrol("Balcony")
    phone = GatePhone()

    answer = venue.hub.post(
        "/api/v1/gates/enrolments",
        json=phone.body(made.token),
        headers=as_gate(made.token) | {"Origin": ORIGIN},
    )

    assert answer.status_code < 300, answer.text
    known = venue.ledger.gate(answer.json()["token"])
    assert known is not None
    assert known.name == "Balcony"


def test_without_the_service_the_hub_says_so_and_keeps_gates_in_step(
    venue: Venue, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    for gate in (east, west):
        venue.know(gate)
    venue.cable.pulled = True

    down = venue.ask("GET", "/api/v1/door", east.token)
    first = venue.claim(east, nonce="first-scan-1")
    again = venue.claim(east, nonce="first-scan-1")
    second = venue.claim(west)

    assert (down.status_code, down.json()["code"]) == (503, "hub-offline")
    assert down.headers["EventPass-Hub"] == "Cellar"
    assert first.json() == again.json() == {"granted": True}
    assert second.json() == {"granted": False, "gate": "East", "at": 1_800_000_000_000}
    assert venue.claim(west, number=2).json() == {"granted": True}


def test_who_came_in_while_the_service_answered_is_in_when_it_is_gone(
    venue: Venue, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    venue.know(east)
    venue.know(west)
    held = night.issue()
    sent = body(night.code(held), night.first.id)
    assert venue.ask("POST", "/api/v1/check-ins", east.token, json=sent).json()["code"] == "ADMIT"
    venue.cable.pulled = True

    answer = venue.claim(west, **{"pass": str(held.row.pass_id)})

    assert answer.json()["granted"] is False
    assert answer.json()["gate"] == "East"


def test_who_was_taken_back_while_the_service_answered_may_come_in_when_it_is_gone(
    venue: Venue, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    venue.know(east)
    venue.know(west)
    held = night.issue()
    sent = body(night.code(held), night.first.id)
    admitted = venue.ask("POST", "/api/v1/check-ins", east.token, json=sent).json()
    undo = f"/api/v1/check-ins/{admitted['check_in_id']}/annul"
    assert venue.ask("POST", undo, east.token).status_code == 200
    venue.cable.pulled = True

    answer = venue.claim(west, **{"pass": str(held.row.pass_id)})

    assert answer.json() == {"granted": True}


def test_of_many_claims_at_one_moment_one_is_granted(
    venue: Venue, east: LoneGate, west: LoneGate
) -> None:
    venue.know(east)
    venue.know(west)
    granted: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda gate=gate: granted.append(venue.claim(gate).json()["granted"])
        )
        for gate in (east, west) * 8
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(granted) == [False] * 15 + [True]


def test_a_gate_that_the_service_never_saw_here_or_has_revoked_claims_nothing(
    venue: Venue, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    assert venue.claim(west).status_code == 401
    venue.know(east)
    with night.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=east.id,
            now=night.services.clock(),
        )
    assert venue.ask("GET", "/api/v1/door", east.token).status_code == 401

    assert venue.claim(east).json()["code"] == "hub-gate-unknown"


def test_gates_hear_of_each_other_and_the_hub_brings_their_logs_to_the_service(
    venue: Venue, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    venue.know(east)
    venue.know(west)
    held = night.issue()
    entry = east.enter(night.code(held), held.row.pass_id, via="hub")
    venue.cable.pulled = True
    pushed = venue.ask("POST", "/hub/v1/entries", east.token, json={"entries": [entry, entry]})
    heard = venue.ask("GET", "/hub/v1/entries", west.token).json()

    assert pushed.json() == {"stored": 1}
    assert [one["gate_name"] for one in heard["entries"]] == ["East"]
    assert json.loads(heard["entries"][0]["entry"])["pass"] == str(held.row.pass_id)
    after = venue.ask("GET", f"/hub/v1/entries?after={heard['cursor']}", west.token).json()
    assert after == {"cursor": heard["cursor"], "entries": []}
    known = next(one for one in venue.ledger.gates() if one.name == "East")
    portal = venue.hub.portal
    assert portal is not None
    assert portal.call(venue.upstream.forward, known) == 0
    assert night.admissions() == []

    venue.cable.pulled = False
    assert portal.call(venue.upstream.forward, known) == 1
    assert portal.call(venue.upstream.forward, known) == 0
    assert [row.via for row in night.admissions()] == ["hub"]


def test_what_a_gate_takes_back_is_free_again_at_the_hub(
    venue: Venue, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    venue.know(east)
    venue.know(west)
    held = night.issue()
    entry = east.enter(night.code(held), held.row.pass_id, via="hub")
    scanned = json.loads(entry["entry"])["nonce"]
    assert venue.claim(east, nonce=scanned).json()["granted"]
    undo = east.annul(entry, via="hub")
    venue.ask("POST", "/hub/v1/entries", east.token, json={"entries": [entry, undo]})

    assert venue.claim(west).json()["granted"]


@pytest.mark.parametrize("changed", [{"number": 0}, {"pass": "x"}, {"nonce": "a"}, {"at": -1}])
def test_a_claim_that_makes_no_sense_is_refused_in_words(
    venue: Venue, east: LoneGate, changed: dict[str, Any]
) -> None:
    venue.know(east)

    answer = venue.claim(east, **changed)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


def test_cookies_and_the_pages_of_the_service_do_not_pass_the_hub(venue: Venue) -> None:
    assert venue.hub.get("/login").status_code == 404
    assert venue.hub.get("/api/v1/organizer").headers.get("set-cookie") is None
