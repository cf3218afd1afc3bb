"""An entry in conflict with another is a person in the room, and no entry of the pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from passes_service.catalog import sessions
from passes_service.checkin import capacity
from passes_service.db.models import CheckIn
from passes_service.passes.queries import Held
from tests.checkin.evening import Evening
from tests.checkin.grouped import asked, codes, settle


@pytest.fixture
def held(night: Evening) -> Held:
    """A pass with one entry that does not count."""
    held = night.issue()
    with night.services.database.transaction() as session:
        session.add(
            CheckIn(
                organizer_id=night.organizer_id,
                pass_row_id=held.row.id,
                session_id=night.first.id,
                scope=f"session:{night.first.id}",
                number=7,
                gate_id=night.gate.id,
                via="alone",
                sequence=3,
                conflict_code="REVOKED",
                created_at=night.services.clock(),
            )
        )
    return held


def test_it_stands_in_nobodys_way(night: Evening, held: Held) -> None:
    outcome = night.scan(night.code(held))

    assert (outcome.code, outcome.number) == ("ADMIT", 1)


def test_group_sees_it_the_same_way(night: Evening, held: Held) -> None:
    code = night.code(held)

    found = settle(night, [asked(night, code), asked(night, code)])

    assert codes(found) == ["ADMIT", "DUPLICATE"]
    assert [one.number for one in found if one] == [1, None]


def test_nobody_leaves_by_it(night: Evening, held: Held) -> None:
    assert night.leave(night.code(held)).code == "NOT_INSIDE"


def test_it_takes_a_place_in_the_room(night: Evening, held: Held) -> None:
    with night.services.database.transaction() as session:
        details = replace(sessions.details_of(night.first), capacity=1)
        sessions.change(
            session,
            organizer_id=night.organizer_id,
            session_id=night.first.id,
            details=details,
            now=night.services.clock(),
        )
        count = capacity.count(session, at=night.first)

    assert (count.inside, count.admitted) == (1, 1)
    assert night.scan(night.code(held)).code == "FULL"
