"""Any text and any instant comes back from every reader, and adds no line."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ics_feeds import Entry, problems, render
from ics_feeds.text import clean
from tests.ics_feeds.samples import STORED, feed, logical_lines
from tests.judges import node, python

ANY_CHARACTER = st.characters(exclude_categories=())  # lone surrogates, too
TRICKY = st.sampled_from(
    [
        *("\r\n", "\r", "\n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\t"),
        *("\\", "\\n", "\\N", "\\\\", "\\;", ";", ",", ":", '"', "^n", " ", "\n ", "\r\n "),
        *("\r\nEND:VEVENT\r\n", "\nMETHOD:CANCEL\n", "BEGIN:VEVENT", "\ud83d", "\ude00"),
        *("👩‍👩‍👧", "e\u0301\u0323", "שלום", "\u202e", "\ufeff", "\ufffe", "\U0010ffff", "x" * 70),
    ]
)
TEXTS = st.lists(st.one_of(TRICKY, st.text(ANY_CHARACTER, max_size=30)), max_size=12).map("".join)
STARTS = st.datetimes(
    min_value=datetime(1973, 1, 2),  # noqa: DTZ001 - hypothesis wants it naive
    max_value=datetime(2099, 1, 1),  # noqa: DTZ001 - hypothesis wants it naive
    timezones=st.just(UTC),
)
LENGTHS = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=20))
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"}))
NEAR = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis wants it naive
    max_value=datetime(2034, 1, 1),  # noqa: DTZ001 - hypothesis wants it naive
    timezones=st.just(UTC),
)


@st.composite
def entries(draw: st.DrawFn, starts: st.SearchStrategy[datetime] = STARTS) -> Entry:
    starts_at = draw(starts)
    return Entry(
        uid=str(draw(st.uuids())),
        title=draw(TEXTS),
        description=draw(TEXTS),
        location=draw(TEXTS),
        categories=tuple(draw(st.lists(TEXTS, max_size=2))),
        starts_at=starts_at,
        ends_at=starts_at + draw(LENGTHS),
        time_zone=draw(ZONES),
        created_at=STORED,
        changed_at=STORED,
        all_day=draw(st.booleans()),
        status=draw(st.sampled_from(["CONFIRMED", "CANCELLED", "TENTATIVE"])),
        sequence=draw(st.integers(0, 2**31 - 1)),
        url=draw(st.sampled_from([None, "https://example.org/passes/1"])),
        geo=draw(st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180))),
        transparent=draw(st.booleans()),
        reminders=tuple(draw(st.lists(LENGTHS, max_size=2))),
    )


LISTS = st.lists(entries(), max_size=4, unique_by=lambda entry: entry.uid)


@given(LISTS, TEXTS, TEXTS)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_whatever_goes_in_the_feed_is_sound_and_has_the_lines_it_should(
    given_entries: list[Entry], name: str, description: str
) -> None:
    body = render(feed(*given_entries, name="n" + name, description=description))
    assert problems(body) == []
    lines = logical_lines(body)
    assert len(lines) == len(body.decode().replace("\r\n ", "").splitlines())
    assert lines.count("BEGIN:VEVENT") == max(1, len(given_entries))
    assert lines.count("BEGIN:VCALENDAR") == 1
    assert not any(line.startswith("METHOD") for line in lines)


def expected(entry: Entry) -> tuple[str, ...]:
    prefix = "Cancelled: " if entry.status == "CANCELLED" else ""
    return entry.uid, prefix + clean(entry.title), clean(entry.location)


def found(event: dict[str, Any]) -> tuple[str, ...]:
    return event["uid"], event["summary"], event["location"] or ""


def check_texts_and_times(given_entries: list[Entry], read: list[dict[str, Any]]) -> None:
    assert sorted(map(found, read)) == sorted(map(expected, given_entries))
    by_uid = {event["uid"]: event for event in read}
    for entry in given_entries:
        event = by_uid[entry.uid]
        assert (event["description"] or "").startswith(clean(entry.description))
        assert event["status"] == entry.status
        if not entry.all_day:
            assert event["start"] == f"{entry.starts_at:%Y-%m-%dT%H:%M:%SZ}"
            assert event["end"] == f"{entry.ends_at:%Y-%m-%dT%H:%M:%SZ}"


SOME = st.lists(entries(NEAR), min_size=1, max_size=3, unique_by=lambda entry: entry.uid)
MANY = st.lists(entries(NEAR), min_size=20, max_size=40, unique_by=lambda entry: entry.uid)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


@given(SOME)
@settings(max_examples=60, suppress_health_check=SLOW, deadline=None)
def test_vobject_reads_back_what_went_in(given_entries: list[Entry]) -> None:
    check_texts_and_times(given_entries, python.expand_vobject(render(feed(*given_entries))))


@given(SOME)
@settings(max_examples=60, suppress_health_check=SLOW, deadline=None)
def test_icalendar_reads_back_what_went_in(given_entries: list[Entry]) -> None:
    check_texts_and_times(given_entries, python.expand_icalendar(render(feed(*given_entries))))


@pytest.mark.node
@given(MANY)
@settings(max_examples=12, suppress_health_check=SLOW, deadline=None)
def test_ical_js_reads_back_what_went_in(given_entries: list[Entry]) -> None:
    check_texts_and_times(given_entries, node.expand(render(feed(*given_entries))))
