"""What an import decided is told, and what it cannot read changes nothing that is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog.ics_import import ImportBroken, ImportTooLarge
from passes_service.core.errors import DomainError
from tests.catalog.test_importing import HOUR, START, Book, counts, file, vevent

SERIES = vevent("w", extra="RRULE:FREQ=WEEKLY;COUNT=3")
SLOT = f"{START + timedelta(weeks=1):%Y%m%dT%H%M%SZ}"


@pytest.fixture
def book(services: Services) -> Book:
    return Book(services)


def test_a_session_without_an_end_lasts_a_minute_and_the_report_says_so(book: Book) -> None:
    report = book.take(vevent("a", hours=0), vevent("b"))

    assert [(note.code, note.uid, note.line) for note in report.notes] == [("no-length", "a", 4)]
    row = book.rows()["a"]
    assert row.ends_at - row.starts_at == timedelta(minutes=1)


def test_what_the_reader_decided_is_in_the_report(book: Book) -> None:
    report = book.take(vevent("a", extra="DURATION:PT9H"))

    assert [(note.code, note.line) for note in report.notes] == [("two-ends", 10)]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (file(vevent("a", START + HOUR), vevent("b", extra="RRULE:FREQ=SECONDLY")), ImportTooLarge),
        (file(vevent("a", START + HOUR), vevent("b", extra="LOCATION Hall")), ImportBroken),
        (file(vevent("a", START + HOUR))[:-9], ImportBroken),
        (b"<html>" + file(vevent("a", START + HOUR)), ImportBroken),
    ],
)
def test_a_refused_file_changes_nothing_not_even_what_stands_before_its_fault(
    book: Book, body: bytes, refusal: type[DomainError]
) -> None:
    book.take(vevent("a"))
    before = book.rows()["a"]

    with pytest.raises(refusal) as refused:
        book.load(body.replace(b"SUMMARY:Evening b\r\nLOCATION", b"LOCATION"))

    assert refused.value.members["line"] >= 1
    after = book.rows()
    assert after.keys() == {"a"}
    assert (after["a"].starts_at, after["a"].sequence) == (before.starts_at, before.sequence)


@pytest.mark.parametrize("reach", ["THISANDPRIOR", "SOMETIMES"])
def test_a_series_with_a_change_that_nobody_can_follow_is_left_as_it_was(
    book: Book, reach: str
) -> None:
    book.take(SERIES)
    changed = vevent("w", START, extra=f"RECURRENCE-ID;RANGE={reach}:{SLOT}")

    report = book.take(SERIES.replace("Evening", "Night"), changed)

    assert counts(report) == (0, 0, 0, 0)
    codes = {skip.reason_code for skip in report.skipped}
    assert codes == {"bad-range", "series-skipped", "left-alone"}


def test_a_slot_cancelled_without_a_start_is_cancelled(book: Book) -> None:
    book.take(SERIES)
    gone = f"BEGIN:VEVENT\r\nUID:w\r\nRECURRENCE-ID:{SLOT}\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n"

    assert counts(book.take(SERIES, gone)) == (0, 0, 1, 2)


def test_an_event_that_takes_its_only_date_out_is_cancelled(book: Book) -> None:
    book.take(vevent("a"))

    report = book.take(vevent("a", extra=f"EXDATE:{START:%Y%m%dT%H%M%SZ}"))

    assert counts(report) == (0, 0, 1, 0)


def test_every_entry_that_is_skipped_at_a_second_look_has_its_line(book: Book) -> None:
    book.take(vevent("old", extra="SEQUENCE:3"), vevent("long", START + HOUR))
    report = book.take(
        vevent("old", START + HOUR, extra="SEQUENCE:1"),
        vevent("long", START + HOUR, hours=24 * 400),
        vevent("new", extra="STATUS:CANCELLED"),
    )

    found = {skip.reason_code: skip.line for skip in report.skipped}
    assert found == {"older-version": 4, "too-long": 12, "cancelled-in-file": 19, "left-alone": 12}
