"""The VTIMEZONE writer, against zone data read from its files."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from struct import calcsize, unpack
from zoneinfo import ZoneInfo, available_timezones

import pytest

from ics_feeds import problems, render
from ics_feeds.zones import Span, local_time, onsets, spans, vtimezone
from tests.ics_feeds.samples import entry, feed

NAMES = sorted(available_timezones() - {"localtime"})


def zone_file(name: str) -> bytes:
    for folder in zoneinfo.TZPATH:
        if (path := Path(folder, name)).is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def listed_changes(name: str) -> Iterator[datetime]:
    """Yield the instants at which a TZif file (RFC 8536) lists a change of offset."""
    data = zone_file(name)
    header = ">4sc15x6l"
    _, _, isut, isstd, leap, times, types, chars = unpack(header, data[: calcsize(header)])
    second = calcsize(header) + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    _, _, isut, isstd, leap, times, types, chars = unpack(header, data[second:][:44])
    body = data[second + 44 :]
    at = unpack(f">{times}q", body[: times * 8])
    kind = body[times * 8 : times * 9]
    offsets = [unpack(">l", body[times * 9 + 6 * i :][:4])[0] for i in range(types)]
    for seconds, before, after in zip(at[1:], kind, kind[1:], strict=False):
        if offsets[before] != offsets[after]:
            yield datetime.fromtimestamp(seconds, UTC)


def test_no_listed_change_of_offset_since_1990_is_missed_in_any_zone() -> None:
    compared = 0
    for name in NAMES:
        for change in listed_changes(name):
            if 1990 <= change.year <= 2040:
                found = [o.at - o.before for o in onsets(name, change.year)]
                assert change.replace(tzinfo=None) in found, name
                compared += 1
    assert compared > 5_000


@pytest.mark.parametrize("year", [1973, 2026, 2040])
def test_every_zone_gives_a_sound_feed_with_whole_minutes(year: int) -> None:
    for name in NAMES:
        body = render(feed(entry(starts_at=datetime(year, 6, 5, 4, tzinfo=UTC), time_zone=name)))
        assert problems(body) == [], name
        assert b"LMT" not in body


@pytest.mark.parametrize(
    ("zone", "observances"),
    [
        ("Europe/Berlin", 2),
        ("Europe/Dublin", 2),
        ("America/New_York", 2),
        ("Australia/Lord_Howe", 2),
        ("Antarctica/Troll", 2),
        ("Asia/Tokyo", 1),
        ("Etc/GMT+5", 1),
        ("Africa/Cairo", 3),
        ("Asia/Jerusalem", 3),
    ],
)
def test_only_the_years_used_are_told_and_yearly_zones_as_rules(
    zone: str, observances: int
) -> None:
    block = vtimezone(Span(zone, 2026, 2026))
    assert block.count(b"BEGIN:DAYLIGHT") + block.count(b"BEGIN:STANDARD") == observances
    yearly = zone in {
        *("Europe/Berlin", "Europe/Dublin", "America/New_York"),
        *("Australia/Lord_Howe", "Antarctica/Troll"),
    }
    assert block.count(b"RRULE") == (2 if yearly else 0)
    assert b"RDATE" not in block
    assert len(block) < 700


def test_negative_saving_time_is_written_as_apps_know_it() -> None:
    dublin = vtimezone(Span("Europe/Dublin", 2026, 2026)).replace(b"\r\n", b" ")
    assert b"BEGIN:DAYLIGHT DTSTART:20250330T010000 RRULE:FREQ=YEARLY;BYMONTH=3;" in dublin
    assert b"TZOFFSETFROM:+0000 TZOFFSETTO:+0100 TZNAME:IST END:DAYLIGHT" in dublin
    morocco = vtimezone(Span("Africa/Casablanca", 2026, 2026)).replace(b"\r\n", b" ")
    assert b"BEGIN:STANDARD DTSTART:20260215T030000 TZOFFSETFROM:+0100 TZOFFSETTO:+0000" in morocco


def test_a_rule_that_began_later_is_not_claimed_for_earlier_years() -> None:
    block = vtimezone(Span("Asia/Almaty", 2023, 2025))  # moved for good on 1 March 2024
    assert block.count(b"BEGIN:STANDARD") == 2
    assert b"RRULE" not in block


def test_spans_are_of_local_years() -> None:
    eve = datetime(2026, 12, 31, 12, tzinfo=UTC).astimezone(ZoneInfo("Pacific/Kiritimati"))
    other = datetime(2025, 3, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert spans([eve, other]) == (
        Span("Asia/Tokyo", 2025, 2025),
        Span("Pacific/Kiritimati", 2027, 2027),
    )


def test_a_local_time_is_given_only_where_it_names_one_instant() -> None:
    back = datetime(2026, 10, 25, 1, tzinfo=UTC)
    hour = timedelta(hours=1)
    given = [local_time(back + hour * n, "Europe/Berlin") is not None for n in (-2, -1, 0, 1)]
    assert given == [True, False, False, True]
