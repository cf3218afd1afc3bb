"""Sessions that are hard to place: other zones, the other half of the year, whole days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from passes_service.bootstrap import Services
from passes_service.catalog import calendars, series, sessions, terms
from passes_service.db.models import CalendarSession, Series
from tests.season import DRAFT, PRICE, Season

HALF_A_YEAR = timedelta(weeks=26)
# Summer time said backwards, on the other half of the globe, by half an hour, by three quarters of
# one with a quarter besides, by rules that are new, and none. No zone that changed since Debian's
# tzdata: GNOME reckons a name that it knows by its own table, whatever the feed says.
PLACES = (
    "Europe/Berlin",
    "Europe/Dublin",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/Nuuk",
    "Asia/Kathmandu",
)


def matinees(services: Services, made: Season) -> tuple[list[CalendarSession], Series]:
    """Open a Series over a session in each place, half a year after the season, and two days."""
    start = made.sessions[0].starts_at + HALF_A_YEAR
    wanted = [
        _details(place, start + timedelta(hours=number), timedelta(minutes=50))
        for number, place in enumerate(PLACES)
    ]
    midnight = datetime(start.year, start.month, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    wanted.append(_details("Europe/Berlin", midnight, timedelta(days=2), all_day=True))
    scope: dict[str, Any] = {"organizer_id": made.organizer_id}
    now = services.clock()
    with services.database.transaction() as session:
        calendar = calendars.create(
            session, **scope, name="Matinees", time_zone="Europe/Berlin", now=now
        )
        scope["calendar_id"] = calendar.id
        rows = [sessions.create(session, **scope, details=one, now=now) for one in wanted]
        document = terms.draft(session, **scope, typed=DRAFT)
        name = terms.publish(session, **scope, document=document, now=now)
        opened = series.open_series(
            session, organizer_id=made.organizer_id, terms_hash=name, price=PRICE, now=now
        )
    return rows, opened


def _details(
    place: str, start: datetime, length: timedelta, *, all_day: bool = False
) -> sessions.Details:
    return sessions.Details(
        title=f"{'Workshop' if all_day else 'Matinee'} in {place}",
        starts_at=start,
        ends_at=start + length,
        time_zone=place,
        all_day=all_day,
    )
