"""What the service serves: every judge reads the same sessions, and nothing is to mend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import calendars, importing, sessions
from passes_service.cli import demo_season
from passes_service.db.models import CalendarSession
from passes_service.feeds.check import Answer, Visit, check_visit
from tests import people
from tests.catalog import acts
from tests.fakes import Clock
from tests.feeds.subscriber import Device, subscribe
from tests.feeds.test_following import more
from tests.judges.panel import JUDGES
from tests.season import Season, issue

NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)  # clocks change in both zones during the season
HOSTILE = "Kiln; \u202e👩‍👩‍👧, “e\u0301” END:VEVENT " + "水" * 60


def subscribed(client: TestClient, services: Services) -> tuple[Device, list[CalendarSession]]:
    """Return a guest's device, and the sessions of the demo season as they are in the end."""
    organizer, owner = people.organizer(services, "nora")
    with services.database.transaction() as session:
        calendar = calendars.create(
            session,
            organizer_id=organizer.id,
            name="Kiln nights",
            time_zone="Europe/Berlin",
            now=NOW,
        )
        scope: Any = {"organizer_id": organizer.id, "calendar_id": calendar.id}
        importing.apply(session, **scope, body=demo_season.season(NOW), now=NOW)
        rows = list(sessions.of_calendar(session, **scope))
    made = Season(organizer, owner, calendar, rows, None)  # type: ignore[arg-type]
    made = Season(organizer, owner, calendar, rows, more(services, made))
    held = issue(services, made, "guest@example.org")
    device = subscribe(client, services, organizer.id, held.row.holder_id)
    upcoming = [row for row in rows if row.starts_at > NOW + timedelta(days=2)]
    acts.cancel(services, upcoming[0])
    acts.later(services, upcoming[1], timedelta(minutes=45))
    acts.amend(services, upcoming[2], title=HOSTILE)
    with services.database.transaction() as session:
        return device, list(sessions.of_calendar(session, **scope))


@pytest.mark.node
def test_every_judge_reads_what_the_book_says(
    client: TestClient, services: Services, clock: Clock
) -> None:
    clock.now = NOW
    device, rows = subscribed(client, services)
    stated = {
        str(row.id): (
            f"{row.starts_at:%Y-%m-%dT%H:%M:%SZ}",
            f"{row.ends_at:%Y-%m-%dT%H:%M:%SZ}",
            f"Cancelled: {row.title}" if row.status == "cancelled" else row.title,
            "CANCELLED" if row.status == "cancelled" else "CONFIRMED",
        )
        for row in rows
    }
    assert len(stated) == 8
    assert HOSTILE in {title for _, _, title, _ in stated.values()}
    assert "CANCELLED" in {status for *_, status in stated.values()}
    body = device.fetch().content
    for name, judge in JUDGES.items():
        read = {
            one["uid"]: (one["start"], one["end"], one["summary"], one["status"])
            for one in judge.read_one(body)
        }
        assert read == stated, name


def test_our_own_feed_and_the_way_it_is_served_leave_nothing_to_mend(
    client: TestClient, services: Services, clock: Clock
) -> None:
    clock.now = NOW
    device, _ = subscribed(client, services)

    def answer(**headers: str) -> Answer:
        got = device.fetch(**headers)
        return Answer(got.status_code, dict(got.headers), got.content)

    first = answer()
    clock.now += timedelta(seconds=90)
    head = client.head(device.path, headers={"Accept-Encoding": "identity"})
    visit = Visit(
        address=f"https://passes.example{device.path}",
        redirects=0,
        first=first,
        again=answer(),
        conditional=answer(If_None_Match=first.header("etag")),
        zipped=answer(Accept_Encoding="gzip"),
        head=Answer(head.status_code, dict(head.headers)),
    )
    assert visit.zipped.header("content-encoding") == "gzip"
    checked = check_visit(visit)
    assert checked.findings == ()
    assert checked.summary.events == 8
