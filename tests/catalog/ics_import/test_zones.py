"""Which zone a file means: names as programs write them, and rules of their own."""

from __future__ import annotations

import pytest

from passes_service.catalog.ics_import import ImportZoneNeeded
from tests.catalog.ics_import.build import event, imported, notes, skips, starts, zone

SIX = "20260601T180000"


def started(name: str, *before: str) -> list[str]:
    return starts(imported("".join(before) + event(f"DTSTART;TZID={name}:{SIX}", "DURATION:PT1H")))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ('"W. Europe Standard Time"', "Europe/Berlin"),
        ("W. Europe Daylight Time", "Europe/Berlin"),
        ('"tzone://Microsoft/W. Europe Standard Time"', "Europe/Berlin"),
        ('"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"', "Europe/Berlin"),
        (r"(UTC+01:00) Amsterdam\, Berlin\, Bern\, Rome\, Vienna", "Europe/Berlin"),
        ('"(GMT+01.00) Amsterdam / Berlin / Bern / Rome"', "Europe/Berlin"),
        ('"(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"', "Europe/Paris"),
        ('"(UTC+00:00) Dublin, Edinburgh, Lisbon, London"', "Europe/London"),
        ('"(UTC-05:00) Eastern Time (US & Canada)"', "America/New_York"),
        ('"(GMT-08:00) Pacific Time (US & Canada); Tijuana"', "America/Los_Angeles"),
        ('"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"', "Asia/Kolkata"),
        ("/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ('"/softwarestudio.org/Olson_20011030_5/America/New_York"', "America/New_York"),
    ],
)
def test_zone_goes_by_many_names(name: str, place: str) -> None:
    assert started(name) == started(place) != []


@pytest.mark.parametrize(
    "name",
    ['"(UTC) Coordinated Universal Time"', "Coordinated Universal Time", "/UTC",
     '"tzone://Microsoft/Utc"'],
)  # fmt: skip
def test_utc_goes_by_many_names(name: str) -> None:
    assert started(name) == ["06-01 18:00"]


@pytest.mark.parametrize(
    "name", ['"(UTC+05:00) Berlin"', '"(UTC+01:00) Nowhere, Else"', "Unknown/Zone", '"(UTC+99:99)"']
)
def test_name_that_nobody_knows_or_that_contradicts_itself_is_skipped(name: str) -> None:
    found = imported(event(f"DTSTART;TZID={name}:{SIX}", "DURATION:PT1H"))

    assert skips(found) == [("unknown-zone", 4)]


def test_rules_that_a_file_gives_a_windows_name_are_followed_and_it_says_so() -> None:
    name = "W. Europe Standard Time"
    found = imported(
        zone(name, "+0300", "+0400") + event(f"DTSTART;TZID={name}:{SIX}", "DURATION:PT1H")
    )

    assert starts(found) == ["06-01 14:00"]
    assert notes(found) == [("zone-rules", 2)]


def test_windows_name_with_its_usual_rules_is_that_zone_without_remark() -> None:
    name = "W. Europe Standard Time"
    found = imported(zone(name) + event(f"DTSTART;TZID={name}:{SIX}", "DURATION:PT1H"))

    assert found.occurrences[0].time_zone == "Europe/Berlin"
    assert (starts(found), notes(found)) == (["06-01 16:00"], [])


def test_iana_name_is_followed_where_the_rules_of_the_file_differ_and_it_says_so() -> None:
    found = imported(
        zone("Europe/Berlin", "+0300", "+0400") + event(f"DTSTART;TZID=Europe/Berlin:{SIX}")
    )

    assert starts(found) == ["06-01 16:00"]
    assert notes(found) == [("zone-rules", 2)]


@pytest.mark.parametrize(
    ("stated", "used"),
    [
        ("My Own", "My Own"),
        ('"My Own"', '"My Own"'),
        ("My  own", "my Own"),
        (r"(UTC+03:00) Some\, Where", '"(UTC+03:00) Some, Where"'),
        ("tzone://Microsoft/Custom", '"tzone://Microsoft/Custom"'),
    ],
)
def test_unknown_name_with_rules_has_those_rules(stated: str, used: str) -> None:
    assert started(used, zone(stated, "+0300", "+0400")) == ["06-01 14:00"]


