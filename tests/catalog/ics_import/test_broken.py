"""Files as they come out of pipes, mail programs and browsers: read right, or refused in words."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from passes_service.catalog.ics_import import ImportBroken, tally
from tests.catalog.ics_import.build import calendar, event, imported, notes, skips, starts

UTC_START = "DTSTART:20260601T180000Z"
WHOLE = calendar(event(UTC_START, "DTEND:20260601T190000Z", "SUMMARY:Töpfern"))


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.ics", WHOLE)
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        WHOLE,
        WHOLE.replace(b"\r\n", b"\n"),
        WHOLE.replace(b"\r\n", b"\r"),
        WHOLE.replace(b"\r\n", b"\r\r\n"),
        WHOLE.replace(b"\r\n", b"\r\n\r\n"),
        WHOLE.replace(b"\r\n", b"  \r\n"),
        b"\xef\xbb\xbf" + WHOLE,
        b"\r\n\r\n" + WHOLE,
        WHOLE.decode().encode("utf-16"),
        WHOLE.decode().encode("utf-16-be"),
        ("\r\n" + WHOLE.decode()).encode("utf-16-le"),
        ("\ufeff" + WHOLE.decode()).encode("utf-32-le"),
        WHOLE.decode().encode("utf-32-be"),
        WHOLE.decode().encode("utf-32-le"),
        WHOLE.decode().encode("latin-1"),
        WHOLE + b"\0" * 100,
        WHOLE.replace(b"\xc3\xb6", b"\xc3\r\n \xb6"),
        WHOLE.replace(b"\xb6pf", b"\xb6p\r\n\tf"),
        WHOLE.replace(b"SUMMARY", b"SUMM\r\n ARY"),
        WHOLE.replace(b"SUMMARY", b"item1.SUMMARY").replace(b"DTSTART", b"G.DTSTART"),
        WHOLE.replace(b"SUMMARY", b'SUMMARY;X-A="a;b:c,d";X-B=^n^\'^^;X-C='),
        WHOLE.replace(b"BEGIN", b"begin").replace(b"SUMMARY", b"summary"),
    ],
)
def test_file_is_read_whatever_carried_it(body: bytes) -> None:
    found = imported(body)

    assert [one.title for one in found.occurrences] == ["Töpfern"]
    assert starts(found) == ["06-01 18:00"]
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html>\n<html><body>Log in</body></html>", "web page"),
        (b"\n \n<html>", "web page"),
        (b"\xef\xbb\xbf<HTML>", "web page"),
        (b"<!-- cached --><p></p>\n<html lang='de'>", "web page"),
        (gzip.compress(WHOLE), "gzip"),
        (zipped(), "zip"),
        (b"%PDF-1.4\n", "PDF"),
        (b'{"kind": "calendar#events"}', "JSON"),
        (b'["vcalendar",[],[]]', "JSON"),
        (b"<?xml version='1.0'?><icalendar/>", "XML"),
        (b"\x89PNG\r\n\x1a\n\0", "picture"),
        (b"Subject,Start Date,Start Time\nA,01/01/2026,18:00\n", "table"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n", "contact"),
        (b"https://calendar.example.org/basic.ics\r\n", "address"),
        (b"From: a@example.org\r\nContent-Type: text/calendar\r\n\r\n" + WHOLE, "mail"),
        (b"  \r\n\r\n", "empty"),
    ],
)
def test_file_that_is_something_else_is_refused_by_its_name(body: bytes, said: str) -> None:
    with pytest.raises(ImportBroken) as refusal:
        imported(body)

    assert said in refusal.value.detail
    assert refusal.value.members["line"] >= 1


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (calendar(event(UTC_START, "LOCATION Hall")), 5),
        (calendar(event(UTC_START, "SUMMARY;LANGUAGE:Hi")), 5),
        (calendar(event(UTC_START, 'SUMMARY;X="open:Hi')), 5),
        (calendar(event("SUMMARY:Hi", "DTSTART 20260601T180000Z")), 5),
        (calendar(event(UTC_START, "SUMMARY:Hi", "DTEND;TZID=Europe/Berlin 20260601T180000")), 6),
        (calendar(event(UTC_START, "SUMMARY:Hi", "RRULE FREQ=DAILY")), 6),
        (calendar(event(UTC_START, "SUMMARY:Hi", "STATUS CANCELLED")), 6),
        (calendar(event(UTC_START, "DESCRIPTION:Hi", "END VEVENT")), 6),
        (calendar(event(UTC_START), "BEGIN:VEVENT\r\n"), 7),
        (calendar("BEGIN:VEVENT\r\nBEGIN:VTODO\r\nEND:VTODO\r\nEND:VEVENT\r\n"), 3),
        (calendar("BEGIN:VTODO\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VTODO\r\n"), 3),
        (calendar(event(UTC_START))[:-15], 5),
        (calendar(event(UTC_START)) + event(UTC_START).encode(), 7),
        (calendar(event(UTC_START)) + b"Hello\r\n", 7),
        (calendar(event(UTC_START, "SUMMARY;ENCODING=QUOTED-PRINTABLE:=C3=BC")), 5),
    ],
)
def test_broken_line_is_refused_with_its_number(body: bytes, line: int) -> None:
    with pytest.raises(ImportBroken) as refusal:
        imported(body)

    assert refusal.value.members["line"] == line
    assert str(line) in refusal.value.detail


def test_two_calendars_in_one_file_are_both_read() -> None:
    other = calendar(event(UTC_START, uid="y"))

    assert {one.uid for one in imported(WHOLE + b"\r\n" + other).occurrences} == {"x", "y"}


def test_text_broken_into_lines_by_hand_is_kept_and_remarked() -> None:
    body = event(UTC_START, "DURATION:PT1H", "DESCRIPTION:Bring:", "Note: an apron", "and clay",
                 "see https://example.org", "LOCATION:Hall")  # fmt: skip
    found = imported(body)

    assert found.occurrences[0].description == (
        "Bring:\nNote: an apron\nand clay\nsee https://example.org"
    )
    assert found.occurrences[0].location == "Hall"
    assert notes(found) == [("joined-lines", 7)]


def test_everything_that_is_no_event_is_named_with_its_line_and_counted() -> None:
    others = "".join(
        f"BEGIN:{name}\r\nUID:{name}\r\nEND:{name}\r\n"
        for name in ("VTODO", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM", "X-OWN")
    )
    found = imported(others + event(UTC_START, "DURATION:PT1H"))

    assert skips(found) == [("not-an-event", line) for line in range(2, 20, 3)]
    counted = dict(tally(found.skipped))
    assert counted["VTODO: It is a task, not an event."] == 2
    assert counted["X-OWN: It is not an event."] == 1
    assert sum(counted.values()) == len(found.skipped)


def test_unknown_property_below_a_title_is_no_part_of_it() -> None:
    found = imported(event(UTC_START, "SUMMARY:Raku", "Rsvp:TRUE", "DURATION:PT1H"))

    assert found.occurrences[0].title == "Raku"
    assert notes(found) == []
