"""Whatever the bytes, the answer is an import or a refusal, and it comes soon."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from time import process_time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passes_service.catalog.ics_import import Import, read
from passes_service.core.errors import DomainError
from tests.catalog.ics_import.test_corpus import CORPUS, FILES

SECONDS = 5  # of this process, so that a busy machine proves nothing
BODIES = [(CORPUS / f"{name}.ics").read_bytes() for name in FILES]
LINES = sorted({line for body in BODIES for line in re.split(rb"\r\n|\n|\r", body) if line})
PIECES = [
    b"\x00", b"\xff\xfe", b'"', b";", b":", b",", b"\\", b"<", b"&#x110000;", b"^n", b"\r", b"\n ",
    b"FREQ=SECONDLY", b"FREQ=MINUTELY;INTERVAL=7", b"COUNT=999999999999", b"BYSETPOS=-366",
    b"UNTIL=00010101", b"UNTIL=99991231T235959Z", b"15000101", b"29991231T235959", b"99999999",
    b"TZID=Europe", b"TZID=../../etc/passwd", b"RANGE=THISANDFUTURE", b"P99999D", b"PT999999999S",
    b"TZOFFSETTO:+2359\r\n", b"RDATE:20260601\r\n", b"EXRULE:FREQ=DAILY\r\n", b"VALUE=DATE",
    b"RANGE=THISANDPRIOR", b'TZID="(UTC+01:00) Berlin"', b"item1.", b"RRULE:FREQ=SECONDLY\r\n",
    b"EXDATE;VALUE=DATE:20260601\r\n", b"STATUS:CANCELLED\r\n", b"BEGIN:VTODO\r\n",
    b"X-WR-TIMEZONE:Z\r\n", b"DTEND:20261025T023000\r\n", b"20260329T023000", b"Note: text\r\n",
    b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n",
]  # fmt: skip


def answers(body: bytes) -> None:
    began = process_time()
    outcome = attempt(body)
    assert process_time() - began < SECONDS
    if isinstance(outcome, DomainError):
        assert outcome.detail
        assert outcome.members.get("line", 0) >= 1 or "bytes" in outcome.detail
        return
    assert all(skip.line and skip.reason.endswith(".") for skip in outcome.skipped)
    assert all(note.line and note.text.endswith(".") for note in outcome.notes)
    assert all(one.ends_at >= one.starts_at and one.title for one in outcome.occurrences)
    identities = {(one.uid, one.recurrence_id) for one in outcome.occurrences}
    assert len(identities) == len(outcome.occurrences)


def attempt(body: bytes) -> Import | DomainError:
    try:
        return read(
            body,
            floating_zone=None,
            calendar_zone="Europe/Berlin",
            horizon_start=datetime(2026, 1, 1, tzinfo=UTC),
            horizon_end=datetime(2027, 1, 1, tzinfo=UTC),
        )
    except DomainError as refusal:
        return refusal


@st.composite
def bruised(draw: st.DrawFn) -> bytes:
    """A file of the corpus with bytes cut out, pieces put in, numbers and lines swapped."""
    body = draw(st.sampled_from(BODIES))
    for _ in range(draw(st.integers(1, 5))):
        begin = draw(st.integers(0, len(body)))
        end = min(len(body), begin + draw(st.sampled_from([0, 0, 1, 8, 60])))
        piece = draw(st.sampled_from([b"", *PIECES]) | st.binary(max_size=6))
        body = body[:begin] + piece + body[end:]
    return body


@st.composite
def reassembled(draw: st.DrawFn) -> bytes:
    """Well-formed events made of lines from anywhere in the corpus, their numbers changed."""
    parts = [b"BEGIN:VCALENDAR"]
    inner = [line for line in LINES if not line.upper().startswith((b"BEGIN", b"END"))]
    for _ in range(draw(st.integers(1, 3))):
        parts += [b"BEGIN:VEVENT", b"DTSTART:20260601T180000Z"]
        for line in draw(st.lists(st.sampled_from(inner), max_size=6)):
            number = draw(st.sampled_from([b"0", b"1", b"32", b"99", b"20260229", b"9" * 12]))
            changed = draw(st.booleans())
            parts.append(re.sub(rb"[0-9]+", number, line, count=1) if changed else line)
        parts.append(b"END:VEVENT")
    return b"\r\n".join([*parts, b"END:VCALENDAR", b""])


FUZZ = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(bruised())
def test_bruised_file_never_breaks_the_reader(body: bytes) -> None:
    answers(body)


@FUZZ
@given(reassembled())
def test_reassembled_file_never_breaks_the_reader(body: bytes) -> None:
    answers(body)


@FUZZ
@given(st.binary(max_size=400))
def test_noise_never_breaks_the_reader(body: bytes) -> None:
    answers(body)


def test_file_made_of_hostile_rules_is_answered_soon() -> None:
    rules = (
        b"FREQ=SECONDLY;COUNT=999999999",
        b"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=9",
        b"FREQ=YEARLY;BYSETPOS=366;BYHOUR=" + b",".join(b"%d" % n for n in range(24)),
        b"FREQ=MINUTELY;BYSECOND=1,2,3;BYMONTH=13",
        b"FREQ=SECONDLY;INTERVAL=7;BYHOUR=3;BYSECOND=5;COUNT=99999",
    )
    events = b"".join(
        b"BEGIN:VEVENT\nUID:%d\nDTSTART:19700101T000000Z\nRRULE:%s\nEND:VEVENT\n"
        % (number, rules[number % len(rules)])
        for number in range(20_000)
    )
    answers(b"BEGIN:VCALENDAR\n" + events + b"END:VCALENDAR\n")


def test_file_full_of_zones_is_answered_soon() -> None:
    zones = b"".join(
        b"BEGIN:VTIMEZONE\nTZID:z%d\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0137\n"
        b"TZOFFSETTO:+0137\nRRULE:FREQ=DAILY\nEND:STANDARD\nEND:VTIMEZONE\n"
        b"BEGIN:VEVENT\nUID:%d\nDTSTART;TZID=z%d:20260601T180000\nEND:VEVENT\n" % (n, n, n)
        for n in range(10_000)
    )
    answers(b"BEGIN:VCALENDAR\n" + zones + b"END:VCALENDAR\n")


def test_five_megabytes_of_anything_are_answered_soon() -> None:
    head, foot = (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260601\n",
        b"END:VEVENT\nEND:VCALENDAR\n",
    )
    for filling in (b"A:\n", b" x\n", b"X;A=B,C:" + b"<a href=" * 100 + b"\n", b"<p>\\n" * 20):
        body = head + b"DESCRIPTION:" + filling * (4_900_000 // len(filling)) + b"\n" + foot
        answers(body)
    answers(head + b"RDATE:" + b"20260601," * 500_000 + b"\n" + foot)
    answers(head + b"EXDATE:" + b"20260601T180000Z," * 280_000 + b"\n" + foot)
