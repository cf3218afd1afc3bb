"""RFC 5546 3.2.2 and 3.2.5 as tables: how often each property stands in a REQUEST or CANCEL."""

from __future__ import annotations

from icalendar import Calendar
from icalendar.cal import Component

MANY = 10**6
_OPTIONAL = {
    **dict.fromkeys(("ATTACH", "CATEGORIES", "COMMENT", "CONTACT", "EXDATE"), (0, MANY)),
    **dict.fromkeys(("RDATE", "RELATED-TO", "RESOURCES"), (0, MANY)),
    **dict.fromkeys(("CLASS", "CREATED", "DESCRIPTION", "DTEND", "DURATION", "GEO"), (0, 1)),
    **dict.fromkeys(("LAST-MODIFIED", "LOCATION", "PRIORITY", "RECURRENCE-ID"), (0, 1)),
    **dict.fromkeys(("RRULE", "STATUS", "TRANSP", "URL"), (0, 1)),
    "REQUEST-STATUS": (0, 0),
}
_ONE = dict.fromkeys(("DTSTAMP", "ORGANIZER", "UID"), (1, 1))
EVENT = {
    "REQUEST": {
        **_OPTIONAL,
        **_ONE,
        "ATTENDEE": (1, MANY),
        "DTSTART": (1, 1),
        "SEQUENCE": (0, 1),
        "SUMMARY": (1, 1),
    },
    "CANCEL": {
        **_OPTIONAL,
        **_ONE,
        "ATTENDEE": (0, MANY),
        "DTSTART": (0, 1),
        "SEQUENCE": (1, 1),
        "SUMMARY": (0, 1),
    },
}
STATUSES = {"REQUEST": {"TENTATIVE", "CONFIRMED"}, "CANCEL": {"CANCELLED"}}
COMPONENTS = {"REQUEST": {"VEVENT", "VTIMEZONE", "VALARM"}, "CANCEL": {"VEVENT", "VTIMEZONE"}}


def findings(body: bytes, *, whole: bool = True) -> list[str]:
    """Return what RFC 5546 objects to; `whole` tells whether a CANCEL is of the whole event."""
    calendar = Calendar.from_ical(body)
    method = str(calendar.get("METHOD"))
    if method not in EVENT:
        return [f"METHOD {method}"]
    said = [
        f"{name} {_count(calendar, name)} times"
        for name in ("METHOD", "PRODID", "VERSION")
        if _count(calendar, name) != 1
    ]
    found = {str(part.name) for part in calendar.walk()} - {"VCALENDAR", "STANDARD", "DAYLIGHT"}
    said += [f"component {name}" for name in sorted(found - COMPONENTS[method])]
    events = calendar.walk("VEVENT")
    if len({str(event.get("UID")) for event in events}) != 1:
        said.append("not one UID")
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    for event in events:
        said += _event(event, method, zones, whole=whole)
    return said


def _event(event: Component, method: str, zones: set[str], *, whole: bool) -> list[str]:
    table, said = EVENT[method], []
    for name, (least, most) in table.items():
        if not least <= _count(event, name) <= most:
            said.append(f"{name} {_count(event, name)} times")
    said += [f"{name} unknown" for name in event if name not in table and name[:2] != "X-"]
    if "DTEND" in event and "DURATION" in event:
        said.append("DTEND beside DURATION")
    status = event.get("STATUS")
    if status is not None and str(status) not in STATUSES[method]:
        said.append(f"STATUS {status}")
    if method == "CANCEL" and whole != (str(status) == "CANCELLED"):
        said.append(f"STATUS {status}, whole {whole}")
    for name in ("DTSTART", "DTEND"):
        zone = event[name].params.get("TZID") if name in event else None
        if zone is not None and zone not in zones:
            said.append(f"{name} in {zone}, which is not explained")
    return said


def _count(part: Component, name: str) -> int:
    value = part.get(name)
    return 0 if value is None else len(value) if isinstance(value, list) else 1
