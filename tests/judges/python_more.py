"""Home Assistant's ical, ics.py and recurring-ical-events, each in the shape of `expand.mjs`."""

from datetime import UTC, date, datetime
from typing import Any

import icalendar
import ics
import recurring_ical_events
from ical.calendar_stream import CalendarStream
from ical.event import Event

from tests.judges.python import moment


def expand_home_assistant(body: bytes) -> list[dict[str, Any]]:
    """Return what Home Assistant's parser reads in a feed: pydantic types, times by zone name."""
    (calendar,) = CalendarStream.from_ics(body.decode()).calendars
    return [_from_home_assistant(event) for event in calendar.events]


def _from_home_assistant(event: Event) -> dict[str, Any]:
    assert event.dtstart is not None
    return {
        "uid": event.uid,
        "start": moment(event.dtstart),
        "end": moment(event.dtend or event.dtstart),
        "status": event.status.value if event.status else None,
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
    }


def expand_ics(body: bytes) -> list[dict[str, Any]]:
    """Return what ics.py reads in a feed, by a grammar and the feed's own VTIMEZONEs."""
    found = [_from_ics(event) for event in ics.Calendar(body.decode()).events]  # a set
    return sorted(found, key=lambda event: (event["start"], event["uid"]))


def _from_ics(event: Any) -> dict[str, Any]:
    return {
        "uid": event.uid,
        "start": _arrow(event.begin, event.all_day),
        "end": _arrow(event.end, event.all_day),
        "status": event.status,
        "summary": event.name,
        "description": event.description,
        "location": event.location,
    }


def _arrow(time: Any, all_day: bool) -> str:
    instant: datetime = time.datetime
    return f"{instant:%Y-%m-%d}" if all_day else f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def expand_recurring(body: bytes) -> list[dict[str, Any]]:
    """Return what recurring-ical-events unrolls from a feed, with icalendar under it."""
    calendar = icalendar.Calendar.from_ical(body)
    return [_from_recurring(event) for event in recurring_ical_events.of(calendar).all()]


def _from_recurring(event: Any) -> dict[str, Any]:
    def text(name: str) -> str | None:
        return str(event[name]) if name in event else None

    start: date = event.start
    return {
        "uid": text("UID"),
        "start": moment(start),
        "end": moment(event.end),
        "status": text("STATUS"),
        "summary": text("SUMMARY"),
        "description": text("DESCRIPTION"),
        "location": text("LOCATION"),
    }