@pytest.mark.parametrize(
    ("rule", "line"), [("RRULE:FREQ=SECONDLY", 20), ("RRULE:FREQ=NEVER", 20), ("DTSTART:junk", 19)]
)
def test_unknown_name_whose_rules_cannot_be_read_skips_its_events(rule: str, line: int) -> None:
    bad = (
        "BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\n"
        f"TZOFFSETTO:+0200\r\n{rule}\r\nEND:DAYLIGHT\r\n"
    )
    if rule.startswith("DTSTART"):
        bad = bad.replace("DTSTART:19700329T020000\r\n", "", 1)
    found = imported(zone("My Own", extra=bad) + event(f"DTSTART;TZID=My Own:{SIX}"))

    assert [skip.reason_code for skip in found.skipped] == ["bad-zone"]
    assert f"line {line}" in found.skipped[0].reason


def test_floating_times_follow_the_rules_that_the_file_states_for_itself() -> None:
    own = "X-WR-TIMEZONE:My Own\r\n" + zone("My Own", "+0300", "+0400")

    assert starts(imported(own + event(f"DTSTART:{SIX}"))) == ["06-01 14:00"]


def test_floating_times_follow_a_windows_name_that_the_file_states() -> None:
    own = "X-WR-TIMEZONE:W. Europe Standard Time\r\n"

    assert starts(imported(own + event(f"DTSTART:{SIX}"))) == ["06-01 16:00"]


def test_floating_times_in_a_zone_that_nobody_knows_ask_and_name_it() -> None:
    with pytest.raises(ImportZoneNeeded) as refusal:
        imported("X-WR-TIMEZONE:Nowhere\r\n" + event(f"DTSTART:{SIX}"))
    assert refusal.value.members["line"] == 5
    assert "Nowhere" in refusal.value.detail


def test_time_that_clocks_skip_counts_with_the_offset_before_and_is_remarked() -> None:
    found = imported(
        event(
            "DTSTART;TZID=Europe/Berlin:20260329T023000", "DTEND;TZID=Europe/Berlin:20260329T043000"
        )
    )

    assert starts(found) == ["03-29 01:30"]
    assert notes(found) == [("clock-skipped", 2)]
    assert "02:30" in found.notes[0].text
    assert "03:30" in found.notes[0].text


def test_time_that_clocks_show_twice_is_the_first_and_is_remarked() -> None:
    found = imported(
        event(
            "DTSTART;TZID=Europe/Berlin:20261024T023000",
            "DTEND;TZID=Europe/Berlin:20261024T033000",
            "RRULE:FREQ=DAILY;COUNT=3",
        )
    )

    assert starts(found) == ["10-24 00:30", "10-25 00:30", "10-26 01:30"]
    assert [note.recurrence_id for note in found.notes] == ["20261025T003000Z"]
    assert notes(found) == [("clock-repeated", 2)]


def test_end_in_an_hour_shown_twice_is_remarked_too() -> None:
    found = imported(
        event(
            "DTSTART;TZID=Europe/Berlin:20261025T010000", "DTEND;TZID=Europe/Berlin:20261025T023000"
        )
    )

    assert notes(found) == [("clock-repeated", 5)]


def standing(name: str, offset: str) -> str:
    """Return a VTIMEZONE that knows no change of the clocks."""
    return (
        f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )


@pytest.mark.parametrize(
    ("offset", "start", "remarks"),
    [("+0100", "06-01 16:00", []), ("+0500", "06-01 13:00", [("zone-rules", 2)])],
)
def test_rules_that_merely_lack_summer_time_do_not_outrank_a_windows_name(
    offset: str, start: str, remarks: list[tuple[str, int]]
) -> None:
    name = "W. Europe Standard Time"
    found = imported(standing(name, offset) + event(f"DTSTART;TZID={name}:{SIX}", "DURATION:PT1H"))

    assert (starts(found), notes(found)) == ([start], remarks)


def test_known_name_whose_rules_cannot_be_read_is_still_that_zone() -> None:
    name = "W. Europe Standard Time"
    unreadable = zone(name).replace("FREQ=YEARLY", "FREQ=SOMETIMES")

    assert started(name, unreadable) == ["06-01 16:00"]


def test_brackets_in_a_quoted_name_do_not_swallow_the_time() -> None:
    found = imported(event('DTSTART;TZID="(UTC+01:00) Berlin":2026-06-01T18:00:00'))

    assert starts(found) == ["06-01 16:00"]


def test_whole_day_that_begins_in_a_gap_is_a_day_without_remark() -> None:
    found = imported(event("DTSTART;VALUE=DATE:20260424"), calendar_zone="Africa/Cairo")

    assert starts(found) == ["04-23 22:00"]
    assert notes(found) == []
