"""Feeds of others: their bad habits are told, what is legal is not called an error."""

from datetime import UTC, datetime
from pathlib import Path

import icalendar
import pytest

from ics_feeds import findings, summary
from ics_feeds.checks.offsets import observances, offset_at
from ics_feeds.finding import Findings
from ics_feeds.reader import read
from ics_feeds.zones import vtimezone, zone_of
from tests.ics_feeds import wild
from tests.ics_feeds.test_zones_judged import AWKWARD, dense

NAMELESS = {"no-name", "no-refresh"}
HABITS = {
    "like Google": (wild.LIKE_GOOGLE, NAMELESS | {"method", "guessed-zone", "recurs"}),
    "like a ticket shop": (wild.LIKE_A_TICKET_SHOP, NAMELESS | {"no-sequence", "organizer"}),
    "like a social site": (
        wild.LIKE_A_SOCIAL_SITE,
        NAMELESS | {"method", "organizer", "no-sequence"},
    ),
    "like Outlook": (wild.LIKE_OUTLOOK, NAMELESS | {"method", "no-sequence", "zone-name"}),
    "tasks": (wild.TASKS, set()),
}
CORPUS = sorted((Path(__file__).parents[1] / "data" / "ics").rglob("*.ics"))


@pytest.mark.parametrize(("text", "habits"), HABITS.values(), ids=list(HABITS))
def test_habits_are_warnings(text: str, habits: set[str]) -> None:
    found = findings(wild.as_bytes(text))
    assert {one.code for one in found} == habits
    assert {one.severity for one in found} <= {"warning"}


def test_the_counts_of_a_feed() -> None:
    said = summary(wild.as_bytes(wild.LIKE_GOOGLE))
    assert (said.events, said.zones) == (2, ("Europe/Berlin",))
    assert (f"{said.first}", f"{said.last}") == ("2026-07-01", "2026-07-15")
    assert summary(b"") == summary(b"junk")


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_files_that_people_import_can_all_be_checked(path: Path) -> None:
    for one in findings(path.read_bytes()):
        assert one.message
        assert one.message.isprintable()


def test_the_librarys_own_zones_are_told_for_what_they_do() -> None:
    calendar = icalendar.Calendar.new(prodid="-//x//EN", version="2.0")
    event = icalendar.Event.new(
        uid="1",
        summary="x",
        start=datetime(2026, 7, 1, 19, tzinfo=zone_of("Europe/Berlin")),
        stamp=datetime(2026, 5, 1, tzinfo=UTC),
    )
    calendar.add_component(event)
    calendar.add_missing_timezones()
    assert "several-rdates" in {one.code for one in findings(calendar.to_ical())}


@pytest.mark.parametrize("name", AWKWARD)
def test_the_reader_of_zones_finds_iana_in_what_we_write(name: str) -> None:
    from ics_feeds.zones import spans

    times = [at.astimezone(zone_of(name)) for pair in dense(name) for at in pair]
    (span,) = spans(times)
    (block,) = read(vtimezone(span), Findings())
    rules = observances(block)
    for time in times:
        twin = time.replace(fold=1 - time.fold)
        if twin.utcoffset() == time.utcoffset():
            assert offset_at(rules, time.replace(tzinfo=None)) == time.utcoffset(), time


@pytest.mark.parametrize(
    ("rule", "year", "summer"),
    [
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", 2026, True),
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU", 2026, True),
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=29", 2026, True),
        ("RRULE:FREQ=YEARLY", 2026, True),
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20260329T010000Z", 2026, True),
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20260329T005959Z", 2026, False),
        ("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20250401", 2026, False),
        ("RDATE:20260329T020000", 2026, True),
    ],
)
def test_rules_of_zones_are_understood(rule: str, year: int, summer: bool) -> None:
    text = wild.BERLIN.replace("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", rule)
    text = text.replace("19700329", "20100329").replace("19701025", "20101031")
    (block,) = read(wild.as_bytes(text), Findings())
    offset = offset_at(observances(block), datetime(year, 7, 1, 12))  # noqa: DTZ001 - local
    assert offset is not None
    assert (offset.total_seconds() == 7200) is summer
