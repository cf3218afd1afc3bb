"""Who else is on the network of a hub: gates of others, gates that were revoked, liars."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import gates
from passes_service.db.models import GateEntry
from tests.checkin.evening import Evening, evening
from tests.checkin.offline.lone_gate import LoneGate, lone_gate
from tests.hub.conftest import Venue


def test_a_gate_of_another_organizer_hears_nothing_and_takes_no_place(
    client: TestClient, services: Services, clock: Any, venue: Venue, east: LoneGate
) -> None:
    stranger = lone_gate(client, evening(services, clock, "matinee"), "East")
    venue.know(east)
    venue.know(stranger)
    entry = east.write("sale", name="Ilse", code="SOLD")
    venue.ask("POST", "/hub/v1/entries", east.token, json={"entries": [entry]})

    taken = venue.claim(stranger, scope="session:x")
    heard = venue.ask("GET", "/hub/v1/entries", stranger.token).json()

    assert taken.json() == {"granted": True}
    assert venue.claim(east, scope="session:x").json() == {"granted": True}
    assert heard["entries"] == []


def test_other_gates_hear_what_a_gate_did_and_neither_codes_nor_names(
    venue: Venue, night: Evening, east: LoneGate, west: LoneGate
) -> None:
    venue.know(east)
    venue.know(west)
    held = night.issue()
    code = night.code(held)
    sent = [east.enter(code, held.row.pass_id), east.write("sale", name="Ilse", code="SOLD")]
    venue.ask("POST", "/hub/v1/entries", east.token, json={"entries": sent})

    heard = venue.ask("GET", "/hub/v1/entries", west.token)

    assert str(held.row.pass_id) in heard.text
    assert code not in heard.text
    assert "Ilse" not in heard.text
    waiting = venue.ledger.waiting(next(one for one in venue.ledger.gates() if one.name == "East"))
    assert [text for _, text, _ in waiting] == [one["entry"] for one in sent]


def test_the_hub_keeps_nothing_that_a_gate_says_for_another_or_in_no_form(
    venue: Venue, east: LoneGate, west: LoneGate
) -> None:
    venue.know(east)
    foreign = west.write("annul", of="somebody-elses")
    odd = {"entry": "{", "signature": "x"}
    sent = {"entries": [foreign, odd, east.write("exit", code="EXIT")]}

    assert venue.ask("POST", "/hub/v1/entries", east.token, json=sent).json() == {"stored": 1}
    too_far = venue.ask("GET", f"/hub/v1/entries?after={2**80}", east.token)
    assert too_far.status_code == 422


def test_what_a_gate_left_here_before_it_was_revoked_reaches_the_service(
    venue: Venue, night: Evening, east: LoneGate
) -> None:
    venue.know(east)
    entry = east.write("exit", code="EXIT")
    venue.cable.pulled = True
    venue.ask("POST", "/hub/v1/entries", east.token, json={"entries": [entry]})
    venue.cable.pulled = False
    with night.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=east.id,
            now=night.services.clock(),
        )
    assert venue.ask("GET", "/api/v1/door", east.token).status_code == 401

    [gone] = venue.ledger.gates()
    portal = venue.hub.portal
    assert portal is not None
    assert portal.call(venue.upstream.forward, gone) == 1
    [row] = night.every(GateEntry)  # type: ignore[type-var]
    assert row.state == "quarantined"
