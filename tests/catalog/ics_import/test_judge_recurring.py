# ruff: noqa: DTZ001 - the times of files are local
"""`recurring-ical-events` unfolds whole files the same, but where RFC 5545 is on our side."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import icalendar
import pytest
import recurring_ical_events
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from passes_service.catalog.ics_import.budget import Budget, Meter
from passes_service.catalog.ics_import.expand import slots
from passes_service.catalog.ics_import.rule import parse
from tests.catalog.ics_import.build import calendar, event, imported
from tests.catalog.ics_import.test_corpus import CORPUS, FILES
from tests.catalog.ics_import.test_judges import rules

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SIX = timedelta(hours=6)
# What it cannot read; the corpus says what a person reads there.
UNREAD = {
    "bad_values_are_skipped_one_by_one",
    "broken_folding",  # lines that nobody folded
    "kerio_orphans_and_overridden_exdate",  # an override with the 99th of July
    "outlook_utf16",
    "exchange_cancel_without_start",
    "forum_groups_and_text_broken_by_hand",  # item1.DTSTART
    "outlook_zone_names_as_shown",  # a TZID with a colon that nobody quoted
    "wordpress_all_in_one_floating_zone_in_file",  # a Windows name as X-WR-TIMEZONE
}
# What it reads otherwise, and why we do not. Starts that only we find, and that only it finds.
OTHERWISE = {
    # Bare CR (section 3.1 wants CRLF): it sees one long line.
    "classic_mac_bare_cr": (1, 0),
    # A control character in a UID (section 3.3.11 forbids it) stays there.
    "control_characters_and_quotes": (1, 1),
    # No UID (section 3.8.4.7 requires one): ours is derived.
    "drupal_without_uid": (1, 1),
    # EXDATE;VALUE=DATE in a timed series (section 3.8.5.1 leaves it open) takes nothing out.
    "kalender_mixed_value_types": (0, 1),
    # THISANDPRIOR (gone since RFC 5545, section 3.2.13): it takes it for a single change.
    "lotus_this_and_prior": (0, 5),
    # Midnight to midnight, marked as all day: it does not know Microsoft's property.
    "outlook_365_all_day_at_midnight": (0, 2),
    # TZID:GMT with London's rules: it follows the name; section 3.6.5 says the rules.
    "pretalx_zone_named_gmt_with_london_rules": (1, 1),
    # UNTIL as DATE in a timed series (section 3.3.10 forbids it): to it the day ends at 00:00.
    "proton_all_day_until_date": (1, 0),
    # DTSTART that its rule does not give counts for COUNT (section 3.3.10).
    "rules_positions_and_week_start": (0, 1),
    # One UID for all dates (section 3.8.4.7 forbids it): it keeps the last.
    "wordpress_modern_events_calendar_shared_uid": (1, 0),
}


def timed(body: bytes) -> set[tuple[str, str]]:
    """Return UID and start of all that it finds in 2026 and that is not a whole day."""
    found = set()
    for whole in icalendar.Calendar.from_ical(body, True):
        for one in recurring_ical_events.of(whole).between(START, END):
            start = one.start
            if isinstance(start, datetime) and start.tzinfo:
                found.add((str(one.get("UID", "")), start.astimezone(UTC).isoformat()))
    return found


def readable() -> list[str]:
    """Return the files that both sides read; `hostile` ones would keep it busy for years."""
    names = []
    for name in FILES:
        stated = json.loads((CORPUS / f"{name}.expected.json").read_text("utf-8"))
        options = stated.get("options", {})
        if "error" not in stated and not options and name not in UNREAD:
            names += [] if name.startswith("hostile") else [name]
    return names


# It warns that it guesses at /mozilla.org/20050126_1/Europe/Berlin, and guesses as we do.
@pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed")
@pytest.mark.parametrize("name", readable())
def test_corpus_unfolds_the_same(name: str) -> None:
    body = (CORPUS / f"{name}.ics").read_bytes()
    found = imported(body).occurrences
    ours = {(one.uid, one.starts_at.isoformat()) for one in found if not one.all_day}

    theirs = timed(body)

    assert (len(ours - theirs), len(theirs - ours)) == OTHERWISE.get(name, (0, 0))


@dataclass
class Drawn:
    """A generated file: its events, and its parts as text."""

    tzid: str
    events: list[str] = field(default_factory=list)

    def at(self, name: str, wall: datetime, extra: str = "") -> str:
        """Return a property in the form of this file: whole days, UTC, or in a zone."""
        if self.tzid == "DATE":
            return f"{name};VALUE=DATE{extra}:{wall:%Y%m%d}"
        if self.tzid == "UTC":
            return f"{name}{extra}:{wall:%Y%m%dT%H%M%S}Z"
        return f"{name};TZID={self.tzid}{extra}:{wall:%Y%m%dT%H%M%S}"


@st.composite
def files(draw: st.DrawFn, hours: st.SearchStrategy[int]) -> Drawn:
    """A series with exceptions: dates out and in, one override, one change of all the rest."""
    text = draw(rules().filter(lambda rule: "HOUR" not in rule))
    drawn = Drawn(draw(st.sampled_from(["Europe/Berlin", "America/New_York", "UTC", "DATE"])))
    day = draw(st.datetimes(datetime(2025, 6, 1), datetime(2026, 6, 1)))
    hour = 0 if drawn.tzid == "DATE" else draw(hours)
    wall = day.replace(hour=hour, minute=0, second=0, microsecond=0)
    first = next(islice(_unfold(text, wall), 1, None), None)
    assume(first is not None)
    assert first is not None
    known = list(islice(_unfold(text, first), 12))
    bound = draw(st.sampled_from(["", "COUNT", "UNTIL", "", ""]))
    if bound == "COUNT":
        text += f";COUNT={draw(st.integers(1, 40))}"
    elif bound == "UNTIL":
        last = draw(st.sampled_from(known))
        text += f";UNTIL={last:%Y%m%d}" + ("" if drawn.tzid == "DATE" else "T235959Z")
    lines = [drawn.at("DTSTART", first), f"RRULE:{text}", "SUMMARY:series"]
    lines.append("DURATION:P2D" if drawn.tzid == "DATE" else "DURATION:PT90M")
    out = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
    lines += [drawn.at("EXDATE", wall) for wall in out]
    if draw(st.booleans()):
        lines.append(drawn.at("RDATE", first + timedelta(days=draw(st.integers(1, 90)))))
    drawn.events.append(event(*lines, "DTSTAMP:20260101T000000Z"))
    kept = [wall for wall in known if wall not in out]
    if bound == "" and len(kept) > 3 and draw(st.integers(0, 4)):
        moved = draw(st.sampled_from(kept[:3]))
        to = moved + timedelta(days=draw(st.integers(-1, 1)))
        reach = draw(st.sampled_from(["", ";RANGE=THISANDFUTURE", ";RANGE=THISANDFUTURE"]))
        drawn.events.append(
            event(
                drawn.at("RECURRENCE-ID", moved, reach),
                drawn.at("DTSTART", to),
                "DURATION:P1D" if drawn.tzid == "DATE" else "DURATION:PT3H",
                "SUMMARY:changed",
                "DTSTAMP:20260101T000000Z",
            )
        )
    return drawn


def _unfold(text: str, start: datetime) -> list[datetime]:
    far = start + timedelta(days=800)
    return list(
        slots(parse(text, None), start, until=None, after=start, before=far, meter=Meter(Budget()))
    )


def shown(at: date) -> str:
    """Return a start or end as both sides can state it."""
    if isinstance(at, datetime):
        return at.astimezone(UTC).isoformat()
    return at.isoformat()


def both(drawn: Drawn) -> tuple[set[tuple[str, str, str]], set[tuple[str, str, str]]]:
    """Return title, start and end of all that we find in 2026, and that the judge finds."""
    body = calendar("VERSION:2.0\r\n", *drawn.events)
    ours = set()
    for one in imported(body, limit=2000).occurrences:
        start, end = one.starts_at, one.ends_at
        if one.all_day:  # the whole days of Berlin
            ours.add((one.title, shown((start + SIX).date()), shown((end + SIX).date())))
        else:
            ours.add((one.title, shown(start), shown(end)))
    (whole,) = icalendar.Calendar.from_ical(body, True)
    theirs = {
        (str(one["SUMMARY"]), shown(one.start), shown(one.end))
        for one in recurring_ical_events.of(whole).between(START, END)
    }
    # Days at the edge of a year lie on either side of it in Berlin and in UTC.
    edges = ("2025-12-2", "2025-12-3", "2026-01-01", "2026-12-31", "2027-01-0")
    return (
        {one for one in ours if not one[1].startswith(edges)},
        {one for one in theirs if not one[1].startswith(edges)},
    )


BOUNDED = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))


@BOUNDED
@given(files(st.integers(5, 20)))
def test_generated_series_unfold_the_same(drawn: Drawn) -> None:
    ours, theirs = both(drawn)

    assert ours == theirs


@BOUNDED
@given(files(st.integers(0, 4)))
def test_generated_series_start_at_the_same_time_where_clocks_change(drawn: Drawn) -> None:
    """Starts only: an hour lasts an hour (RFC 5545 section 3.3.6); the judge adds on the clock."""
    ours, theirs = both(drawn)

    assert {one[:2] for one in ours} == {one[:2] for one in theirs}
