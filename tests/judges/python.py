"""vobject and icalendar, each giving events in the same shape as `expand.mjs`."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import vobject


def moment(value: date) -> str:
    """Return a date as it is and a time in UTC."""
    if not isinstance(value, datetime):
        return value.isoformat()
    assert value.tzinfo is not None, "a floating time"
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def expand_vobject(body: bytes) -> list[dict[str, Any]]:
    """Return what vobject reads in a feed, by the feed's own VTIMEZONEs."""
    # vobject remembers the first VTIMEZONE of each name for the life of the process; a fresh
    # subscriber has seen none, so neither must it. And it prefers pytz to a VTIMEZONE that
    # looks like UTC in 2000 to 2020, as London's for this year does: so register each.
    known = vars(vobject.icalendar)["__tzidMap"]
    for name in [name for name in known if name != "UTC"]:
        del known[name]
    for zone in vobject.readOne(body.decode(), transform=False).contents.get("vtimezone", []):
        known[zone.tzid.value] = zone.behavior.transformToNative(zone).tzinfo
    calendar = vobject.readOne(body.decode())
    calendar.validate(raiseException=True)
    return [_from_vobject(event) for event in calendar.contents["vevent"]]


def _from_vobject(event: Any) -> dict[str, Any]:
    def text(name: str) -> str | None:
        return str(event.contents[name][0].value) if name in event.contents else None

    start = event.dtstart.value
    end = event.dtend.value if "dtend" in event.contents else start
    return {
        "uid": text("uid"),
        "start": moment(start),
        "end": moment(end),
        "status": text("status"),
        "summary": text("summary"),
        "description": text("description"),
        "location": text("location"),
    }


def expand_icalendar(body: bytes) -> list[dict[str, Any]]:
    """Return what icalendar reads in a feed; of the producer's family, so never the only judge."""
    calendar = icalendar.Calendar.from_ical(body)
    return [_from_icalendar(event) for event in calendar.walk("VEVENT")]


def _from_icalendar(event: Any) -> dict[str, Any]:
    def text(name: str) -> str | None:
        return str(event[name]) if name in event else None

    start = event.decoded("DTSTART")
    end = event.decoded("DTEND") if "DTEND" in event else start + timedelta()
    return {
        "uid": text("UID"),
        "start": moment(start),
        "end": moment(end),
        "status": text("STATUS"),
        "summary": text("SUMMARY"),
        "description": text("DESCRIPTION"),
        "location": text("LOCATION"),
    }
