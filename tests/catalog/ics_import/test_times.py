"""Starts, ends, extra dates and rules as programs write them, right or wrong."""

from __future__ import annotations

import pytest

from tests.catalog.ics_import.build import (
    HALL,
    HALL_END,
    event,
    imported,
    notes,
    skips,
    spans,
    starts,
)

ALL_DAY = "DTSTART;VALUE=DATE:20260601"
DAILY = "RRULE:FREQ=DAILY;COUNT=4"


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        ((HALL, HALL_END), "06-01 16:00-18:00"),
        ((HALL, "DURATION:PT90M"), "06-01 16:00-17:30"),
        ((HALL, "DURATION:P1W"), "06-01 16:00-16:00"),
        ((HALL, HALL_END, "DURATION:PT5H"), "06-01 16:00-18:00"),
        ((HALL,), "06-01 16:00-16:00"),
        ((ALL_DAY,), "05-31 22:00-22:00"),
        ((ALL_DAY, "DURATION:PT36H"), "05-31 22:00-22:00"),
        ((HALL, "DTEND;VALUE=DATE:20260603"), "06-01 16:00-22:00"),
    ],
)
def test_end_is_stated_in_one_of_many_ways(lines: tuple[str, ...], span: str) -> None:
    found = imported(event(*lines))

    assert spans(found) == [f"Untitled session {span}"]


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("DTEND;TZID=Europe/Berlin:20260601T170000", "ends-before-start"),
        ("DURATION:-PT1H", "ends-before-start"),
        ("DURATION:P", "bad-duration"),
        ("DURATION:1h", "bad-duration"),
        ("DTEND:99991231T235959Z", "bad-time"),
        ("DTEND:tomorrow", "bad-time"),
    ],
)
def test_end_that_cannot_be_is_skipped_with_its_line(end: str, code: str) -> None:
    assert skips(imported(event(HALL, end))) == [(code, 5)]


def test_two_ends_and_two_starts_are_remarked() -> None:
    assert notes(imported(event(HALL, HALL_END, "DURATION:PT5H"))) == [("two-ends", 6)]
    twice = event(HALL, "DTSTART:20260701T180000Z", HALL_END)
    assert notes(imported(twice)) == [("stated-twice", 5)]
    assert starts(imported(twice)) == ["06-01 16:00"]


@pytest.mark.parametrize("value", ["99991231T235959Z", "15010101T000000Z", "00010101"])
def test_start_in_another_age_says_which_years_can_be(value: str) -> None:
    found = imported(event(f"DTSTART:{value}"))

    assert found.skipped[0].line in (2, 4)
    assert found.skipped[0].reason_code in ("bad-time", "outside-horizon")
    if found.skipped[0].reason_code == "bad-time":
        assert value[:4] in found.skipped[0].reason


@pytest.mark.parametrize("until", ["99991231T235959Z", "99991231", "45001231T000000"])
def test_rule_that_runs_to_the_end_of_time_is_a_rule_without_end(until: str) -> None:
    found = imported(event(HALL, f"RRULE:FREQ=MONTHLY;BYMONTHDAY=1;UNTIL={until}"))

    assert len(found.occurrences) == 7


def test_rule_that_ended_before_it_began_brings_nothing_and_says_so() -> None:
    found = imported(event(HALL, "RRULE:FREQ=DAILY;UNTIL=00010101"))

    assert skips(found) == [("outside-horizon", 2)]


def test_all_day_series_ignores_the_clock_in_its_rule() -> None:
    found = imported(event(ALL_DAY, "RRULE:FREQ=DAILY;COUNT=2;BYHOUR=9;BYMINUTE=5;BYSECOND=7"))

    assert starts(found) == ["05-31 22:00", "06-01 22:00"]


@pytest.mark.parametrize("freq", ["HOURLY", "MINUTELY", "SECONDLY"])
def test_all_day_series_cannot_repeat_by_the_clock(freq: str) -> None:
    assert skips(imported(event(ALL_DAY, f"RRULE:FREQ={freq};COUNT=3"))) == [("bad-rule", 5)]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY;COUNT=2;COUNT=3", "COUNT"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        ("FREQ=YEARLY;RSCALE=CHINESE", "RSCALE"),
        ("FREQ=YEARLY;RSCALE=GREGORIAN;SKIP=FORWARD", "SKIP"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
        ("DAILY", "DAILY"),
    ],
)
def test_rule_that_is_unreadable_is_skipped_and_quoted(rule: str, said: str) -> None:
    found = imported(event(HALL, f"RRULE:{rule}"))

    assert skips(found) == [("bad-rule", 5)]
    assert said in found.skipped[0].reason


def test_skip_omit_is_what_every_rule_does() -> None:
    rule = "RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT;COUNT=2"

    assert starts(imported(event(HALL, rule))) == ["06-01 16:00", "07-01 16:00"]


@pytest.mark.parametrize(
    "out",
    [
        "EXDATE:20260602T160000Z",
        "EXDATE;TZID=America/New_York:20260602T120000",
        "EXDATE;TZID=W. Europe Standard Time:20260602T180000",
        "EXDATE;VALUE=DATE:20260602",
        "EXDATE:20260602",
        "EXDATE:20260602T180000",
        "EXRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2",
    ],
)
def test_date_is_taken_out_however_it_is_written(out: str) -> None:
    start = "DTSTART;TZID=Europe/Berlin:20260602T180000" if "EXRULE" in out else HALL
    found = starts(imported(event(start, DAILY, out)))

    assert "06-02 16:00" not in found
    assert len(found) == 3  # COUNT counts what EXDATE takes out


def test_single_event_that_takes_its_only_date_out_brings_no_session() -> None:
    found = imported(event(HALL, "EXDATE:20260601T160000Z"))

    assert skips(found) == [("all-taken-out", 2)]
    assert starts(imported(event(HALL, "EXDATE:20260602T160000Z"))) == ["06-01 16:00"]


@pytest.mark.parametrize(
    ("dates", "spanned"),
    [
        ("RDATE;VALUE=PERIOD:20260602T160000Z/20260602T170000Z", "06-02 16:00-17:00"),
        ("RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260602T180000/PT3H", "06-02 16:00-19:00"),
        ("RDATE;VALUE=DATE:20260602", "06-02 16:00-18:00"),
        ("RDATE;TZID=America/New_York:20260602T120000", "06-02 16:00-18:00"),
    ],
)
def test_extra_date_is_written_in_many_ways(dates: str, spanned: str) -> None:
    found = imported(event(HALL, HALL_END, dates))

    assert spans(found) == ["Untitled session 06-01 16:00-18:00", f"Untitled session {spanned}"]


def test_period_that_ends_before_it_starts_is_skipped_with_its_line() -> None:
    period = "RDATE;VALUE=PERIOD:20260602T160000Z/20260602T150000Z"

    assert skips(imported(event(HALL, period))) == [("ends-before-start", 5)]
