"""What only one gate may read: names where it may search by them, its own blocks, nothing else."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from passes_service.checkin import gates
from passes_service.core import sealed
from passes_service.core.instants import to_seconds
from passes_service.core.sealed import SealedRefused
from passes_service.db.models import Holder, Pass, ReservedPass
from passes_service.passes.queries import Held
from tests import people
from tests.checkin.evening import Evening
from tests.fakes import Clock
from tests.gate_phones import GatePhone, as_gate


class SealedGate:
    """An enrolled gate that opens what is sealed for it."""

    def __init__(self, client: TestClient, night: Evening, *, names: bool, name: str = "A") -> None:
        self.client, self.night, self.phone = client, night, GatePhone()
        with night.services.database.transaction() as session:
            made = gates.enrol(
                session,
                organizer_id=night.organizer_id,
                name=name,
                session_ids=[night.first.id],
                random=secrets.token_bytes(32),
                now=night.services.clock(),
                may_search_names=names,
            )
        self.id = made.gate.id
        self.token = self.phone.enrol(client, made.token).json()["token"]

    def ask(self, session_id: UUID | None = None) -> Any:
        return self.client.get(
            f"/api/v1/gate/bundles/{session_id or self.night.first.id}/sealed",
            headers=as_gate(self.token),
        )

    def open(self, data: bytes) -> dict[str, Any]:
        return sealed.unseal(
            data,
            agreement=self.phone.agreement,
            gate_id=self.id,
            issuer_keys=[self.night.services.keyring.gate.public_key],
        )

    def read(self) -> dict[str, Any]:
        answer = self.ask()
        assert answer.status_code == 200, answer.text
        return self.open(answer.content)


def named(night: Evening, name: str) -> Held:
    held = night.issue(f"{secrets.token_hex(4)}@example.org")
    with night.services.database.transaction() as session:
        session.get_one(Holder, (night.organizer_id, held.row.holder_id)).name = name
    return held


def block(night: Evening, gate_id: UUID, serial: int, **changed: Any) -> None:
    ends = night.services.clock() + timedelta(hours=6)
    fields: dict[str, Any] = {
        "session_id": night.first.id,
        "state": "reserved",
        "expires_at": ends,
    }
    with night.services.database.transaction() as session:
        session.add(
            ReservedPass(
                organizer_id=night.organizer_id,
                block_id=UUID(int=7),
                series_id=night.made.series.id,
                serial=serial,
                epoch=1,
                gate_id=gate_id,
                code=f"EP1:{serial}",
                hand_out_until=ends,
                created_at=night.services.clock(),
                **(fields | changed),
            )
        )


def test_gate_that_may_search_reads_names(client: TestClient, night: Evening) -> None:
    for name in ("Zoë", "Bo", ""):
        named(night, name)
    gone = named(night, "Gone")
    with night.services.database.transaction() as session:
        session.get_one(Pass, (night.organizer_id, gone.row.id)).state = "refunded"
    gate = SealedGate(client, night, names=True)
    answer = gate.ask()

    found = gate.open(answer.content)

    series = str(night.made.series.series_no)
    assert found["names"] == [[series, 1, "Zoë"], [series, 2, "Bo"]]
    assert (found["v"], found["gate"], found["session"]) == (1, str(gate.id), str(night.first.id))
    assert found["delete_at"] == to_seconds(night.first.ends_at) + 86_400
    assert answer.headers["content-type"] == "application/vnd.eventpass.sealed"
    assert answer.headers["cache-control"] == "no-store"
    assert "Zoë".encode() not in answer.content


def test_names_are_for_gates_that_may_search_and_for_a_day(
    client: TestClient, night: Evening, clock: Clock
) -> None:
    named(night, "Zoë")
    plain, searching = (SealedGate(client, night, names=may) for may in (False, True))

    assert plain.read()["names"] == []
    assert len(searching.read()["names"]) == 1
    clock.now = night.first.ends_at + timedelta(hours=24)
    assert searching.read()["names"] == []


def test_gate_reads_its_own_block_until_it_ends(
    client: TestClient, night: Evening, clock: Clock
) -> None:
    gate, other = (SealedGate(client, night, names=False) for _ in range(2))
    block(night, gate.id, 3)
    block(night, gate.id, 2)
    block(night, other.id, 4)
    block(night, gate.id, 5, state="handed")
    block(night, gate.id, 1, session_id=night.made.sessions[1].id)

    found = gate.read()["blocks"]

    assert [one["serial"] for one in found] == [2, 3]
    assert found[0] == {
        "block": str(UUID(int=7)),
        "series": str(night.made.series.series_no),
        "serial": 2,
        "epoch": 1,
        "code": "EP1:2",
        "price_minor": 6_000,
        "currency": "EUR",
        "hand_out_until": to_seconds(clock.now) + 6 * 3600,
    }
    clock.forward(hours=6)
    assert gate.read()["blocks"] == []


def test_nobody_else_opens_it(client: TestClient, night: Evening) -> None:
    gate, other = (SealedGate(client, night, names=True) for _ in range(2))
    data = gate.ask().content

    with pytest.raises(SealedRefused):
        other.open(data)
    other.phone = gate.phone  # the right key, another gate
    with pytest.raises(SealedRefused):
        other.open(data)
    assert gate.ask().content != data  # sealed anew, under another key


def test_it_is_for_gates_with_keys_of_this_session(client: TestClient, night: Evening) -> None:
    gate = SealedGate(client, night, names=True)
    path = f"/api/v1/gate/bundles/{night.first.id}/sealed"

    assert gate.ask(night.made.sessions[1].id).status_code == 403
    assert gate.ask(uuid4()).status_code == 404
    for headers in (night.headers, None):  # a gate without keys, then staff
        if headers is None:
            people.sign_in_staff(client, night.services, night.made.owner)
        answer = client.get(path, headers=headers or {})
        assert (answer.status_code, answer.json()["code"]) == (403, "gate-without-keys")


def test_stolen_key_opens_nothing_new_after_revocation(client: TestClient, night: Evening) -> None:
    gate = SealedGate(client, night, names=True)
    with night.services.database.transaction() as session:
        gates.revoke(
            session,
            organizer_id=night.organizer_id,
            gate_id=gate.id,
            now=night.services.clock(),
        )

    assert gate.ask().status_code == 401
