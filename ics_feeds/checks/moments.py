"""When an event is: the forms of its times, their order, hours that clocks skip or show twice."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ics_feeds.checks.names import known_zone
from ics_feeds.finding import Findings
from ics_feeds.reader import Block, Line

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")
_TIME = re.compile(_DATE.pattern + r"T(\d\d)(\d\d)(\d\d)(Z?)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A DTSTART or DTEND as it is written: a day, or a local time with or without a zone."""

    line: Line
    day: date
    local: datetime | None
    zone: str | None  # the TZID; None for UTC, floating times and days
    utc: bool

    @property
    def instant(self) -> datetime | None:
        """Return the instant, if it is certain without reading VTIMEZONEs."""
        if self.local is None:
            return None
        if self.utc:
            return self.local.replace(tzinfo=UTC)
        known = known_zone(self.zone)
        if known is None:
            return None
        try:
            return self.local.replace(tzinfo=known).astimezone(UTC)
        except OverflowError:
            return None


def check(event: Block, found: Findings) -> list[Moment]:
    """Check the times of one event; return those that can be read."""
    start, end = _read(event.first("DTSTART"), found), _read(event.first("DTEND"), found)
    duration = event.first("DURATION")
    if event.first("DTEND") and duration:
        found.add("end-and-duration", duration.number, "both DTEND and DURATION")
    if duration and duration.value.startswith("-"):
        found.add("end-before-start", duration.number, "DURATION is negative")
    if start and end:
        _check_order(start, end, found)
    read = [one for one in (start, end) if one]
    for one in read:
        _check_clock(one, found)
    return read


def _read(line: Line | None, found: Findings) -> Moment | None:
    if line is None:
        return None
    zone = line.parameters.get("TZID")
    if line.parameters.get("VALUE", "").upper() == "DATE":
        return _read_day(line, zone, found)
    matched = _TIME.fullmatch(line.value)
    if not matched:
        if _DATE.fullmatch(line.value):
            found.add("day-without-value", line.number, f"{line.name} is a day without VALUE=DATE")
            return _read_day(line, zone, found)
        found.add("bad-time", line.number, f"{line.name} is malformed: {line.value[:40]!r}")
        return None
    *digits, z = matched.groups()
    local = _local([int(digit) for digit in digits])
    if local is None:
        found.add("bad-time", line.number, f"{line.name} is malformed: no such time: {line.value}")
        return None
    if z and zone:
        found.add("utc-with-zone", line.number, f"{line.name} has both Z and TZID={zone}")
    if not z and not zone:
        found.add("floating", line.number, f"{line.name} is a floating time, in no zone")
    return Moment(line, local.date(), local, None if z else zone, bool(z))


def _read_day(line: Line, zone: str | None, found: Findings) -> Moment | None:
    matched = _DATE.fullmatch(line.value)
    day = _local([int(digit) for digit in matched.groups()]) if matched else None
    if day is None:
        found.add("bad-time", line.number, f"{line.name} is malformed: {line.value[:40]!r}")
        return None
    if zone:
        found.add("date-with-zone", line.number, f"{line.name} is a day with TZID={zone}")
    return Moment(line, day.date(), None, None, utc=False)


def _local(digits: list[int]) -> datetime | None:
    year, month, day, hour, minute, second = [*digits, 0, 0, 0][:6]
    try:
        second = 59 if second == 60 else second  # a leap second is legal (3.3.12)
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - local, as written
    except ValueError:
        return None


def _check_order(start: Moment, end: Moment, found: Findings) -> None:
    number = end.line.number
    if (start.local is None) != (end.local is None):
        found.add("mixed-kinds", number, "DTEND and DTSTART differ in kind: a day and a time")
        return
    if start.local is None or end.local is None:
        length = end.day - start.day
    elif start.utc == end.utc and start.zone == end.zone:
        length = end.local - start.local
        if length <= timedelta() and start.zone:
            length = _across_a_change(start, end, length)
    elif start.instant and end.instant:
        length = end.instant - start.instant
    else:
        return
    if length < timedelta():
        found.add("end-before-start", number, "DTEND is before DTSTART")
    elif not length:
        found.add("end-at-start", number, "DTEND is not later than DTSTART")


def _across_a_change(start: Moment, end: Moment, length: timedelta) -> timedelta:
    """Return the length, unless clocks go back between the two and may explain it."""
    zone = known_zone(start.zone)
    if zone is None or end.local is None:
        return length
    later = end.local.replace(tzinfo=zone, fold=1)
    shift = (later.replace(fold=0).utcoffset() or length) - (later.utcoffset() or length)
    return length + shift if shift > timedelta() and length + shift > timedelta() else length


def _check_clock(one: Moment, found: Findings) -> None:
    zone = known_zone(one.zone)
    if zone is None or one.local is None:
        return
    first, second = (one.local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first == second:
        return
    said = f"{one.line.name} {one.local:%Y-%m-%d %H:%M} in {one.zone}"
    if first > second:
        found.add("shown-twice", one.line.number, f"clocks show {said} twice")
    else:
        found.add("in-a-gap", one.line.number, f"clocks skip {said}")
