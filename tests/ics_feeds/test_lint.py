"""The linter sees each fault in an otherwise sound feed."""

import pytest

from ics_feeds import problems, render
from tests.ics_feeds.samples import entry, feed

SOUND = render(feed(entry(), color="red", image_url="https://example.org/i.png"))
ZONE = SOUND[SOUND.index(b"BEGIN:VTIMEZONE") : SOUND.index(b"BEGIN:VEVENT")]


def test_a_sound_feed_has_no_problems() -> None:
    assert problems(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"STATUS:CONFIRMED", b"STATUS:" + b"C" * 80, "octets"),
        (b"VERSION:2.0\r\n", b"VERSION:2.0\n", "not part of CRLF"),
        (b"VERSION:2.0\r\n", b"VERSION:2.0\r\r\n", "not part of CRLF"),
        (b"VERSION:2.0", b"VERSION:1.0", "not 2.0"),
        (b"END:VCALENDAR\r\n", b"END:VCALENDAR", "last line"),
        (b"BEGIN:VCALENDAR", b"\xef\xbb\xbfBEGIN:VCALENDAR", "byte order mark"),
        (b"Rehearsal\\,", b"Rehearsal\\\r\n ,", "inside an escape"),
        (b"Rehearsal\\,", b"Rehears\xc3\r\n \xa9", "inside a character"),
        (b"Rehearsal", b"Rehears\xff", "not UTF-8"),
        (b"Rehearsal", b"Rehear\x00sal", "control character U+0000"),
        (b"Rehearsal", "Rehear\u2028sal".encode(), "control character U+2028"),
        (b"Rehearsal\\,", b"Rehearsal,", "escaped wrongly"),
        (b"Rehearsal\\,", b"Rehearsal\\x", "escaped wrongly"),
        (b"NAME:Jazz", b"NAME:Jazz;", "escaped wrongly"),
        (b"SUMMARY:", b"SUMMARY", "not a content line"),
        (b"SUMMARY:", b"SUMMARY;LANGUAGE=a\x22b:", "not a content line"),
        (b"VERSION:2.0\r\n", b"VERSION:2.0\r\n\r\n", "not a content line"),
        (b"VERSION:2.0\r\n", b"VERSION:2.0\r\nMETHOD:PUBLISH\r\n", "METHOD"),
        (b"VERSION:2.0\r\n", b"VERSION:2.0\r\nSOURCE;VALUE=URI:https://x\r\n", "SOURCE"),
        (b"SEQUENCE:0\r\n", b"SEQUENCE:0\r\nORGANIZER:mailto:a@b.c\r\n", "ORGANIZER"),
        (b"SEQUENCE:0\r\n", b"SEQUENCE:0\r\nRRULE:FREQ=DAILY\r\n", "RRULE"),
        (b"SEQUENCE:0\r\n", b"", "0 SEQUENCE"),
        (b"SEQUENCE:0\r\n", b"SEQUENCE:0\r\nSEQUENCE:1\r\n", "2 SEQUENCE"),
        (b"SEQUENCE:0", b"SEQUENCE:zero", "malformed"),
        (b"STATUS:CONFIRMED", b"STATUS:CONFIRMED\r\nSTATUS:CONFIRMED", "more than one STATUS"),
        (b"STATUS:CONFIRMED", b"STATUS:DRAFT", "none of"),
        (b"TRANSP:OPAQUE", b"TRANSP:BUSY", "malformed"),
        (b"DTSTAMP:20260501T083000Z", b"DTSTAMP:20260501T083000", "malformed"),
        (b"UID:session-1\r\n", b"UID:\r\n", "UID is empty"),
        (b"BEGIN:VEVENT\r\n", b"BEGIN:VTODO\r\n", "VTODO"),
        (b"END:VEVENT\r\n", b"END:VEVENTS\r\n", "closes nothing"),
        (b"END:VEVENT\r\n", b"", "never closed"),
        (b"SEQUENCE:0\r\n", b"BEGIN:PARTICIPANT\r\nEND:PARTICIPANT\r\nSEQUENCE:0\r\n", "no place"),
        (b"DTSTART;TZID=Europe/Berlin:20260701", b"DTSTART:20260701", "floating"),
        (b"DTSTART;TZID=Europe/Berlin:2026", b"DTSTART;TZID=Europe/Berlin:20260", "malformed"),
        (b"DTEND;TZID=Europe/Berlin:20260701T2", b"DTEND;TZID=Europe/Berlin:20260701T0", "later"),
        (b"DTEND;TZID=Europe/Berlin:20260701T210000", b"DTEND;VALUE=DATE:20260702", "in kind"),
        (b"TZID:Europe/Berlin", b"TZID:Europe/Paris", "has no VTIMEZONE"),
        (b"TZID:Europe/Berlin", b"TZID:Europe/Paris", "used by no event"),
        (b"BEGIN:STANDARD\r\n", b"END:VTIMEZONE\r\nBEGIN:VTIMEZONE\r\n", "no STANDARD"),
        (b"END:VTIMEZONE", b"END:VTIMEZONE\r\n%b" % ZONE.rstrip(), "declared twice"),
        (b"TZOFFSETTO:+0200", b"TZOFFSETTO:+020030", "malformed"),
        (b"TZOFFSETTO:+0200\r\n", b"", "0 TZOFFSETTO"),
        (b"REFRESH-INTERVAL;VALUE=DURATION:", b"REFRESH-INTERVAL:", "VALUE=DURATION"),
        (b"X-PUBLISHED-TTL:PT4H", b"X-PUBLISHED-TTL:P", "malformed"),
        (b"X-PUBLISHED-TTL:PT4H", b"X-PUBLISHED-TTL:PT", "malformed"),
        (b"IMAGE;VALUE=URI:", b"IMAGE:", "VALUE=URI"),
        (b"IMAGE;VALUE=URI:https://example", b"IMAGE;VALUE=URI:https://ex ample", "malformed"),
    ],
)
def test_each_fault_is_told(old: bytes, new: bytes, told: str) -> None:
    assert old in SOUND
    found = problems(SOUND.replace(old, new, 1))
    assert any(told in problem for problem in found), found


def test_twins_are_told() -> None:
    event = SOUND[SOUND.index(b"BEGIN:VEVENT") : SOUND.index(b"END:VCALENDAR")]
    found = problems(SOUND.replace(event, event * 2))
    assert found == ["line 41: UID session-1 occurs twice (3.8.4.7)"]


def test_an_empty_calendar_is_told() -> None:
    event = SOUND[SOUND.index(b"BEGIN:VTIMEZONE") : SOUND.index(b"END:VCALENDAR")]
    assert problems(SOUND.replace(event, b"")) == [
        "no VEVENT: GNOME and vdirsyncer ignore an empty feed (3.6)"
    ]


@pytest.mark.parametrize("junk", [b"", b"\r\n", b"\x00" * 99, b"<html>", b":" * 9, SOUND + SOUND])
def test_junk_has_problems_and_raises_nothing(junk: bytes) -> None:
    assert problems(junk)
