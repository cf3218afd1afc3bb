"""A sound feed and what can be wrong with it, by the code of the finding."""

from ics_feeds import render
from tests.ics_feeds.samples import entry, feed

SOUND = render(
    feed(
        entry(title="Rehearsal, open", url="https://example.org/1"),
        entry("session-2", title="Second"),
        color="red",
        image_url="https://example.org/i.png",
    )
)
ZONE = SOUND[SOUND.index(b"BEGIN:VTIMEZONE") : SOUND.index(b"BEGIN:VEVENT")]
EVENT = SOUND[SOUND.index(b"BEGIN:VEVENT") : SOUND.index(b"END:VEVENT") + len(b"END:VEVENT\r\n")]
START, END = b"DTSTART;TZID=Europe/Berlin:20260701T190000", b"DTEND;TZID=Europe/Berlin:20260701T"
RULES = (b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", b"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU")


def put(old: bytes, new: bytes, count: int = 1) -> bytes:
    """Return the sound feed with one thing put for another."""
    assert old in SOUND, old
    return SOUND.replace(old, new, count)


def after(line: bytes, *more: bytes) -> bytes:
    """Return the sound feed with lines added after one."""
    return put(line + b"\r\n", b"\r\n".join((line, *more, b"")))


def dates(first: bytes, second: bytes) -> bytes:
    """Return the sound feed with dates instead of the two rules of its zone."""
    return SOUND.replace(RULES[0], b"RDATE:" + first).replace(RULES[1], b"RDATE:" + second)


MANY = range(3, 1_003)
TOP = b"VERSION:2.0"
INSIDE = b"SEQUENCE:0"
FAULTS: list[tuple[str, bytes]] = [
    ("not-crlf", SOUND.replace(b"\r\n", b"\n")),
    ("not-crlf", put(b"VERSION:2.0\r\n", b"VERSION:2.0\n")),
    ("not-crlf", SOUND.removesuffix(b"\r\n")),
    ("stray-cr", put(b"NAME:Jazz", b"NAME:Jazz\rMETHOD:CANCEL")),
    ("stray-cr", put(b"VERSION:2.0\r\n", b"VERSION:2.0\r\r\n")),
    ("long-line", put(b"SUMMARY:Reh", b"SUMMARY:" + b"x" * 80)),
    ("fold-in-escape", put(b"Rehearsal\\,", b"Rehearsal\\\r\n ,")),
    ("fold-in-escape", put(b"Rehearsal\\,", b"Rehearsal\\\\\r\n \\\r\n ,")),
    ("fold-in-character", put(b"Rehearsal", b"Rehears\xc3\r\n \xa9")),
    ("byte-order-mark", b"\xef\xbb\xbf" + SOUND),
    ("not-utf-8", put(b"Rehearsal", b"Rehears\xe9l")),
    ("control-character", put(b"Rehearsal", b"Rehear\x0bsal")),
    ("control-character", put(b"Rehearsal", b"Rehear\x00sal")),
    ("line-separator", put(b"Rehearsal", "Rehear\u2028sal".encode())),
    ("line-separator", put(b"Rehearsal", "Rehear\x85sal".encode())),
    ("blank-line", after(TOP, b"")),
    ("not-a-line", after(TOP, b"HELLO")),
    ("not-a-line", put(b"SUMMARY:", b"SUMMARY;LANGUAGE=a\x22b:")),
    ("unclosed", put(b"END:VEVENT\r\n", b"")),
    ("unclosed", put(b"END:VEVENT\r\n", b"END:VEVENTS\r\n")),
    ("unclosed", put(b"END:VCALENDAR\r\n", b"")),
    ("misplaced", after(INSIDE, b"BEGIN:VTIMEZONE", b"TZID:x", b"END:VTIMEZONE")),
    ("misplaced", b"X-A:1\r\n" + SOUND),
    ("not-a-calendar", b"<!doctype html>\r\n<p>Log in: x</p>\r\n"),
    ("several-calendars", SOUND + SOUND.replace(b"session-", b"other-")),
    ("missing", put(b"DTSTAMP:20260501T083000Z\r\n", b"")),
    ("missing", put(b"UID:session-1\r\n", b"")),
    ("missing", put(START + b"\r\n", b"")),
    ("missing", put(b"TZOFFSETTO:+0200\r\n", b"")),
    ("missing", put(b"PRODID:-//Example//Passes//EN\r\n", b"")),
    ("repeated", after(b"STATUS:CONFIRMED", b"STATUS:CONFIRMED")),
    ("repeated", after(INSIDE, b"SEQUENCE:1")),
    ("malformed", put(b"SEQUENCE:0", b"SEQUENCE:zero")),
    ("malformed", put(b"DTSTAMP:20260501T083000Z", b"DTSTAMP:2026-05-01")),
    ("malformed", put(b"DTSTAMP:20260501T083000Z", b"DTSTAMP:20260501T083000")),
    ("malformed", put(b"UID:session-1\r\n", b"UID:\r\n")),
    ("malformed", put(b"VERSION:2.0", b"VERSION:1.0")),
    ("odd-value", put(b"TRANSP:OPAQUE", b"TRANSP:BUSY")),
    ("odd-value", put(b"X-PUBLISHED-TTL:PT4H", b"X-PUBLISHED-TTL:PT")),
    ("odd-value", put(b"X-PUBLISHED-TTL:PT4H", b"X-PUBLISHED-TTL:P")),
    ("odd-value", put(b"IMAGE;VALUE=URI:https://ex", b"IMAGE;VALUE=URI:https://e x")),
    ("bad-status", put(b"STATUS:CONFIRMED", b"STATUS:DRAFT")),
    ("bad-escape", put(b"Rehearsal\\,", b"Rehearsal,")),
    ("bad-escape", put(b"Rehearsal\\,", b"Rehearsal\\x")),
    ("bad-escape", put(b"NAME:Jazz", b"NAME:Jazz;")),
    ("no-value-type", put(b"REFRESH-INTERVAL;VALUE=DURATION:", b"REFRESH-INTERVAL:")),
    ("no-value-type", put(b"IMAGE;VALUE=URI:", b"IMAGE:")),
    ("method", after(TOP, b"METHOD:PUBLISH")),
    ("organizer", after(INSIDE, b"ORGANIZER:mailto:a@example.org")),
    ("attendee", after(INSIDE, b"ATTENDEE:mailto:a@example.org")),
    ("source", after(TOP, b"SOURCE;VALUE=URI:https://example.org/x")),
    ("recurs", after(INSIDE, b"RRULE:FREQ=DAILY;COUNT=2")),
    (
        "participant",
        after(INSIDE, b"BEGIN:PARTICIPANT", b"PARTICIPANT-TYPE:SPEAKER", b"END:PARTICIPANT"),
    ),
    ("no-sequence", put(b"SEQUENCE:0\r\n", b"")),
    ("no-sequence", put(b"LAST-MODIFIED:20260501T083000Z\r\n", b"")),
    ("no-title", put(b"SUMMARY:Second\r\n", b"")),
    ("link-only-in-url", put(b"DESCRIPTION:https://example.org/1\r\n", b"")),
    ("guessed-zone", after(TOP, b"X-WR-TIMEZONE:Europe/Berlin")),
    ("floating", put(START, START.replace(b";TZID=Europe/Berlin", b""))),
    ("bad-time", put(START, START[:-1])),
    ("bad-time", put(START, START.replace(b"0701", b"0231"))),
    (
        "date-with-zone",
        put(START, b"DTSTART;VALUE=DATE;TZID=Europe/Berlin:20260701").replace(
            END + b"210000", b"DTEND;VALUE=DATE;TZID=Europe/Berlin:20260702", 1
        ),
    ),
    ("utc-with-zone", put(START, START + b"Z")),
    ("day-without-value", put(START, b"DTSTART:20260701")),
    ("end-before-start", put(END + b"21", END + b"01")),
    ("end-before-start", put(END + b"210000", b"DURATION:-PT2H")),
    ("end-at-start", put(END + b"21", END + b"19")),
    ("end-and-duration", after(INSIDE, b"DURATION:PT2H")),
    ("mixed-kinds", put(END + b"210000", b"DTEND;VALUE=DATE:20260702")),
    ("in-a-gap", put(START, START.replace(b"0701T19", b"0329T023").replace(b"30000", b"3000"))),
    ("shown-twice", put(START, START.replace(b"0701T190000", b"1025T023000"))),
    ("undeclared-zone", SOUND.replace(ZONE, b"")),
    ("unused-zone", put(ZONE, ZONE + ZONE.replace(b"Berlin", b"Paris"))),
    ("zone-twice", put(ZONE, ZONE * 2)),
    (
        "zone-without-rules",
        put(ZONE, b"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nEND:VTIMEZONE\r\n"),
    ),
    ("zone-name", SOUND.replace(b"Europe/Berlin", b"Nowhere/Berlin")),
    ("zone-contradicts", put(b"TZOFFSETTO:+0200", b"TZOFFSETTO:+0100")),
    ("several-rdates", dates(b"20250330T020000,20260329T020000", b"20251026T030000")),
    ("zone-by-rdate", dates(b"20260329T020000", b"20251026T030000")),
    ("seconds-in-offset", put(b"TZOFFSETTO:+0200", b"TZOFFSETTO:+020030")),
    ("mean-time", put(b"TZNAME:CET", b"TZNAME:LMT")),
    (
        "empty",
        SOUND.replace(ZONE, b"").replace(EVENT, b"")[: SOUND.index(ZONE)] + b"END:VCALENDAR\r\n",
    ),
    ("uid-twice", put(b"UID:session-2", b"UID:session-1")),
    ("no-name", put(b"X-WR-CALNAME:Jazz nights\r\n", b"")),
    ("no-refresh", put(b"X-PUBLISHED-TTL:PT4H\r\n", b"")),
    ("bad-color", put(b"COLOR:red", b"COLOR:#ff0000")),
    ("many-events", put(EVENT, b"".join(EVENT.replace(b"n-1", b"n-%d" % n) for n in MANY))),
    ("heavy", put(b"SUMMARY:Second", b"SUMMARY:" + b"\r\n ".join([b"x" * 70] * 19_000))),
    ("e-mail-address", put(b"Second", b"Ask ada@example.org")),
]
