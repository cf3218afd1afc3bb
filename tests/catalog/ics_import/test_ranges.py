"""One VEVENT that speaks of several slots, or of a slot whose series is not there."""

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

SERIES = event(HALL, HALL_END, "RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:Old")


def override(slot: str, start: str, *lines: str, reach: str = "") -> str:
    reach = f";RANGE={reach}" if reach else ""
    return event(
        f"RECURRENCE-ID;TZID=Europe/Berlin{reach}:202606{slot}",
        f"DTSTART;TZID=Europe/Berlin:202606{start}",
        *lines,
    )


LATER = override("03T180000", "03T190000", "DURATION:PT30M", "SUMMARY:New", reach="THISANDFUTURE")


def test_this_and_future_changes_time_length_and_title_from_there_on() -> None:
    assert spans(imported(SERIES + LATER)) == [
        "Old 06-01 16:00-18:00",
        "Old 06-02 16:00-18:00",
        "New 06-03 17:00-17:30",
        "New 06-04 17:00-17:30",
        "New 06-05 17:00-17:30",
    ]


def test_later_single_override_wins_over_this_and_future() -> None:
    single = override("04T180000", "04T100000", "DURATION:PT1H", "SUMMARY:Only")

    assert spans(imported(SERIES + LATER + single))[2:] == [
        "New 06-03 17:00-17:30",
        "Only 06-04 08:00-09:00",
        "New 06-05 17:00-17:30",
    ]


def test_shift_keeps_local_time_when_the_clocks_change() -> None:
    series = event("DTSTART;TZID=Europe/Berlin:20260327T180000", "RRULE:FREQ=DAILY;COUNT=4")
    moved = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260328T180000",
        "DTSTART;TZID=Europe/Berlin:20260328T190000",
    )

    assert starts(imported(series + moved)) == [
        "03-27 17:00", "03-28 18:00", "03-29 17:00", "03-30 17:00",
    ]  # fmt: skip


@pytest.mark.parametrize("reach", ["THISANDPRIOR", "SOMETIMES"])
def test_range_that_cannot_be_followed_skips_the_whole_series(reach: str) -> None:
    found = imported(SERIES + override("03T180000", "03T190000", reach=reach))

    assert found.occurrences == ()
    assert skips(found) == [("series-skipped", 2), ("bad-range", 11)]
    assert reach in found.skipped[1].reason


def test_this_and_future_that_cannot_be_read_skips_the_whole_series() -> None:
    unreadable = LATER.replace("20260603T190000", "soon")
    found = imported(SERIES + unreadable)

    assert found.occurrences == ()
    assert ("bad-time", 12) in skips(found)
    assert ("series-skipped", 2) in skips(found)


def test_cancelled_slot_needs_no_start() -> None:
    gone = event("RECURRENCE-ID:20260603T160000Z", "STATUS:CANCELLED")
    found = imported(SERIES + gone)

    assert [one.cancelled for one in found.occurrences] == [False, False, True, False, False]
    assert found.skipped == ()


def test_cancelled_slot_of_a_cancel_message_needs_no_start() -> None:
    message = "METHOD:CANCEL\r\n" + event("RECURRENCE-ID:20260603T160000Z")
    found = imported(message)

    assert [(one.recurrence_id, one.cancelled) for one in found.occurrences] == [
        ("20260603T160000Z", True)
    ]


def test_override_without_its_series_is_one_session() -> None:
    found = imported(override("03T180000", "04T190000", "DURATION:PT1H"))

    assert [one.recurrence_id for one in found.occurrences] == ["20260603T160000Z"]
    assert starts(found) == ["06-04 17:00"]


def test_override_that_moves_to_another_day_leaves_its_own_slot() -> None:
    found = imported(SERIES + override("02T180000", "09T090000"))

    assert starts(found) == [
        "06-01 16:00",
        "06-03 16:00",
        "06-04 16:00",
        "06-05 16:00",
        "06-09 07:00",
    ]


@pytest.mark.parametrize("newest_last", [True, False])
def test_override_with_the_highest_sequence_wins_wherever_it_stands(newest_last: bool) -> None:
    old = override("02T180000", "02T090000", "SEQUENCE:1")
    new = override("02T180000", "02T100000", "SEQUENCE:2")
    found = imported(SERIES + (old + new if newest_last else new + old))

    assert "06-02 08:00" in starts(found)
    assert "06-02 07:00" not in starts(found)
    assert [skip.reason_code for skip in found.skipped] == ["superseded"]


def test_override_that_does_not_say_which_slot_is_no_newer_version_of_its_series() -> None:
    found = imported(SERIES + event("RECURRENCE-ID:", HALL, "SEQUENCE:7"))

    assert len(found.occurrences) == 5
    assert skips(found) == [("bad-time", 11)]


def test_cancellation_of_a_whole_series_without_its_start_leaves_the_series_to_a_person() -> None:
    found = imported(SERIES + "END:VCALENDAR\r\nBEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\n" + event())

    assert found.occurrences == ()
    assert skips(found) == [("series-skipped", 2), ("cancels-all", 12)]
    assert "cancel" in found.skipped[1].reason


def test_changed_slot_needs_a_start() -> None:
    found = imported(SERIES + event("RECURRENCE-ID:20260603T160000Z", "SUMMARY:Renamed"))

    assert skips(found) == [("no-start", 9)]
    assert len(found.occurrences) == 4  # better no session than a wrong one


def test_rest_of_a_series_that_is_not_in_the_file_is_remarked() -> None:
    found = imported(LATER)

    assert [one.recurrence_id for one in found.occurrences] == ["20260603T160000Z"]
    assert notes(found) == [("no-series", 2)]
