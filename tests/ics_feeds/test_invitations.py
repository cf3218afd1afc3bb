"""Invitations: what RFC 5546 asks for and forbids, and the same text back in every parser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from ics_feeds import Entry
from ics_feeds.invitations import Method, Person, invitation
from tests.ics_feeds import itip
from tests.judges.node import expand
from tests.judges.python import expand_icalendar, expand_vobject

START = datetime(2027, 6, 4, 17, 0, tzinfo=UTC)
STAMP = datetime(2027, 5, 1, 9, 30, tzinfo=UTC)
ENTRY = Entry(
    uid="0191d9c2-4f31-7c07-8a52-9c39d5a0f3aa",
    title="Evening 1",
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    time_zone="Europe/Berlin",
    created_at=STAMP - timedelta(days=30),
    changed_at=STAMP - timedelta(days=1),
    sequence=4,
    description="Bring; a coat, please\\n",
    location="The cellar, left",
    url="https://passes.test/me",
)
ORGANIZER = Person(email="no-reply@passes.test", name='Nocturne "Live"; Ltd, ^x')
ATTENDEE = Person(email="fan+night@example.org")
KINDS: list[tuple[Method, bool]] = [("REQUEST", True), ("CANCEL", True), ("CANCEL", False)]


def made(entry: Entry = ENTRY, method: Method = "REQUEST", **more: Any) -> bytes:
    people = {"organizer": ORGANIZER, "attendee": ATTENDEE, **more}
    return invitation(
        entry, method=method, stamped_at=STAMP, prodid="-//Test//Invitations//EN", **people
    )


def event(body: bytes) -> Any:
    (found,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    return found


@pytest.mark.parametrize(("method", "whole"), KINDS)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Casablanca", "UTC"])
@pytest.mark.parametrize("all_day", [False, True])
def test_the_tables_of_rfc_5546_hold(method: Method, whole: bool, zone: str, all_day: bool) -> None:
    entry = replace(ENTRY, time_zone=zone, all_day=all_day)
    assert itip.findings(made(entry, method, whole=whole), whole=whole) == []


@pytest.mark.parametrize("broken", ["UID:", "DTSTAMP:", "ORGANIZER", "ATTENDEE", "DTSTART"])
def test_the_lint_sees_what_is_missing(broken: str) -> None:
    body = made().replace(b"\r\n ", b"")
    lines = body.split(b"\r\n")
    at = lines.index(b"BEGIN:VEVENT")
    kept = [line for line in lines[at:] if not line.startswith(broken.encode())]
    less = b"\r\n".join(lines[:at] + kept)
    assert less != body
    assert itip.findings(less)


@pytest.mark.parametrize(("method", "whole"), KINDS)
def test_every_parser_reads_the_session_as_in_a_feed(method: Method, whole: bool) -> None:
    body = made(method=method, whole=whole)
    for judged in (expand_icalendar(body), expand_vobject(body), expand(body)):
        (seen,) = judged
        assert seen["uid"] == ENTRY.uid
        assert seen["start"] == "2027-06-04T17:00:00Z"
        assert seen["end"] == "2027-06-04T19:00:00Z"
        assert seen["summary"] == ENTRY.title
        assert seen["location"] == ENTRY.location
        assert seen["description"] == f"{ENTRY.description}\n\n{ENTRY.url}"
        wanted = {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED" if whole else None}[method]
        assert seen["status"] == wanted


def test_who_invites_whom_survives_every_parser() -> None:
    found = event(made())
    assert found["ORGANIZER"] == "mailto:no-reply@passes.test"
    assert found["ORGANIZER"].params["CN"] == ORGANIZER.name
    attendee = found["ATTENDEE"]
    assert attendee == "mailto:fan+night@example.org"
    said = {name: attendee.params[name] for name in ("PARTSTAT", "RSVP", "ROLE", "CUTYPE")}
    assert said == {
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
        "ROLE": "REQ-PARTICIPANT",
        "CUTYPE": "INDIVIDUAL",
    }
    other = vobject.readOne(made().decode()).vevent
    assert other.organizer.value == "mailto:no-reply@passes.test"
    assert other.attendee.value == "mailto:fan+night@example.org"


def test_numbers_come_from_the_caller() -> None:
    found = event(made(replace(ENTRY, sequence=7)))
    assert found["SEQUENCE"] == 7
    assert found.decoded("DTSTAMP") == STAMP
    assert found.decoded("LAST-MODIFIED") == ENTRY.changed_at


def test_reminders_stay_out() -> None:
    body = made(replace(ENTRY, reminders=(timedelta(hours=1),)), "CANCEL")
    assert b"VALARM" not in body


@given(
    title=st.text(min_size=1, max_size=80).filter(str.strip),
    name=st.text(max_size=80),
    place=st.text(max_size=80),
)
def test_no_text_breaks_out_of_its_line(title: str, name: str, place: str) -> None:
    entry = replace(ENTRY, title=title, location=place)
    body = made(entry, organizer=Person(email="a@b.test", name=name))
    assert body.count(b"BEGIN:VEVENT") == 1 or "BEGIN:VEVENT" in title + name + place
    assert itip.findings(body) == []
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert event(body)["ORGANIZER"] == "mailto:a@b.test"
    assert body.endswith(b"END:VCALENDAR\r\n")


@pytest.mark.parametrize(
    ("email", "uri"),
    [
        ("o'neil+x@example.org", "mailto:o'neil+x@example.org"),
        ("a&b=c%d?e@example.org", "mailto:a%26b%3Dc%25d%3Fe@example.org"),
    ],
)
def test_an_address_becomes_a_uri(email: str, uri: str) -> None:
    assert event(made(attendee=Person(email=email)))["ATTENDEE"] == uri


@pytest.mark.parametrize("email", ["", "fan", "@x", "fan@", "fän@example.org", "a\r\nb@x", "a b@x"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match="email"):
        Person(email=email)


def test_a_floating_stamp_and_an_unknown_method_are_refused() -> None:
    with pytest.raises(ValueError, match="method"):
        made(method="PUBLISH")  # type: ignore[arg-type]  # what a careless caller could pass
    with pytest.raises(ValueError, match="stamped_at"):
        invitation(
            ENTRY,
            method="REQUEST",
            organizer=ORGANIZER,
            attendee=ATTENDEE,
            stamped_at=datetime(2027, 5, 1),  # noqa: DTZ001 - the point
            prodid="x",
        )
