"""Which properties and components stand where, how often, and in what form."""

import re
from collections import Counter

from ics_feeds.finding import Findings
from ics_feeds.reader import Block, Line

_ONCE = {
    "VCALENDAR": "VERSION PRODID",
    "VEVENT": "UID DTSTAMP",
    "VTODO": "UID DTSTAMP",
    "VJOURNAL": "UID DTSTAMP",
    "VFREEBUSY": "UID DTSTAMP",
    "VTIMEZONE": "TZID",
    "STANDARD": "DTSTART TZOFFSETFROM TZOFFSETTO",
    "DAYLIGHT": "DTSTART TZOFFSETFROM TZOFFSETTO",
    "VALARM": "ACTION TRIGGER",
}
_AT_MOST_ONCE = {
    "VCALENDAR": "CALSCALE METHOD COLOR URL REFRESH-INTERVAL UID LAST-MODIFIED SOURCE",
    "VEVENT": "DTSTART DTEND DURATION SUMMARY STATUS TRANSP CREATED DESCRIPTION LOCATION GEO URL "
    "CLASS PRIORITY SEQUENCE LAST-MODIFIED ORGANIZER RECURRENCE-ID COLOR",
    "VTIMEZONE": "LAST-MODIFIED TZURL",
    "VALARM": "DESCRIPTION DURATION REPEAT SUMMARY",
}
_SECTIONS = {"VCALENDAR": "3.6", "VEVENT": "3.6.1", "VTIMEZONE": "3.6.5", "VALARM": "3.6.6"}
_INSIDE = {
    "VTIMEZONE": ("VCALENDAR",),
    "VEVENT": ("VCALENDAR",),
    "VTODO": ("VCALENDAR",),
    "VJOURNAL": ("VCALENDAR",),
    "VFREEBUSY": ("VCALENDAR",),
    "STANDARD": ("VTIMEZONE",),
    "DAYLIGHT": ("VTIMEZONE",),
    "VALARM": ("VEVENT", "VTODO"),
    "VCALENDAR": (),
}
_VALUE_TYPES = {
    "REFRESH-INTERVAL": ("DURATION",),
    "IMAGE": ("URI", "BINARY"),
    "SOURCE": ("URI",),
}
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
_TEXTS = re.compile(r"(?:[^\\;]|\\[\\;,nN])*")
_FORMS_OF_TEXT = {
    "CATEGORIES": _TEXTS,
    "RESOURCES": _TEXTS,
    **dict.fromkeys(("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "TZID", "TZNAME"), _TEXT),
    **dict.fromkeys(("NAME", "PRODID", "X-WR-CALNAME", "X-WR-CALDESC", "COMMENT"), _TEXT),
}
_INSTANT = re.compile(r"\d{8}T\d{6}Z")
_OFFSET = re.compile(r"[+-]\d{4}(\d{2})?")
DURATION = re.compile(r"[+-]?P(?=.)(\d+W|(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~\u0080-\U0010ffff]+")
_FORMS = {
    "DTSTAMP": (_INSTANT, "3.8.7.2"),
    "CREATED": (_INSTANT, "3.8.7.1"),
    "LAST-MODIFIED": (_INSTANT, "3.8.7.3"),
    "SEQUENCE": (re.compile(r"\d{1,10}"), "3.8.7.4"),
    "PRIORITY": (re.compile(r"\d"), "3.8.1.9"),
    "GEO": (re.compile(r"[+-]?\d{1,2}(\.\d+)?;[+-]?\d{1,3}(\.\d+)?"), "3.8.1.6"),
    "TZOFFSETFROM": (_OFFSET, "3.3.14"),
    "TZOFFSETTO": (_OFFSET, "3.3.14"),
    "DURATION": (DURATION, "3.3.6"),
    "REFRESH-INTERVAL": (DURATION, "3.3.6"),
    "X-PUBLISHED-TTL": (DURATION, "3.3.6"),
    "URL": (_ADDRESS, "3.3.13"),
    "IMAGE": (re.compile(rf"{_ADDRESS.pattern}|[A-Za-z0-9+/=]+"), "3.3.13"),
    "TRANSP": (re.compile(r"OPAQUE|TRANSPARENT", re.IGNORECASE), "3.8.2.7"),
    "VERSION": (re.compile(r"2\.0"), "3.7.4"),
    "CALSCALE": (re.compile(r"GREGORIAN", re.IGNORECASE), "3.7.1"),
}
_SMALL = frozenset(
    ("PRIORITY", "IMAGE", "GEO", "URL", "TRANSP", "REFRESH-INTERVAL", "X-PUBLISHED-TTL")
)
_STATUSES = {
    "VEVENT": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "VTODO": {"NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "CANCELLED"},
    "VJOURNAL": {"DRAFT", "FINAL", "CANCELLED"},
}
_HABITS = {
    "METHOD": ("method", "makes a message of the feed"),
    "ORGANIZER": ("organizer", "makes an invitation of the event"),
    "ATTENDEE": ("attendee", "tells who comes"),
    "SOURCE": ("source", "carries the address of the feed"),
    "X-WR-TIMEZONE": ("guessed-zone", "is left to each app to understand"),
    **dict.fromkeys(("RRULE", "RDATE", "EXDATE"), ("recurs", "makes several sessions of one")),
    "RECURRENCE-ID": ("recurs", "changes one occurrence of a rule"),
}


def check(block: Block, found: Findings, parent: str = "") -> None:
    """Check one component and all inside: its place, its properties, their forms."""
    where, named = block.number, block.name
    places = _INSIDE.get(named)
    if places is not None and parent not in places and (parent or named != "VCALENDAR"):
        found.add("misplaced", where, f"{named} has no place in {parent or 'a file of its own'}")
    if named in ("PARTICIPANT", "VLOCATION"):
        found.add("participant", where, f"a {named} component")
    _check_counts(block, found)
    for line in block.lines:
        _check_line(block, line, found)
    for inner in block.blocks:
        check(inner, found, named)


def _check_counts(block: Block, found: Findings) -> None:
    counts = Counter(line.name for line in block.lines)
    section = f"RFC 5545 {_SECTIONS.get(block.name, '3.6')}"
    once = _ONCE.get(block.name, "").split()
    for name in once:
        if not counts[name]:
            found.add("missing", block.number, f"{block.name} has no {name}", section)
    for name in (*once, *_AT_MOST_ONCE.get(block.name, "").split()):
        if counts[name] > 1:
            said = f"{block.name} has {counts[name]} {name} instead of one"
            found.add("repeated", block.number, said, section)
    display = block.first("ACTION") if block.name == "VALARM" else None
    if display and display.value.upper() == "DISPLAY" and not counts["DESCRIPTION"]:
        found.add("missing", block.number, "a VALARM that displays has no DESCRIPTION", section)


def _check_line(block: Block, line: Line, found: Findings) -> None:
    of_zone = block.name in ("STANDARD", "DAYLIGHT", "VTIMEZONE")
    if line.name in _HABITS and not of_zone:
        code, said = _HABITS[line.name]
        found.add(code, line.number, f"{line.name} {said}")
    expected = _VALUE_TYPES.get(line.name)
    if expected and line.parameters.get("VALUE", "").upper() not in expected:
        wanted = " or ".join(expected)
        found.add("no-value-type", line.number, f"{line.name} lacks VALUE={wanted}")
    text = _FORMS_OF_TEXT.get(line.name)
    if text and not text.fullmatch(line.value):
        found.add("bad-escape", line.number, f"{line.name} is escaped wrongly")
    form, section = _FORMS.get(line.name, (None, ""))
    if form and not form.fullmatch(line.value):
        code = "odd-value" if line.name in _SMALL else "malformed"
        said = f"{line.name} is malformed: {_excerpt(line)}"
        found.add(code, line.number, said, f"RFC 5545 {section}")
    statuses = _STATUSES.get(block.name)
    if line.name == "STATUS" and statuses and line.value.upper() not in statuses:
        known = ", ".join(sorted(statuses))
        found.add("bad-status", line.number, f"STATUS {_excerpt(line)} is none of {known}")


def _excerpt(line: Line) -> str:
    """Return the value as far as it may be shown: an address can be a secret."""
    return "an address" if line.name in ("URL", "IMAGE") else repr(line.value[:40])
