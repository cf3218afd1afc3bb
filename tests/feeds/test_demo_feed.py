"""The feed of a demo holder, read by calendar apps' own parsers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import calendars, importing, sessions
from passes_service.cli import demo_season
from tests import people
from tests.fakes import Clock
from tests.feeds.subscriber import subscribe
from tests.feeds.test_following import more
from tests.judges import node, python
from tests.season import Season, issue

NOWS = [
    datetime(2026, 6, 3, 18, 2, 11, tzinfo=UTC),
    datetime(2026, 10, 20, 12, 0, tzinfo=UTC),  # clocks change in both zones during the season
]


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_each_parser_reads_the_instants_that_were_imported(
    client: TestClient, services: Services, clock: Clock, now: datetime
) -> None:
    clock.now = now
    organizer, owner = people.organizer(services, "nora")
    with services.database.transaction() as session:
        calendar = calendars.create(
            session,
            organizer_id=organizer.id,
            name="Kiln nights",
            time_zone="Europe/Berlin",
            now=now,
        )
        scope: Any = {"organizer_id": organizer.id, "calendar_id": calendar.id}
        importing.apply(session, **scope, body=demo_season.season(now), now=now)
        rows = list(sessions.of_calendar(session, **scope))
    made = Season(organizer, owner, calendar, rows, None)  # type: ignore[arg-type]
    made = Season(organizer, owner, calendar, rows, more(services, made))
    for email in ("guest@example.org", "other@example.org"):
        held = issue(services, made, email)
        device = subscribe(client, services, organizer.id, held.row.holder_id)
        body = device.fetch().content
        stated = {
            str(row.id): (
                f"{row.starts_at:%Y-%m-%dT%H:%M:%SZ}",
                f"{row.ends_at:%Y-%m-%dT%H:%M:%SZ}",
            )
            for row in rows
        }
        assert len(stated) == 8
        for read in (python.expand_vobject(body), node.expand(body)):
            assert {one["uid"]: (one["start"], one["end"]) for one in read} == stated
