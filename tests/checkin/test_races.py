"""One pass, many gates, the same moment: one ADMIT, and the database says so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import gates
from passes_service.checkin.outcome import ScanCode
from passes_service.db.models import CheckIn
from passes_service.db.upsert import insert_if_absent
from passes_service.passes import service as passes
from passes_service.passes.errors import PassMoved
from tests.checkin import hammer
from tests.checkin.evening import Evening, evening, nonce, post
from tests.fakes import Clock

ROOT = Path(__file__).parents[2]


def test_hundred_scans_on_threads_admit_once(night: Evening) -> None:
    code = night.code(night.issue())
    refs = [gates.ref(night.enrol(f"Gate {one}").gate) for one in range(4)]

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(lambda n: night.scan(code, gate=refs[n % 4]), range(100)))

    assert Counter(one.code for one in outcomes) == {ScanCode.ADMIT: 1, ScanCode.DUPLICATE: 99}
    assert len(night.admissions()) == 1
    assert len(night.scans()) == 100
    assert night.events().count("pass.admitted") == 1
    [entry] = night.admissions()
    assert {one.first.check_in_id for one in outcomes if one.first} == {entry.id}


class Hammers:
    """Processes that scan one code; they begin together."""

    def __init__(self, night: Evening, text: str, folder: Path, **more: object) -> None:
        now = night.services.clock()
        self.start = folder / "start"
        self.plan = {
            "url": night.services.database.url,
            "organizer_id": str(night.organizer_id),
            "gate_id": str(night.gate.id),
            "session_id": str(night.first.id),
            "text": text,
            "keys": [key.hex() for key in night.services.keyring.gate_public_keys(now)],
            "keys_dir": str(night.services.settings.keys_dir),
            "now": now.isoformat(),
            "start": str(self.start),
            **more,
        }

    def run(self, *nonces: list[str]) -> list[tuple[int, list[str]]]:
        """Return exit code and decisions of one process for each list of nonces."""
        running = [self._begin(some) for some in nonces]
        self.start.touch()
        found = []
        for process in running:
            out, _ = process.communicate(timeout=120)
            said = out.splitlines()[-1:]  # the log comes before
            found.append((process.returncode, json.loads(said[0]) if said else []))
        return found

    def _begin(self, nonces: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.checkin.hammer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(self.plan | {"nonces": nonces}))
        process.stdin.close()
        process.stdin = None  # communicate() must not flush what is closed
        return process


@pytest.mark.parametrize("way", ["service", "groups"])
def test_hundred_scans_on_four_processes_admit_once(
    night: Evening, tmp_path: Path, way: str
) -> None:
    more = {"token": night.main.token} if way == "groups" else {}
    hammers = Hammers(night, night.code(night.issue()), tmp_path, **more)

    done = hammers.run(*([nonce() for _ in range(25)] for _ in range(4)))

    assert [code for code, _ in done] == [0, 0, 0, 0]
    codes = Counter(one for _, some in done for one in some)
    assert codes == {"ADMIT": 1, "DUPLICATE": 99}
    assert len(night.admissions()) == 1
    assert len(night.scans()) == 100


def test_server_that_dies_between_write_and_answer_leaves_one_entry(
    client: TestClient, night: Evening, tmp_path: Path
) -> None:
    """The gate hears nothing and sends its scan again, to a server that runs."""
    code, once = night.code(night.issue()), nonce()
    hammers = Hammers(night, code, tmp_path, token=night.main.token, die=True)

    [(ended, heard)] = hammers.run([once])
    written = night.admissions()
    again = post(client, night, code, nonce=once)

    assert (ended, heard) == (hammer.DIED, [])
    assert (again.status_code, again.json()["code"]) == (200, "ADMIT")
    assert [again.json()["check_in_id"]] == [str(one.id) for one in written]
    assert len(night.admissions()) == len(night.scans()) == 1


def test_unlimited_entry_at_once_counts_each_entry_once(services: Services, clock: Clock) -> None:
    rules = {"mode": "unlimited", "reentry": False, "doors_minutes_before": 30}
    night = evening(services, clock, entry=rules)
    code = night.code(night.issue())

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(lambda _: night.scan(code), range(24)))

    assert {one.code for one in outcomes} == {ScanCode.ADMIT}
    assert sorted(one.number for one in night.admissions()) == list(range(1, 25))


def test_scan_and_withdrawal_at_once_end_in_one_order(night: Evening) -> None:
    """Whoever comes second sees what the first did: nobody enters on a pass that is gone."""
    helds = [night.issue(f"fan{one}@example.org") for one in range(5)]
    codes = [night.code(held) for held in helds]

    def withdraw(number: int) -> bool:
        with night.services.database.transaction() as session:
            try:
                passes.void(
                    session, helds[number].row, reason="r", actor="t", now=night.services.clock()
                )
            except PassMoved:
                return False
        return True

    with ThreadPoolExecutor(10) as pool:
        scans = [pool.submit(night.scan, code) for code in codes]
        voids = [pool.submit(withdraw, number) for number in range(5)]

    assert all(one.result() for one in voids)
    assert {one.result().code for one in scans} <= {ScanCode.ADMIT, ScanCode.REVOKED}
    assert len(night.admissions()) == sum(one.result().code is ScanCode.ADMIT for one in scans)


def test_index_refuses_a_second_entry_whoever_writes_it(night: Evening) -> None:
    """The promise does not hang on our lock: an entry that another writer made is respected."""
    night.scan(night.code(night.issue()))
    [entry] = night.admissions()
    copy = CheckIn(**entry.model_dump(exclude={"id"}))

    with night.services.database.transaction() as session:
        assert not insert_if_absent(session, CheckIn, copy.model_dump())


@pytest.mark.parametrize("way", ["annul", "exit"])
def test_two_hands_on_one_admission_act_once(night: Evening, way: str) -> None:
    code = night.code(night.issue())
    admitted = night.scan(code)
    assert admitted.check_in_id is not None

    def act(_: int) -> str:
        if way == "exit":
            return night.leave(code).code.value
        return str(night.annul(admitted).annulled_at)

    with ThreadPoolExecutor(8) as pool:
        done = Counter(pool.map(act, range(8)))

    if way == "exit":
        assert done == {"EXIT": 1, "NOT_INSIDE": 7}
    else:
        assert night.events().count("admission.annulled") == 1
