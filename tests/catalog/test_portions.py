"""Moved and cancelled sessions: what the passes sold are owed, and who is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import series, sessions
from passes_service.catalog.errors import SeriesClosed, SessionOver
from passes_service.db.models import CalendarSession
from passes_service.refunds import service as refunds
from passes_service.refunds.errors import RefundRefused
from tests.catalog.acts import (
    DAY,
    HOUR,
    NO_STEPS,
    amend,
    cancel,
    changes,
    fresh,
    later,
    owed,
    paired,
    reinstate,
    told,
)
from tests.fakes import Clock
from tests.season import Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


class TestMoving:
    def test_opens_a_window_worth_at_most_guarantee_times_weight(
        self, services: Services, clock: Clock
    ) -> None:
        made = season(services, refund={**NO_STEPS, "guarantee_bp": 5_000})
        held = issue(services, made)
        assert owed(services, held) == 0
        later(services, made.sessions[1], DAY)
        weight = 3_333
        window = owed(services, held)
        assert window == 6_000 * (5_000 * weight // 10_000) // 10_000
        clock.forward(days=7, seconds=-1)
        assert owed(services, held) == window
        clock.forward(seconds=1)
        assert owed(services, held) == 0

    def test_the_window_closes_with_the_new_doors(self, services: Services, clock: Clock) -> None:
        made = season(services, refund=NO_STEPS)
        held = issue(services, made)
        clock.now = made.sessions[0].starts_at - DAY
        row = later(services, made.sessions[0], HOUR)
        assert owed(services, held) > 0
        clock.now = row.starts_at - timedelta(minutes=30)
        assert owed(services, held) == 0

    def test_tells_the_holders_and_says_so_once_per_move(
        self, services: Services, made: Season
    ) -> None:
        row = made.sessions[0]
        later(services, row, HOUR)
        amend(services, row, title="Another title")
        assert told(services) == [(str(row.id), "moved")]

    def test_status_says_moved(self, services: Services, made: Season) -> None:
        assert later(services, made.sessions[0], HOUR).status == "moved"


class TestCancelling:
    def test_owes_the_part_once_and_keeps_the_pass(self, services: Services, made: Season) -> None:
        held = issue(services, made)
        cancel(services, made.sessions[0])
        due = 6_000 * 3_333 // 10_000
        assert owed(services, held, "draw") == due
        with services.database.transaction() as session:
            paid = refunds.request(session, held, way="draw", actor="t", now=services.clock())
        assert paid.amount_minor == due
        again = fresh(services, held)
        assert (again.row.state, again.row.epoch) == ("active", 1)
        assert owed(services, again, "draw") == 0
        with (
            pytest.raises(RefundRefused),
            services.database.transaction() as session,
        ):
            refunds.request(session, again, way="draw", actor="t", now=services.clock())

    def test_twice_changes_nothing_the_second_time(self, services: Services, made: Season) -> None:
        first = cancel(services, made.sessions[0])
        second = cancel(services, made.sessions[0])
        assert second.sequence == first.sequence == 1
        assert changes(services, made) == [(0, "cancelled")]
        assert told(services) == [(str(first.id), "cancelled")]

    def test_one_of_two_sessions_of_a_part_owes_nothing_yet(self, services: Services) -> None:
        made = paired(services)
        held = issue(services, made)
        cancel(services, made.sessions[0])
        assert (changes(services, made), owed(services, held, "draw")) == ([], 0)
        assert told(services) == [(str(made.sessions[0].id), "cancelled")]
        cancel(services, made.sessions[1])
        assert owed(services, held, "draw") > 0

    def test_both_sessions_of_a_part_at_once_are_not_lost(self, services: Services) -> None:
        """Each of two transactions alone sees the other session still on."""
        for number in range(3):
            made = paired(services, f"pair{number}")
            gate = Barrier(2)

            def off(row: CalendarSession, gate: Barrier = gate) -> None:
                gate.wait()
                cancel(services, row)

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(off, made.sessions[:2]))
            assert changes(services, made) == [(0, "cancelled")]

    def test_and_moving_at_once_never_brings_it_back(self, services: Services) -> None:
        for number in range(3):
            made = season(services, f"both{number}")
            row, gate = made.sessions[0], Barrier(2)

            def move(row: CalendarSession = row, gate: Barrier = gate) -> None:
                gate.wait()
                with suppress(SessionOver):
                    later(services, row, HOUR)

            def off(row: CalendarSession = row, gate: Barrier = gate) -> None:
                gate.wait()
                cancel(services, row)

            with ThreadPoolExecutor(2) as pool:
                first, second = pool.submit(move), pool.submit(off)
            first.result()
            second.result()
            with services.database.reading() as session:
                now = sessions.get(session, organizer_id=row.organizer_id, session_id=row.id)
            assert now.status == "cancelled"

    def test_closes_the_sale_of_the_passes_that_opened_it(
        self, services: Services, made: Season
    ) -> None:
        cancel(services, made.sessions[2])
        with pytest.raises(SeriesClosed):
            issue(services, made)
        with services.database.reading() as session:
            found = series.get(session, organizer_id=made.organizer_id, series_id=made.series.id)
        assert (found.closed_at, found.issued) == (services.clock(), 0)

    def test_reinstated_it_takes_place_and_what_was_promised_stays_promised(
        self, services: Services, made: Season
    ) -> None:
        held = issue(services, made)
        cancel(services, made.sessions[0])
        due = owed(services, held, "draw")
        row = reinstate(services, made.sessions[0])
        assert (row.status, row.sequence) == ("scheduled", 2)
        assert owed(services, held, "draw") == due > 0
        assert [change for _, change in told(services)] == ["cancelled", "reinstated"]
        assert reinstate(services, made.sessions[0]).sequence == 2
