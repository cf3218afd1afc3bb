"""However large or hostile, a file costs a bounded number of steps, and is answered in words."""

from __future__ import annotations

import pytest

from passes_service.catalog.ics_import import ImportBroken, ImportTooLarge, tally
from passes_service.catalog.ics_import.budget import FILE_STEPS, Budget
from passes_service.core.errors import DomainError
from tests.catalog.ics_import.build import (
    HALL,
    calendar,
    event,
    imported,
    notes,
    skips,
    starts,
    zone,
)

OWN = "DTSTART;TZID=Own:20260601T180000"
STANDING = "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETTO:+0123\r\nEND:STANDARD\r\n"


def spent(body: bytes) -> tuple[int, DomainError | None]:
    """Return what reading a file cost, and its refusal if it was refused."""
    budget = Budget()
    try:
        imported(body, budget=budget)
    except DomainError as refusal:
        return FILE_STEPS - budget.left, refusal
    return FILE_STEPS - budget.left, None


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=1",
        "FREQ=MINUTELY;BYSECOND=" + ",".join(map(str, range(60))),
        "FREQ=HOURLY",
        "FREQ=DAILY;UNTIL=99991231T235959Z;BYHOUR=" + ",".join(map(str, range(24))),
    ],
)
def test_rule_that_fills_the_calendar_is_refused_with_the_line_of_its_event(rule: str) -> None:
    cost, refusal = spent(calendar(event(HALL, uid="a"), event(HALL, f"RRULE:{rule}", uid="b")))

    assert isinstance(refusal, ImportTooLarge)
    assert refusal.members["line"] == 6
    assert "line 6" in refusal.detail
    assert cost < FILE_STEPS / 10


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY;INTERVAL=1;COUNT=5256000",
        "FREQ=SECONDLY;COUNT=999999999",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9",
        "FREQ=MINUTELY;BYSECOND=0,1,2;BYYEARDAY=366;BYMONTH=1;COUNT=9",
    ],
)
def test_rule_that_takes_ten_years_of_steps_is_skipped_alone_with_its_line(rule: str) -> None:
    far = "DTSTART:18000101T000000Z"
    hostile = event(far, f"RRULE:{rule}", uid="b")
    found = imported(event(HALL, "DURATION:PT1H", uid="a") + hostile)

    assert starts(found) == ["06-01 16:00"]
    assert skips(found)[0][0] in ("rule-too-long", "outside-horizon")
    assert skips(found)[0][1] == (10 if skips(found)[0][0] == "rule-too-long" else 7)
    assert spent(calendar(hostile))[0] < FILE_STEPS / 4


@pytest.mark.parametrize(
    "rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1"]
)
def test_rule_that_never_matches_leaves_the_first_and_costs_little(rule: str) -> None:
    body = event(HALL, "DURATION:PT1H", f"RRULE:{rule}")

    assert starts(imported(body)) == ["06-01 16:00"]
    assert spent(calendar(body))[0] < 10_000


def test_many_hostile_rules_use_up_the_budget_of_the_file() -> None:
    rules = [
        event("DTSTART:18000101T000000Z", "RRULE:FREQ=SECONDLY;COUNT=99999999", uid=f"{number}")
        for number in range(50)
    ]
    cost, refusal = spent(calendar(*rules))

    assert isinstance(refusal, ImportTooLarge)
    assert refusal.members["line"] > 2
    assert cost <= FILE_STEPS + 1_000


def test_zone_with_a_rule_that_never_ends_skips_its_events_only() -> None:
    bomb = zone("Own").replace("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=SECONDLY")
    found = imported(bomb + event(HALL, "DURATION:PT1H", uid="a") + event(OWN, uid="b"))

    assert starts(found) == ["06-01 16:00"]
    assert [skip.reason_code for skip in found.skipped] == ["bad-zone"]
    assert spent(calendar(bomb, event(OWN)))[0] < FILE_STEPS / 10


