"""Per-day entry at a session that goes on after midnight: who came before it leaves after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import CalendarSession
from tests.checkin.evening import evening
from tests.checkin.offline.lone_gate import lone_gate
from tests.fakes import Clock

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_an_exit_after_midnight_ends_the_entry_of_the_day_before(
    services: Services, clock: Clock, client: TestClient, order: tuple[int, ...]
) -> None:
    night = evening(services, clock, entry={"mode": "per_day", "reentry": True})
    gate = lone_gate(client, night, "East")
    held = night.issue()
    code, number = night.code(held), held.row.pass_id
    starts = night.first.starts_at  # 20:00 in Berlin
    with services.database.transaction() as session:
        at = session.get_one(CalendarSession, (night.organizer_id, night.first.id))
        at.ends_at = starts + 6 * HOUR
        session.add(at)
    sent = [
        gate.enter(code, number, at=starts + HOUR),
        gate.leave(code, number, at=starts + 5 * HOUR),  # 01:00 of the next day
        gate.enter(code, number, at=starts + 5.5 * HOUR),
    ]
    clock.now = starts + 12 * HOUR

    for place in order:
        assert gate.results(sent[place])[0]["conflict"] is None

    first, again = sorted(night.admissions(), key=lambda row: row.created_at)
    assert first.scope != again.scope
    assert [(row.number, row.conflict_code) for row in (first, again)] == [(1, ""), (1, "")]
    assert first.exited_at == starts + 5 * HOUR
    assert again.exited_at is None
