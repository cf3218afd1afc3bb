"""Check feed bytes against RFC 5545, RFC 7986 and what is known of apps.

Written apart from the renderer, so that one can catch the other.
"""

import re
from collections import Counter

from ics_feeds.reader import Block, Line, read

_ONCE = {
    "VCALENDAR": "VERSION PRODID",
    "VEVENT": "UID DTSTAMP DTSTART SUMMARY SEQUENCE LAST-MODIFIED",
    "VTIMEZONE": "TZID",
    "STANDARD": "DTSTART TZOFFSETFROM TZOFFSETTO",
    "DAYLIGHT": "DTSTART TZOFFSETFROM TZOFFSETTO",
    "VALARM": "ACTION TRIGGER",
}
_AT_MOST_ONCE = {
    "VCALENDAR": "CALSCALE X-WR-CALNAME COLOR URL REFRESH-INTERVAL X-PUBLISHED-TTL",
    "VEVENT": "DTEND DURATION STATUS TRANSP CREATED DESCRIPTION LOCATION GEO URL CLASS PRIORITY",
    "VALARM": "DESCRIPTION DURATION REPEAT",
}
_FORBIDDEN = {
    "METHOD": "a feed is a snapshot, not a message (3.7.2)",
    "ORGANIZER": "makes apps send invitation mails",
    "ATTENDEE": "tells who comes",
    "SOURCE": "would carry the secret address of the feed",
    "RRULE": "one VEVENT per session: overrides double or vanish in weak apps",
    "RDATE": "one VEVENT per session: overrides double or vanish in weak apps",
    "EXDATE": "one VEVENT per session: overrides double or vanish in weak apps",
    "RECURRENCE-ID": "one VEVENT per session: overrides double or vanish in weak apps",
}
_CHILDREN = {
    "VCALENDAR": {"VEVENT", "VTIMEZONE"},
    "VTIMEZONE": {"STANDARD", "DAYLIGHT"},
    "VEVENT": {"VALARM"},
}
_VALUE_TYPES = {"REFRESH-INTERVAL": "DURATION", "IMAGE": "URI"}
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
_TEXTS = re.compile(r"(?:[^\\;]|\\[\\;,nN])*")
_FORMS_OF_TEXT = {
    "CATEGORIES": _TEXTS,
    **dict.fromkeys(("UID", "SUMMARY", "DESCRIPTION", "LOCATION", "TZID", "TZNAME"), _TEXT),
    **dict.fromkeys(("NAME", "PRODID", "X-WR-CALNAME", "X-WR-CALDESC"), _TEXT),
}
_STATUSES = frozenset({"TENTATIVE", "CONFIRMED", "CANCELLED"})
_FORMS = {
    "DTSTAMP": re.compile(r"\d{8}T\d{6}Z"),
    "CREATED": re.compile(r"\d{8}T\d{6}Z"),
    "LAST-MODIFIED": re.compile(r"\d{8}T\d{6}Z"),
    "SEQUENCE": re.compile(r"\d{1,10}"),
    "GEO": re.compile(r"-?\d{1,2}(\.\d+)?;-?\d{1,3}(\.\d+)?"),
    "TZOFFSETFROM": re.compile(r"[+-]\d{4}"),
    "TZOFFSETTO": re.compile(r"[+-]\d{4}"),
    "REFRESH-INTERVAL": re.compile(r"P(?=.)(\d+W|(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)"),
    "X-PUBLISHED-TTL": re.compile(r"P(?=.)(\d+W|(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)"),
    "URL": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+"),
    "IMAGE": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+"),
    "TRANSP": re.compile(r"OPAQUE|TRANSPARENT"),
}
_DATE = re.compile(r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(_DATE.pattern + r"T([01]\d|2[0-3])[0-5]\d[0-5]\d")


def problems(body: bytes) -> list[str]:
    """Return what is wrong with a feed, a sentence each; nothing when it is sound.

    Numbers in brackets are sections of RFC 5545.
    """
    faults: list[str] = []
    calendars = read(body, faults)
    if [block.name for block in calendars] != ["VCALENDAR"]:
        faults.append("not exactly one VCALENDAR (3.4)")
    for calendar in calendars:
        for block in calendar.walk():
            _check_block(block, faults)
        events = [block for block in calendar.blocks if block.name == "VEVENT"]
        if not events:
            faults.append("no VEVENT: GNOME and vdirsyncer ignore an empty feed (3.6)")
        _check_uids(events, faults)
        _check_zones(calendar, events, faults)
    return faults


def _check_block(block: Block, faults: list[str]) -> None:
    where = f"line {block.number}: {block.name}"
    if block.name not in _ONCE:
        faults.append(f"{where} has no place in a feed")
    counts = Counter(line.name for line in block.lines)
    faults.extend(
        f"{where} has {counts[name]} {name} instead of one"
        for name in _ONCE.get(block.name, "").split()
        if counts[name] != 1
    )
    faults.extend(
        f"{where} has more than one {name}"
        for name in _AT_MOST_ONCE.get(block.name, "").split()
        if counts[name] > 1
    )
    allowed = _CHILDREN.get(block.name, set())
    faults.extend(
        f"line {child.number}: {child.name} has no place in {block.name}"
        for child in block.blocks
        if child.name not in allowed
    )
    for line in block.lines:
        _check_line(block, line, faults)
    if block.name == "VEVENT":
        _check_times(block, faults)
    if block.name == "VTIMEZONE" and not block.blocks:
        faults.append(f"{where} has no STANDARD or DAYLIGHT (3.6.5)")


def _check_line(block: Block, line: Line, faults: list[str]) -> None:
    where = f"line {line.number}: {line.name}"
    is_rule = line.name == "RRULE" and block.name in ("STANDARD", "DAYLIGHT")
    if line.name in _FORBIDDEN and not is_rule:
        faults.append(f"{where}: {_FORBIDDEN[line.name]}")
    if line.name in _VALUE_TYPES and line.parameters.get("VALUE") != _VALUE_TYPES[line.name]:
        faults.append(f"{where} lacks VALUE={_VALUE_TYPES[line.name]} (RFC 7986 5)")
    text = _FORMS_OF_TEXT.get(line.name)
    if text and not text.fullmatch(line.value):
        faults.append(f"{where} is escaped wrongly (3.3.11)")
    form = _FORMS.get(line.name)
    if form and not form.fullmatch(line.value):
        faults.append(f"{where} is malformed: {line.value[:40]!r}")
    if line.name == "STATUS" and line.value not in _STATUSES:
        faults.append(f"{where} is none of {', '.join(sorted(_STATUSES))} (3.8.1.11)")
    if line.name == "VERSION" and line.value != "2.0":
        faults.append(f"{where} is not 2.0 (3.7.4)")


def _check_times(event: Block, faults: list[str]) -> None:
    starts, ends = event.all("DTSTART"), event.all("DTEND")
    for line in [*starts, *ends]:
        where = f"line {line.number}: {line.name}"
        if not line.parameters and _TIME.fullmatch(line.value):
            faults.append(f"{where} is a floating time, which Google takes for UTC")
        elif not _is_moment(line):
            faults.append(f"{where} is malformed: {line.value[:40]!r}")
    if starts and ends:
        start, end = starts[0], ends[0]
        # Two local times compare as text: an hour that clocks show twice goes out in UTC.
        alike = start.parameters == end.parameters
        if alike and end.value <= start.value:
            faults.append(f"line {end.number}: DTEND is not later than DTSTART (3.8.2.2)")
        if start.parameters.get("VALUE") != end.parameters.get("VALUE"):
            faults.append(f"line {end.number}: DTEND and DTSTART differ in kind (3.8.2.2)")


def _is_moment(line: Line) -> bool:
    if line.parameters.get("VALUE") == "DATE":
        return bool(_DATE.fullmatch(line.value)) and "TZID" not in line.parameters
    if "TZID" in line.parameters:
        return bool(_TIME.fullmatch(line.value))
    return line.value.endswith("Z") and bool(_TIME.fullmatch(line.value[:-1]))


def _check_uids(events: list[Block], faults: list[str]) -> None:
    seen: set[str] = set()
    for event in events:
        for line in event.all("UID"):
            if line.value in seen:
                faults.append(f"line {line.number}: UID {line.value} occurs twice (3.8.4.7)")
            if not line.value:
                faults.append(f"line {line.number}: UID is empty (3.8.4.7)")
            seen.add(line.value)


def _check_zones(calendar: Block, events: list[Block], faults: list[str]) -> None:
    declared: set[str] = set()
    for zone in (block for block in calendar.blocks if block.name == "VTIMEZONE"):
        for line in zone.all("TZID"):
            if line.value in declared:
                faults.append(f"line {line.number}: TZID {line.value} is declared twice (3.6.5)")
            declared.add(line.value)
    used = {
        line.parameters["TZID"]: line.number
        for event in events
        for block in event.walk()
        for line in block.lines
        if "TZID" in line.parameters
    }
    faults.extend(
        f"line {number}: TZID {zone} has no VTIMEZONE (3.2.19); Outlook takes it for floating"
        for zone, number in sorted(used.items())
        if zone not in declared
    )
    faults.extend(f"VTIMEZONE {zone} is used by no event" for zone in sorted(declared - set(used)))
