"""Whatever gates did alone: in which order and pieces their logs arrive changes nothing.

An evening is played by chance, its logs are brought in several ways, each in a transaction that
is taken back, and what the door says at the end is compared.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import leaving, service
from passes_service.checkin.offline import upload
from passes_service.checkin.offline.upload import Sent
from passes_service.db.models import CheckIn, Gate, Scan
from tests.checkin.evening import Evening, evening
from tests.checkin.offline.lone_gate import LoneGate, lone_gate
from tests.checkin.offline.test_blocks import block, number_of, sell
from tests.fakes import Clock

EVENINGS = 15
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
RULES = {
    "once": {"mode": "once_per_session", "reentry": False, "doors_minutes_before": 30},
    "and back": {"mode": "once_per_session", "reentry": True, "doors_minutes_before": 30},
    "per day": {"mode": "per_day", "reentry": True, "doors_minutes_before": 30},
    "unlimited": {"mode": "unlimited", "reentry": False, "doors_minutes_before": 30},
}
Piece = tuple[LoneGate, list[dict[str, str]]]
Said = set[tuple[Any, ...]]


class TakeBack(Exception):
    """Ends a transaction that shall leave nothing."""


@contextmanager
def taken_back(services: Services) -> Iterator[Session]:
    try:
        with services.database.transaction() as session:
            yield session
            raise TakeBack
    except TakeBack:
        pass


class Chance:
    """One evening by chance: three gates, two passes, two numbers that the first gate may sell."""

    def __init__(self, seed: int, night: Evening, gates: list[LoneGate]) -> None:
        self.random = random.Random(seed)
        self.night, self.gates = night, gates
        for gate in gates:
            gate.log, gate.previous = [], "0" * 64
        self.now = night.services.clock()
        self.twice: set[str] = set()

    def play(self, passes: list[tuple[str, int]], numbers: list[Any]) -> None:
        sold = [(row.code, number_of(self.night, row)) for row in numbers]
        for row in numbers:
            if self.random.random() < 0.7:
                sell(self.night, self.gates[0], row, at=self.moment())
        for _ in range(self.random.randint(4, 14)):
            self.act(self.random.choice([*passes, *sold]))
        self.random.shuffle(self.gates)

    def moment(self) -> datetime:
        """Return one of few moments, so that many happen at the same one."""
        return self.now - timedelta(minutes=self.random.randint(0, 12))

    def act(self, shown: tuple[str, int]) -> None:
        gate, (code, number) = self.random.choice(self.gates), shown
        way = self.random.random()
        entered = [one for one in gate.log if json.loads(one["entry"])["kind"] == "enter"]
        twice = self.twice & {json.loads(one["entry"])["nonce"] for one in entered}
        if way < 0.2 and entered and not twice:
            gate.annul(self.random.choice(entered), at=self.moment())
        elif way < 0.4:
            gate.leave("", number, typed=True, at=self.moment())
        elif way < 0.5:
            gate.enter(code, number, at=self.moment(), forced="Known here", code="DUPLICATE")
        elif way < 0.55 and entered:
            of = json.loads(self.random.choice(entered)["entry"])["nonce"]
            if not any(json.loads(one["entry"])["of"] == of for one in gate.log):
                self.twice.add(of)  # taken back, it could be either
                gate.enter(code, number, at=self.moment(), nonce=of)
        elif way < 0.6:
            gate.enter(code, number, epoch=2, at=self.moment())
        elif way < 0.65:
            gate.enter(code, number + 1, at=self.moment())
        else:
            gate.enter(code, number, at=self.moment())

    def pieces(self) -> list[Piece]:
        """Cut all logs, repeat some of it, and mix everything."""
        found: list[Piece] = []
        for gate in self.gates:
            log = list(gate.log)
            if self.random.random() < 0.5:
                self.random.shuffle(log)
            while log:
                size = self.random.randint(1, 5)
                found.append((gate, log[:size]))
                log = log[size:]
        found += [one for one in found if self.random.random() < 0.2]
        self.random.shuffle(found)
        return found

    def whole(self) -> list[Piece]:
        return [(gate, list(gate.log)) for gate in self.gates if gate.log]


def bring(session: Session, night: Evening, pieces: list[Piece]) -> Said:
    """Upload pieces and return all admissions, named by gate and place in its log."""
    for gate, some in pieces:
        sent = [Sent(one["entry"], one["signature"]) for one in some]
        row = session.get_one(Gate, (night.organizer_id, gate.id))
        upload.receive(
            session,
            gate=row,
            sent=sent,
            checked=upload.check(sent, public_key=row.public_key),
            keys_at=night.services.keyring.gate_public_keys,
            secret_of=lambda *_: None,
            now=night.services.clock(),
        )
    session.expire_all()
    rows = session.exec(select(CheckIn)).all()
    at = {row.id: (row.gate_id, row.sequence) for row in rows}
    said: Said = {
        (
            *at[row.id],
            row.number if row.annulled_at is None else 0,
            row.conflict_code if row.annulled_at is None else "",
            at[row.conflict_of] if row.conflict_of and row.annulled_at is None else None,
            row.exited_at if row.annulled_at is None else None,
            row.annulled_at,
            row.scope,
            row.force_reason,
        )
        for row in rows
    }
    unsold = select(Scan.gate_id, Scan.sequence, Scan.conflict_code).where(
        col(Scan.check_in_id).is_(None), Scan.code == "ADMIT_PROVISIONAL"
    )
    return said | {tuple(one) for one in session.execute(unsold)}


def online(night: Evening, session: Session, code: str) -> None:
    """One came in and went out while there was a network."""
    start = night.services.clock()
    for minutes, way in ((9, service.scan), (4, leaving.exit_scan)):
        ask = night.ask(code, now=start - timedelta(minutes=minutes), nonce=f"online-{minutes}")
        way(session, ask)


@ONLY_SQLITE
@pytest.mark.parametrize("rule", RULES)
def test_logs_of_several_gates_come_to_the_same_evening_in_any_order(
    client: TestClient, services: Services, clock: Clock, rule: str
) -> None:
    night = evening(services, clock, entry=RULES[rule])
    gates = [lone_gate(client, night, name) for name in ("East", "West", "North")]
    passes = [(night.code(one), one.row.pass_id) for one in (night.issue(), night.issue("b@e.org"))]
    numbers = block(night, gates[0], 2)
    clock.now += timedelta(minutes=20)
    for seed in range(EVENINGS):
        chance = Chance(seed, night, list(gates))
        chance.play(passes, numbers)
        ways: list[Callable[[], list[Piece]]] = [chance.whole, chance.pieces, chance.pieces]
        found = []
        for way in ways:
            with taken_back(services) as session:
                if seed % 2:
                    online(night, session, passes[0][0])
                found.append(bring(session, night, way()))
        assert found[0] == found[1] == found[2], (seed, found[0] ^ found[1], found[0] ^ found[2])
