"""Readers that know only our VTIMEZONE find our instants again, in awkward zones and hours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from ics_feeds import render
from tests.ics_feeds.samples import entry, feed
from tests.judges import node, python

AWKWARD = (
    "Africa/Cairo",  # the day after the last Thursday
    "Africa/Casablanca",  # saving time but in Ramadan
    "Africa/El_Aaiun",
    "America/Asuncion",  # gave saving time up in 2024
    "America/Havana",  # at midnight
    "America/Los_Angeles",
    "America/New_York",
    "America/Nuuk",  # the Saturday before the last Sunday
    "America/Santiago",  # the Sunday after the first Saturday
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Troll",  # two hours
    "Asia/Almaty",  # moved for good
    "Asia/Beirut",
    "Asia/Gaza",  # a table
    "Asia/Jerusalem",  # the Friday before the last Sunday
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",  # half an hour
    "Europe/Berlin",
    "Europe/Chisinau",
    "Europe/Dublin",  # negative
    "Europe/London",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Pacific/Kiritimati",
)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AROUND = (
    *(-DAY, -3 * HOUR, -2 * HOUR, -HOUR, -30 * MINUTE, -MINUTE, timedelta()),
    *(MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, DAY),
)


def edges(name: str) -> list[datetime]:
    """Return the hours in 2025 to 2028 at which a zone changes its offset."""
    zone, hour = ZoneInfo(name), datetime(2025, 1, 1, tzinfo=UTC)
    found = []
    while hour.year < 2029:
        following = hour + HOUR
        if hour.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(following)
        hour = following
    return found


@cache
def dense(name: str) -> tuple[tuple[datetime, datetime], ...]:
    """Return sessions of each month and around each edge."""
    months = [datetime(y, m, 15, 18, tzinfo=UTC) for y in range(2025, 2029) for m in range(1, 13)]
    nights = [datetime(y, 12, 31, h, tzinfo=UTC) for y in range(2025, 2029) for h in range(24)]
    near = [edge + shift for edge in edges(name) for shift in AROUND]
    return tuple((at, at + 45 * MINUTE) for at in sorted({*months, *nights, *near}))


def calendar(name: str, times: tuple[tuple[datetime, datetime], ...]) -> bytes:
    return render(
        feed(
            *(
                entry(f"{number:04}", starts_at=start, ends_at=end, time_zone=name)
                for number, (start, end) in enumerate(times)
            ),
            name=name,
        )
    )


def text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def check(name: str, times: tuple[tuple[datetime, datetime], ...], read: Any) -> None:
    ours = [(text(start), text(end)) for start, end in times]
    theirs = [(event["start"], event["end"]) for event in read]
    assert theirs == ours, name


@pytest.mark.parametrize("judge", [python.expand_vobject, python.expand_icalendar])
@pytest.mark.parametrize("name", AWKWARD)
def test_python_readers_find_every_instant(
    name: str, judge: Callable[[bytes], list[dict[str, Any]]]
) -> None:
    check(name, dense(name), judge(calendar(name, dense(name))))


@pytest.mark.node
def test_ical_js_finds_every_instant_of_the_awkward_zones() -> None:
    read = node.expand(*(calendar(name, dense(name)) for name in AWKWARD))
    for number, name in enumerate(AWKWARD):
        check(name, dense(name), [event for event in read if event["calendar"] == number])


@pytest.mark.node
def test_ical_js_and_vobject_find_midwinter_and_midsummer_of_every_zone() -> None:
    names = sorted(available_timezones() - {"localtime"})
    seasons = [datetime(y, m, 20, 20, tzinfo=UTC) for y in (2025, 2027) for m in (1, 4, 7, 11)]
    times = tuple((at, at + HOUR) for at in seasons)
    bodies = [calendar(name, times) for name in names]
    read = node.expand(*bodies)
    for number, (name, body) in enumerate(zip(names, bodies, strict=True)):
        check(name, times, read[number * len(times) : (number + 1) * len(times)])
        check(name, times, python.expand_vobject(body))
