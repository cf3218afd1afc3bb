# ruff: noqa: DTZ001 - recurrence rules run in naive local time
"""Others read the same: icalendar the starts of the corpus, dateutil the recurrence rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile

import icalendar
import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from passes_service.catalog.ics_import.budget import Budget, Meter
from passes_service.catalog.ics_import.expand import slots
from passes_service.catalog.ics_import.rule import parse
from tests.catalog.ics_import.test_corpus import CORPUS, FILES

# icalendar cannot read these, or reads them in another way that is no better than ours.
NOT_FOR_ICALENDAR = {
    "apple_birthday_1604",  # days only
    "drupal_without_uid",
    "duplicate_uid_highest_sequence",  # icalendar does not choose between versions
    "pretalx_zone_named_gmt_with_london_rules",  # icalendar believes the name
    "bad_values_are_skipped_one_by_one",  # entries without a readable start
    "broken_folding",  # lines that nobody folded
    "classic_mac_bare_cr",
    "kerio_orphans_and_overridden_exdate",  # an override with the 99th of July
    "outlook_utf16",
    "thunderbird_period_rdate",  # its TZID has a registry path before the name
    "wordpress_all_in_one_floating_zone_in_file",  # floating: the zone is ours to add
    "wordpress_eventon_floating_zone_stated_by_caller",
    "wordpress_modern_events_calendar_shared_uid",  # CREATED is a date
    "exchange_cancel_without_start",
    "forum_groups_and_text_broken_by_hand",  # item1.DTSTART
    "outlook_zone_names_as_shown",  # a TZID with a colon that nobody quoted
}


def readable() -> list[str]:
    names = []
    for name in FILES:
        expected = json.loads((CORPUS / f"{name}.expected.json").read_text("utf-8"))
        if expected.get("occurrences") and name not in NOT_FOR_ICALENDAR:
            names.append(name)
    return names


@pytest.mark.parametrize("name", readable())
def test_icalendar_reads_the_same_starts(name: str) -> None:
    wanted = json.loads((CORPUS / f"{name}.expected.json").read_text("utf-8"))
    expected = {(one["uid"], one["starts_at"]) for one in wanted["occurrences"]}
    left_out = {uid for _, uid, _ in wanted["skipped"]}

    seen = 0
    for calendar in icalendar.Calendar.from_ical((CORPUS / f"{name}.ics").read_bytes(), True):
        for event in calendar.walk("VEVENT"):
            uid = "".join(c for c in str(event["UID"]) if c.isprintable())
            stated = event["DTSTART"]
            assert isinstance(stated, icalendar.vDDDTypes)
            start = stated.dt
            if uid in left_out or not isinstance(start, datetime) or start.utcoffset() is None:
                continue
            assert (uid, start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")) in expected
            seen += 1
    assert seen


numbers = st.integers
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def whole_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules on whose meaning RFC 5545 and dateutil agree, and that match now and then.

    (dateutil takes half a minute to find out that a rule never matches.)
    """
    freq = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    interval = draw(st.sampled_from([1, 1, 2, 3]))
    parts = [f"FREQ={freq}", f"INTERVAL={interval}"]

    def add(name: str, values: st.SearchStrategy[object]) -> None:
        chosen = draw(st.lists(values, min_size=1, max_size=3, unique=True))
        parts.append(f"{name}={','.join(map(str, chosen))}")

    day = st.sampled_from(WEEKDAYS)
    ordinal = st.builds("{}{}".format, st.sampled_from([1, 2, 4, -1, -2]), day)
    choice = draw(st.sampled_from(["none", "BYDAY", "ordinal", "BYMONTHDAY", "BYYEARDAY"]))
    if choice == "ordinal" and freq in ("YEARLY", "MONTHLY"):
        add("BYDAY", ordinal)
    elif choice == "BYMONTHDAY" and freq != "WEEKLY":
        add("BYMONTHDAY", st.sampled_from([1, 2, 13, 28, 31, -1, -2, -28, -31]))
    elif choice == "BYYEARDAY" and freq == "YEARLY":
        add("BYYEARDAY", st.sampled_from([1, 59, 60, 200, 366, -1, -306, -366]))
    elif choice != "none":
        add("BYDAY", day)
    if choice != "BYYEARDAY" and freq != "HOURLY" and interval == 1 and draw(st.booleans()):
        add("BYMONTH", numbers(1, 12))
    if freq != "HOURLY" and draw(st.booleans()):
        add("BYHOUR", numbers(0, 23))
    if freq != "WEEKLY" and choice != "none" and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1', '1,2', '-2,-1,1']))}")
    parts.append(f"WKST={draw(day)}")
    return ";".join(parts)


