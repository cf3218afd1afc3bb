"""A room never holds one too many, and says when somebody may wait for a place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from passes_service.catalog import sessions
from passes_service.checkin import capacity, service
from passes_service.checkin.outcome import ScanCode
from tests.checkin.evening import Evening
from tests.fakes import Clock


@pytest.fixture
def cellar(night: Evening, clock: Clock) -> Evening:
    """The first session takes two people."""
    with night.services.database.transaction() as session:
        details = replace(sessions.details_of(night.first), capacity=2)
        night.made.sessions[0] = sessions.change(
            session,
            organizer_id=night.organizer_id,
            session_id=night.first.id,
            details=details,
            now=clock(),
        )
    return night


def codes_of(night: Evening, count: int) -> list[str]:
    return [night.code(night.issue(f"fan{one}@example.org")) for one in range(count)]


def test_full_room_waits_for_an_exit(cellar: Evening) -> None:
    first, second, third = codes_of(cellar, 3)
    cellar.scan(first)
    cellar.scan(second)

    full = cellar.scan(third)
    cellar.leave(first)
    then = cellar.scan(third)

    assert full.code is ScanCode.FULL
    assert full.sentence.startswith("The room is full: 2 of 2 are inside.")
    assert full.decided_by == "capacity"
    assert then.code is ScanCode.ADMIT


def test_simulation_sees_a_full_room(cellar: Evening) -> None:
    first, second, third = codes_of(cellar, 3)
    cellar.scan(first)
    cellar.scan(second)

    with cellar.services.database.reading() as session:
        assert service.simulate(session, cellar.ask(third)).code is ScanCode.FULL


def test_host_may_let_one_more_into_a_full_room(cellar: Evening) -> None:
    first, second, third = codes_of(cellar, 3)
    cellar.scan(first)
    cellar.scan(second)

    assert cellar.scan(third, force_reason="standing room").forced


def test_room_is_never_over_admitted_by_gates_at_once(cellar: Evening) -> None:
    codes = codes_of(cellar, 5)

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(cellar.scan, codes * 4))

    admitted = [one for one in outcomes if one.code is ScanCode.ADMIT]
    assert len(admitted) == len(cellar.admissions()) == 2
    assert {one.code for one in outcomes} <= {ScanCode.ADMIT, ScanCode.FULL, ScanCode.DUPLICATE}


def test_counters_say_in_left_and_refused(cellar: Evening) -> None:
    first, second, third = codes_of(cellar, 3)
    cellar.scan(first)
    cellar.scan(first)
    taken_back = cellar.scan(second)
    cellar.leave(first)
    cellar.annul(taken_back)
    cellar.scan(third)

    with cellar.services.database.reading() as session:
        found = capacity.count(session, at=cellar.first)

    assert vars(found) == {"inside": 1, "admitted": 2, "left": 1, "refused": 1, "capacity": 2}
