"""Sessions: their fields, and what is too late for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.catalog.errors import SessionInvalid, SessionOver
from passes_service.core.localtime import TimeZoneUnknown
from tests.catalog.acts import (
    DAY,
    HOUR,
    amend,
    cancel,
    changes,
    later,
    reinstate,
    told,
)
from tests.fakes import Clock
from tests.season import Season, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


class TestFields:
    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"title": "   "}, "title"),
            ({"ends_at": datetime(2027, 3, 2, tzinfo=UTC)}, "ends_at"),
            ({"starts_at": datetime(2027, 3, 21, 19)}, "starts_at"),  # noqa: DTZ001
            ({"ends_at": datetime(2027, 6, 21, 19, tzinfo=UTC)}, "ends_at"),
            ({"capacity": 0}, "capacity"),
            ({"starts_at": datetime.min.replace(tzinfo=UTC)}, "starts_at"),
            ({"ends_at": datetime.max.replace(tzinfo=UTC)}, "ends_at"),
            (
                {"starts_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
                "starts_at",
            ),
        ],
    )
    def test_that_make_no_sense_are_refused_by_name(
        self, services: Services, made: Season, fields: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(SessionInvalid) as refusal:
            amend(services, made.sessions[0], **fields)
        assert refusal.value.members["field"] == field
        assert changes(services, made) == []

    def test_a_zone_nobody_knows_is_refused(self, services: Services, made: Season) -> None:
        with pytest.raises(TimeZoneUnknown):
            amend(services, made.sessions[0], time_zone="Mars/Olympus")

    def test_the_same_again_changes_nothing(self, services: Services, made: Season) -> None:
        row = amend(services, made.sessions[0], title="Evening 1", capacity=None)
        assert (row.sequence, row.changed_at) == (0, made.sessions[0].changed_at)

    def test_hidden_fields_move_no_counter(
        self, services: Services, made: Season, clock: Clock
    ) -> None:
        clock.forward(hours=1)
        row = amend(services, made.sessions[0], capacity=40, join_link="https://live.example/x")
        assert (row.sequence, row.changed_at) == (0, made.sessions[0].changed_at)
        assert (row.capacity, row.join_link) == (40, "https://live.example/x")
        assert told(services) == []

    def test_two_edits_of_different_fields_at_once_both_stay(
        self, services: Services, made: Season
    ) -> None:
        row, gate = made.sessions[0], Barrier(6)
        fields: list[dict[str, Any]] = [
            {"title": "New"},
            {"location": "Attic"},
            {"description": "Soup"},
            {"capacity": 9},
            {"join_link": "https://live.example/x"},
            {"time_zone": "Europe/Vienna"},
        ]

        def edit(typed: dict[str, Any]) -> None:
            gate.wait()
            amend(services, row, **typed)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(edit, fields))
        with services.database.reading() as session:
            now = sessions.get(session, organizer_id=row.organizer_id, session_id=row.id)
        assert {name: getattr(now, name) for typed in fields for name in typed} == {
            name: value for typed in fields for name, value in typed.items()
        }
        assert now.sequence == 4


class TestTimeIsUp:
    def test_what_is_over_stays_as_it_was(
        self, services: Services, made: Season, clock: Clock
    ) -> None:
        row = made.sessions[0]
        clock.now = row.ends_at
        with pytest.raises(SessionOver):
            amend(services, row, title="Better")
        with pytest.raises(SessionOver):
            cancel(services, row)
        with pytest.raises(SessionOver):
            later(services, row, DAY)

    def test_a_cancelled_one_is_not_changed_and_not_back_after_its_time(
        self, services: Services, made: Season, clock: Clock
    ) -> None:
        row = cancel(services, made.sessions[0])
        with pytest.raises(SessionOver):
            amend(services, row, title="Better")
        clock.now = row.ends_at
        with pytest.raises(SessionOver):
            reinstate(services, row)

    def test_nothing_moves_into_the_past(
        self, services: Services, made: Season, clock: Clock
    ) -> None:
        with pytest.raises(SessionInvalid, match="into the past"):
            amend(services, made.sessions[0], starts_at=clock.now)
        assert changes(services, made) == []

    def test_one_that_is_on_may_run_late_but_not_have_ended(
        self, services: Services, made: Season, clock: Clock
    ) -> None:
        row = made.sessions[0]
        clock.now = row.starts_at + HOUR
        late = amend(services, row, ends_at=row.ends_at + HOUR)
        assert late.ends_at == row.ends_at + HOUR
        with pytest.raises(SessionInvalid) as refusal:
            amend(services, row, ends_at=clock.now)
        assert refusal.value.members["field"] == "ends_at"