@settings(deadline=None, max_examples=150)
@given(
    rules(),
    st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)).map(whole_seconds),
    st.sampled_from([0, 45, 200]),
    st.none() | st.integers(1, 30),
)
def test_dateutil_unfolds_the_same(
    text: str, start: datetime, skip: int, count: int | None
) -> None:
    whole = f"{text};COUNT={count}" if count else text
    days = 40 if "HOURLY" in text else 900
    far = start + timedelta(days=5000)
    first = next(islice(unfolded(text, start, start, far), 1, None), None)
    assume(first is not None)
    assert first is not None
    after, before = first + timedelta(days=skip), first + timedelta(days=skip + days)
    judged = takewhile(lambda at: at < before, rrulestr(whole, dtstart=first))
    expected = [at for at in judged if at >= after]

    assert list(unfolded(whole, first, after, before)) == expected


def unfolded(text: str, start: datetime, after: datetime, before: datetime) -> Iterator[datetime]:
    meter = Meter(Budget())
    return slots(parse(text, None), start, until=None, after=after, before=before, meter=meter)


@given(st.integers(1, 53), st.integers(2000, 2040), st.integers(0, 6))
def test_week_numbers_are_those_of_iso_8601(week: int, year: int, weekday: int) -> None:
    start = datetime(year, 1, 1)
    rule = parse(f"FREQ=YEARLY;BYWEEKNO={week};BYDAY={WEEKDAYS[weekday]}", None)
    end = datetime(year + 3, 1, 1)

    found = set(slots(rule, start, until=None, after=start, before=end, meter=Meter(Budget())))

    days = (date.fromordinal(day) for day in range(start.toordinal() + 1, end.toordinal()))
    iso = {
        datetime(day.year, day.month, day.day)
        for day in days
        if day.isocalendar()[1:] == (week, weekday + 1)
    }
    assert found - {start} == iso


@st.composite
def clock_rules(draw: st.DrawFn) -> str:
    """Rules that repeat within a day, by lists of hours, minutes and seconds."""
    freq = draw(st.sampled_from(["HOURLY", "MINUTELY", "SECONDLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.sampled_from([1, 1, 2, 7, 25, 90]))}"]
    ranges = {"BYHOUR": 23, "BYMINUTE": 59, "BYSECOND": 59}
    for name in draw(st.lists(st.sampled_from(sorted(ranges)), max_size=2, unique=True)):
        size = 1 + ranges[name] // 3
        values = draw(st.lists(numbers(0, ranges[name]), min_size=size // 2, unique=True))
        parts.append(f"{name}={','.join(map(str, sorted(values)))}" if values else f"{name}=0")
    if draw(st.booleans()):
        parts.append(f"BYDAY={','.join(draw(st.lists(st.sampled_from(WEEKDAYS), min_size=3)))}")
    return ";".join(parts)


@settings(deadline=None, max_examples=100)
@given(clock_rules(), st.datetimes(datetime(2024, 2, 27), datetime(2024, 3, 3)).map(whole_seconds))
def test_dateutil_unfolds_rules_within_a_day_the_same(text: str, start: datetime) -> None:
    far = start + timedelta(days=20)
    seen = list(islice(unfolded(text, start, start, far), 1, 40))
    assume(len(seen) == 39)

    judged = islice(rrulestr(text, dtstart=seen[0]), 39)

    assert list(judged) == seen
