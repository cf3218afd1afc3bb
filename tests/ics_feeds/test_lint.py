"""The check sees each fault in an otherwise sound feed, says whose it is, and accepts the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ics_feeds import compare, findings, problems, render
from ics_feeds.finding import MOST_OF_A_KIND
from ics_feeds.rules import RULES
from ics_feeds.rules.serving import FETCHES
from tests.ics_feeds.faults import EVENT, FAULTS, SOUND, after, put
from tests.ics_feeds.samples import entry, feed

ADDRESSED = {"own-secret"}  # needs the address, too


def codes(body: bytes, address: str = "") -> set[str]:
    return {one.code for one in findings(body, address=address)}


def test_a_sound_feed_has_no_findings() -> None:
    assert findings(SOUND) == []
    assert problems(SOUND) == []


@pytest.mark.parametrize(("code", "body"), FAULTS, ids=[code for code, _ in FAULTS])
def test_each_fault_is_found(code: str, body: bytes) -> None:
    assert code in codes(body), findings(body)


def test_each_rule_has_a_fault_that_shows_it() -> None:
    assert {code for code, _ in FAULTS} | ADDRESSED | set(FETCHES) == set(RULES)


@pytest.mark.parametrize("code", RULES)
def test_each_rule_says_who_suffers_and_what_to_do(code: str) -> None:
    rule = RULES[code]
    assert rule.suffers.endswith(".")
    assert rule.remedy.endswith(".")
    assert rule.section == "" or rule.section.startswith("RFC ")


def test_a_finding_says_where_what_and_by_which_section() -> None:
    (found,) = findings(put(b"UID:session-2", b"UID:session-1"))
    lines = put(b"UID:session-2", b"UID:session-1").split(b"\r\n")
    assert lines[found.line - 1] == b"UID:session-1"
    assert (found.severity, found.section) == ("error", "RFC 5545 3.8.4.7")
    assert str(found) == f"line {found.line}: UID session-1 occurs twice (RFC 5545 3.8.4.7)"


def test_errors_come_first() -> None:
    body = put(b"UID:session-2", b"UID:session-1").replace(b"TRANSP:OPAQUE", b"TRANSP:BUSY", 1)
    assert [one.severity for one in findings(body)] == ["error", "warning"]


def test_of_each_kind_the_first_hundred_are_told_and_the_rest_counted() -> None:
    found = findings(after(b"VERSION:2.0", *[b"HELLO"] * (MOST_OF_A_KIND + 7)))
    assert len(found) == MOST_OF_A_KIND + 1
    assert found[-1].message == "7 more of this kind"


LEGAL = {
    "a task": after(
        b"VERSION:2.0", b"BEGIN:VTODO", b"UID:t", b"DTSTAMP:20260501T083000Z", b"END:VTODO"
    ),
    "an alarm": after(
        *(b"SEQUENCE:0", b"BEGIN:VALARM", b"ACTION:DISPLAY", b"DESCRIPTION:x"),
        *(b"TRIGGER;VALUE=DATE-TIME:20260701T100000Z", b"END:VALARM"),
    ),
    "lines of one's own": after(
        b"SEQUENCE:0", b'X-MINE;X-A="b;c:d",e:f,g;h', b"X-TWICE:1", b"X-TWICE:2"
    ),
    "a component of one's own": after(b"SEQUENCE:0", b"BEGIN:X-MINE", b"X-A:1", b"END:X-MINE"),
    "lower case": put(b"TRANSP:OPAQUE", b"transp:opaque").replace(
        b"BEGIN:VEVENT", b"begin:vevent", 1
    ),
    "several languages": put(b"SUMMARY:", b'SUMMARY;LANGUAGE=en;ALTREP="https://e.org/a:b":'),
    "a duration": put(b"DTEND;TZID=Europe/Berlin:20260701T210000", b"DURATION:PT2H"),
    "no end": put(b"DTEND;TZID=Europe/Berlin:20260701T210000\r\n", b""),
    "a tab to fold": put(b"SUMMARY:Second", b"SUMMARY:Sec\r\n\tond"),
    "an end in another zone": put(
        b"DTEND;TZID=Europe/Berlin:20260701T210000", b"DTEND:20260701T173000Z"
    ),
    "a leap second": put(
        b"DTSTART;TZID=Europe/Berlin:20260701T190000", b"DTSTART:20251231T235960Z"
    ),
}


@pytest.mark.parametrize("body", LEGAL.values(), ids=list(LEGAL))
def test_what_is_legal_and_harmless_is_not_told(body: bytes) -> None:
    assert findings(body) == []


def test_an_end_after_the_clocks_went_back_is_not_before_its_start() -> None:
    start, end = (
        b"DTSTART;TZID=Europe/Berlin:20261025T024500",
        b"DTEND;TZID=Europe/Berlin:20261025T0215",
    )
    body = put(b"DTSTART;TZID=Europe/Berlin:20260701T190000", start)
    body = body.replace(b"DTEND;TZID=Europe/Berlin:20260701T2100", end, 1)
    assert codes(body) == {"shown-twice"}


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("https://e.org/feeds/qK9_x2fM-40bUu7yYw3hRt6LzPd1NcEv.ics", True),
        ("https://e.org/c?pk=g-vB3x9QmT27Lk5RzYh", True),
        ("webcal://e.org/0197f3a26c1e7b529d0e2f6f0a9c1b11", True),
        ("https://e.org/summer-season-2026.ics", False),
        ("https://e.org/short1", False),
        ("https://[no-address/0197f3a26c1e7b529d0e2f6f0a9c1b11", False),
        ("", False),
    ],
)
def test_the_secret_of_the_own_address_is_found_in_the_body(address: str, secret: bool) -> None:
    bare = address.removesuffix(".ics").rpartition("=" if "=" in address else "/")[2]
    body = put(b"SUMMARY:Second", b"SUMMARY:" + bare.encode())
    assert ("own-secret" in codes(body, address)) is secret
    assert "own-secret" not in codes(SOUND, address)
    assert not secret or not any(bare in str(one) for one in findings(body, address=address))


def test_two_fetches_are_compared() -> None:
    def of(second: bytes) -> list[str]:
        return [one.code for one in compare(SOUND, second)]

    assert of(SOUND) == []
    assert of(SOUND.replace(b"DTSTAMP:2026", b"DTSTAMP:2027")) == ["clock-in-body"]
    assert of(SOUND.replace(b"UID:session", b"UID:other")) == ["unstable-uids"]
    assert of(SOUND.replace(b"Second", b"Third")) == ["unstable-body"]
    assert of(SOUND + EVENT) == ["unstable-body"]


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\r\n",
        b"\x00" * 99,
        b"<html>",
        b":" * 9,
        b"\\" * 999,
        "BEGIN:VCALENDAR".encode("utf-16"),
    ],
)
def test_junk_is_no_calendar_and_raises_nothing(junk: bytes) -> None:
    assert "not-a-calendar" in codes(junk)


@given(st.binary(max_size=400), st.integers(0, len(SOUND)), st.integers(0, 60))
def test_whatever_is_in_a_feed_the_check_ends(junk: bytes, at: int, cut: int) -> None:
    findings(junk)
    findings(SOUND[:at] + junk + SOUND[at + cut :], address="https://e.org/" + repr(junk))


LINES = st.sampled_from(sorted({*SOUND.split(b"\r\n"), b"BEGIN:VALARM", b"RDATE:2026", b"TZID:"}))


@given(st.lists(LINES, max_size=60))
def test_whatever_the_order_of_its_lines(lines: list[bytes]) -> None:
    findings(b"BEGIN:VCALENDAR\r\n" + b"\r\n".join(lines))


@pytest.mark.parametrize(
    "body",
    [
        b"BEGIN:X\r\n" * 100_000,
        b"BEGIN:A\r\n" * 100_000 + b"END:B\r\n" * 100_000,
        b"X:" + b"\\\r\n \\" * 500_000,
        b"X" + b";A=b" * 500_000,
        b"BEGIN:VCALENDAR\r\n" + b"a@" * 1_000_000,
        b"BEGIN:VCALENDAR\r\nSUMMARY:" + b"a." * 500_000 + b"@" + b"b." * 500_000,
        SOUND * 300,
    ],
    ids=["open", "mismatched", "backslashes", "parameters", "mails", "dots", "many"],
)
def test_a_file_made_to_be_slow_is_not(body: bytes) -> None:
    assert findings(body)


def test_the_greatest_feed_of_ours_is_checked() -> None:
    body = render(feed(*(entry(f"session-{n:04}", url="https://e.org/1") for n in range(5_000))))
    assert codes(body) == {"many-events", "heavy"}
