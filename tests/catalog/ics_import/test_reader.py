"""What callers state, and what they are told when a file is too much or says too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from passes_service.catalog.ics_import import (
    Import,
    ImportTooLarge,
    ImportZoneNeeded,
    ImportZoneUnknown,
    read,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def imported(events: str, **options: Any) -> Import:
    body = f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n".encode()
    arguments: dict[str, Any] = {
        "floating_zone": None,
        "calendar_zone": "Europe/Berlin",
        "horizon_start": START,
        "horizon_end": START + timedelta(days=365),
    }
    return read(body, **(arguments | options))


def event(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", "UID:x", *lines, "END:VEVENT"))


DAILY = event("DTSTART:20260601T180000Z", "RRULE:FREQ=DAILY;COUNT=10")


def test_as_many_sessions_as_the_limit_are_imported_one_more_is_refused() -> None:
    assert len(imported(DAILY, limit=10).occurrences) == 10
    with pytest.raises(ImportTooLarge) as refusal:
        imported(DAILY, limit=9)
    assert refusal.value.members == {"limit": 9, "line": 2}


def test_body_over_five_megabytes_is_refused() -> None:
    with pytest.raises(ImportTooLarge):
        imported(" " * 5_000_001)


def test_horizon_takes_what_still_runs_and_leaves_what_starts_at_its_end() -> None:
    running = event("DTSTART:20251231T230000Z", "DTEND:20260101T000001Z")
    over = event("DTSTART:20251231T230000Z", "DTEND:20260101T000000Z")
    late = event("DTSTART:20270101T000000Z")

    assert len(imported(running).occurrences) == 1
    assert imported(over).skipped[0].reason_code == "outside-horizon"
    assert len(imported(over).outside) == 1
    assert not imported(late).occurrences


def test_zone_stated_by_the_caller_wins_over_that_of_the_file() -> None:
    floating = "X-WR-TIMEZONE:Europe/Paris\r\n" + event("DTSTART:20260601T180000")

    assert imported(floating).occurrences[0].time_zone == "Europe/Paris"
    stated = imported(floating, floating_zone="America/New_York").occurrences[0]
    assert stated.time_zone == "America/New_York"
    assert stated.starts_at == datetime(2026, 6, 1, 22, tzinfo=UTC)


def test_time_without_any_zone_asks_for_one_and_names_the_line() -> None:
    with pytest.raises(ImportZoneNeeded) as refusal:
        imported(event("DTSTART:20260601T180000"))
    assert refusal.value.members["line"] == 4


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "localtime"])
def test_zone_must_be_known(zone: str) -> None:
    with pytest.raises(ImportZoneUnknown):
        imported(DAILY, calendar_zone=zone)


@pytest.mark.parametrize(
    ("start", "end"),
    [(START.replace(tzinfo=None), START), (START, START), (START, START.replace(year=9000))],
)
def test_horizon_must_be_two_aware_instants_in_order_and_in_our_time(
    start: datetime, end: datetime
) -> None:
    with pytest.raises(ValueError, match="horizon"):
        imported(DAILY, horizon_start=start, horizon_end=end)


def test_derived_uid_is_the_same_every_time_and_depends_on_what_and_when() -> None:
    def uid(*lines: str) -> str:
        text = "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", *lines, "END:VEVENT"))
        return imported(text).occurrences[0].uid

    one = uid("DTSTART:20260601T180000Z", "SUMMARY:Kiln", "DTSTAMP:20260101T000000Z")
    assert one == uid("SUMMARY:Kiln", "DTSTART:20260601T180000Z")
    assert one != uid("SUMMARY:Wheel", "DTSTART:20260601T180000Z")


def test_identity_of_a_slot_survives_an_override_and_a_changed_horizon() -> None:
    moved = event("RECURRENCE-ID:20260603T180000Z", "DTSTART:20260609T090000Z", "SEQUENCE:1")

    plain = {one.recurrence_id for one in imported(DAILY).occurrences}
    changed = {one.recurrence_id for one in imported(DAILY + moved).occurrences}
    later = {
        one.recurrence_id
        for one in imported(DAILY, horizon_start=datetime(2026, 6, 5, tzinfo=UTC)).occurrences
    }

    assert plain == changed
    assert later < plain