def test_zone_with_thousands_of_observances_costs_a_bounded_number_of_steps() -> None:
    part = zone("Own").split("TZID:Own\r\n")[1].split("END:VTIMEZONE")[0]
    whole = f"BEGIN:VTIMEZONE\r\nTZID:Own\r\n{part * 5_000}END:VTIMEZONE\r\n"
    cost, _ = spent(calendar(whole, event(OWN)))

    assert cost <= FILE_STEPS + 100


def test_thousands_of_dates_taken_out_are_counted_and_obeyed() -> None:
    out = ",".join(
        f"2026{month:02}{day:02}T160000Z" for month in range(6, 9) for day in range(1, 29)
    )
    body = event(
        HALL,
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY;UNTIL=20260828T160000Z",
        f"EXDATE:{(out + ',') * 300}",
    )
    cost, refusal = spent(calendar(body))

    assert refusal is None
    assert starts(imported(body)) == [
        "06-29 16:00",
        "06-30 16:00",
        "07-29 16:00",
        "07-30 16:00",
        "07-31 16:00",
    ]
    assert 25_000 < cost < 100_000


def test_too_many_entries_are_refused_at_the_line_of_the_first_too_many() -> None:
    body = calendar("BEGIN:VTODO\nEND:VTODO\n" * 20_001)
    cost, refusal = spent(body)

    assert isinstance(refusal, ImportTooLarge)
    assert refusal.members["line"] == 2 + 2 * 20_000
    assert cost < FILE_STEPS


def test_too_many_lines_are_refused_at_the_first_too_many() -> None:
    _, refusal = spent(calendar(event(HALL, *["A:"] * 1_000_000)))

    assert isinstance(refusal, ImportTooLarge)
    assert refusal.members["line"] == 250_001


def test_deep_nesting_is_refused_with_its_line() -> None:
    _, refusal = spent(calendar("BEGIN:X-A\n" * 100_000))

    assert isinstance(refusal, ImportBroken)
    assert refusal.members["line"] == 13


def test_line_of_ten_megabytes_is_refused_and_one_of_four_is_cut() -> None:
    _, refusal = spent(calendar(event(HALL, "SUMMARY:" + "x" * 10_000_000)))
    assert isinstance(refusal, ImportTooLarge)

    cost, refusal = spent(calendar(event(HALL, "SUMMARY:" + "x" * 4_000_000)))
    assert (refusal, cost < 1_000) == (None, True)


def test_what_was_skipped_is_as_long_as_the_file_allows_and_no_longer() -> None:
    many = "".join(event(HALL, "SEQUENCE:1") for _ in range(10_000))
    found = imported(many)

    assert len(found.occurrences) == 1
    assert len(found.skipped) == 9_999
    assert tally(found.skipped) == (("The file holds a newer version of it.", 9_999),)
    assert len(notes(found)) <= 1


@pytest.mark.parametrize(
    ("body", "least"),
    [
        (calendar(event(HALL, *["A:"] * 100_000)), 100_000),
        (calendar(event(HALL) * 10_000), 150_000),
        (calendar("BEGIN:VTODO\nEND:VTODO\n" * 10_000), 120_000),
        (calendar(zone("Own").replace("RRULE:", f"RDATE:{'20260601,' * 9_000}\r\nRRULE:"),
                  event(OWN)), 41_000),
        (calendar(f"BEGIN:VTIMEZONE\r\nTZID:Own\r\n{STANDING * 5_000}END:VTIMEZONE\r\n",
                  event(OWN)), 190_000),
        (calendar(event(HALL, f"RDATE:{'20260601,' * 50_000}")), 50_000),
    ],
)  # fmt: skip
def test_everything_that_takes_time_takes_steps(body: bytes, least: int) -> None:
    cost, _ = spent(body)

    assert cost >= least


def test_limit_is_refused_at_the_entry_that_passes_it() -> None:
    daily = "RRULE:FREQ=DAILY;COUNT=200"
    series = [event(HALL, daily, uid=f"{number}") for number in range(6)]

    _, refusal = spent(calendar(*series, event(HALL, uid="after")))

    assert isinstance(refusal, ImportTooLarge)
    assert refusal.members == {"limit": 1000, "line": 2 + 5 * 5}
