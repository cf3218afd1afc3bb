"""Importing a calendar file into a calendar: all of it or nothing, again and again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.catalog import calendars, importing, sessions
from passes_service.catalog.errors import TermsUnfit
from passes_service.catalog.ics_import.errors import ImportBroken
from passes_service.catalog.importing import Report
from passes_service.core.errors import DomainError
from passes_service.db.models import Calendar, CalendarSession, OutboxEvent
from tests import people
from tests.catalog.acts import amend, cancel, changes, owed, told
from tests.fakes import Clock
from tests.feeds.test_following import more
from tests.season import Season, issue

START = datetime(2027, 3, 20, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def vevent(uid: str, start: datetime = START, *, hours: float = 2, extra: str = "") -> str:
    end = start + timedelta(hours=hours)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20270201T000000Z",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:Evening {uid[:40]}",
        *extra.split("\n"),
        "END:VEVENT",
    ]
    return "\r\n".join(line for line in lines if line) + "\r\n"


def file(*events: str) -> bytes:
    whole = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\n" + "".join(events)
    return (whole + "END:VCALENDAR\r\n").encode()


class Book:
    """One calendar and what is imported into it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.organizer, self.owner = people.organizer(services)
        with services.database.transaction() as session:
            self.calendar: Calendar = calendars.create(
                session,
                organizer_id=self.organizer.id,
                name="Nights",
                time_zone="Europe/Berlin",
                now=services.clock(),
            )
        self.scope: Any = {"organizer_id": self.organizer.id, "calendar_id": self.calendar.id}

    def take(self, *events: str) -> Report:
        return self.load(file(*events))

    def load(self, body: bytes) -> Report:
        with self.services.database.transaction() as session:
            return importing.apply(session, **self.scope, body=body, now=self.services.clock())

    def rows(self) -> dict[str, CalendarSession]:
        with self.services.database.reading() as session:
            found = sessions.of_calendar(session, **self.scope)
        return {f"{row.ics_uid}": row for row in found}

    def sell(self) -> Season:
        rows = list(self.rows().values())
        made = Season(self.organizer, self.owner, self.calendar, rows, None)  # type: ignore[arg-type]
        return Season(self.organizer, self.owner, self.calendar, rows, more(self.services, made))


@pytest.fixture
def book(services: Services) -> Book:
    return Book(services)


def counts(report: Report) -> tuple[int, int, int, int]:
    return (report.created, report.changed, report.cancelled, report.unchanged)


def reasons(report: Report) -> dict[str, str]:
    assert all(skip.reason.endswith(".") for skip in report.skipped)
    return {skip.uid: skip.reason_code for skip in report.skipped}


def test_a_file_again_updates_by_uid_and_says_what_it_did(book: Book) -> None:
    a, b, c = vevent("a"), vevent("b", START + 24 * HOUR), vevent("c", START + 48 * HOUR)
    assert counts(book.take(a, b, c)) == (3, 0, 0, 0)
    first = book.rows()
    assert counts(book.take(a, b, c)) == (0, 0, 0, 3)
    report = book.take(a, vevent("b", START + 25 * HOUR), vevent("d", START + 72 * HOUR))
    assert counts(report) == (1, 1, 1, 1)
    now = book.rows()
    assert {uid: row.status for uid, row in now.items()} == {
        "a": "scheduled",
        "b": "moved",
        "c": "cancelled",
        "d": "scheduled",
    }
    assert now["b"].id == first["b"].id
    assert [now[uid].sequence for uid in "abcd"] == [0, 1, 1, 0]


def test_an_occurrence_of_a_series_is_known_by_its_slot(book: Book) -> None:
    weekly = vevent("w", extra="RRULE:FREQ=WEEKLY;COUNT=3")
    assert book.take(weekly).created == 3
    slot = START + timedelta(weeks=1)
    moved = vevent("w", slot + HOUR, extra=f"RECURRENCE-ID:{slot:%Y%m%dT%H%M%SZ}")
    assert counts(book.take(weekly, moved)) == (0, 1, 0, 2)
    gone = vevent("w", extra=f"RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:{slot:%Y%m%dT%H%M%SZ}")
    assert counts(book.take(gone)) == (0, 0, 1, 2)


def test_moves_and_cancellations_are_published_and_told(services: Services, book: Book) -> None:
    book.take(vevent("a"), vevent("b", START + 24 * HOUR))
    made = book.sell()
    held = issue(services, made)
    ids = {uid: str(row.id) for uid, row in book.rows().items()}
    book.take(vevent("a", START + HOUR))
    assert sorted(changes(services, made)) == [(0, "moved"), (1, "cancelled")]
    assert sorted(told(services)) == sorted([(ids["a"], "moved"), (ids["b"], "cancelled")])
    assert owed(services, held, "draw") == 9_000 // 2


def test_join_link_and_capacity_survive_what_the_file_changes(
    services: Services, book: Book
) -> None:
    book.take(vevent("a"))
    amend(services, book.rows()["a"], join_link="https://live.example/x", capacity=8)
    book.take(vevent("a", START + HOUR, extra="LOCATION:Attic"))
    row = book.rows()["a"]
    assert (row.location, row.join_link, row.capacity) == ("Attic", "https://live.example/x", 8)


def test_what_was_cancelled_here_stays_cancelled(services: Services, book: Book) -> None:
    book.take(vevent("a"))
    cancel(services, book.rows()["a"])
    report = book.take(vevent("a", START + HOUR))
    assert reasons(report) == {"a": "cancelled-here"}
    assert book.rows()["a"].status == "cancelled"


def test_what_the_file_lost_comes_back_with_it_even_after_its_old_time(
    book: Book, clock: Clock
) -> None:
    book.take(vevent("a"), vevent("b", START + 24 * HOUR))
    book.take(vevent("b", START + 24 * HOUR))
    assert book.rows()["a"].status == "cancelled"
    clock.now = START + 5 * HOUR  # its old time is over; the file brings it back a week later
    report = book.take(vevent("a", START + 168 * HOUR), vevent("b", START + 24 * HOUR))
    assert (report.changed, report.skipped) == (1, ())
    row = book.rows()["a"]
    assert (row.status, row.starts_at, row.sequence) == ("moved", START + 168 * HOUR, 2)


def test_a_failure_in_the_middle_changes_nothing(
    services: Services, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.take(vevent("a"), vevent("b", START + 24 * HOUR))
    before = {uid: row.model_dump() for uid, row in book.rows().items()}

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the power goes out here")

    # The last step of an import that creates, moves and cancels: all else is done by then.
    monkeypatch.setattr(sessions, "call_off", broken)
    with pytest.raises(RuntimeError):
        book.take(vevent("a", START + HOUR), vevent("c"))
    assert {uid: row.model_dump() for uid, row in book.rows().items()} == before
    with services.database.reading() as session:
        types = [event.type for event in session.exec(select(OutboxEvent))]
    assert "session.changed" not in types


def test_a_file_that_breaks_at_its_end_changes_nothing(book: Book) -> None:
    book.take(vevent("a"))
    with pytest.raises(ImportBroken) as refusal:
        book.take(vevent("a", START + HOUR), "BEGIN:VEVENT\r\nUID:x\r\n")
    assert refusal.value.members["line"] == 13
    assert book.rows()["a"].starts_at == START


def test_a_thousand_sessions_are_taken_and_one_more_is_refused_whole(book: Book) -> None:
    def many(count: int) -> str:
        return vevent("w", hours=0.5, extra=f"RRULE:FREQ=HOURLY;COUNT={count}")

    with pytest.raises(DomainError) as refusal:
        book.take(many(1_001))
    assert refusal.value.code == "ics-too-large"
    assert book.rows() == {}
    assert book.take(many(1_000)).created == 1_000
    assert counts(book.take(many(1_000))) == (0, 0, 0, 1_000)


def test_a_session_that_is_on_may_run_late_and_is_not_lost(book: Book, clock: Clock) -> None:
    book.take(vevent("a"), vevent("b", START + 24 * HOUR))
    clock.now = START + HOUR
    # Producers drop what has begun from "upcoming events": it goes on all the same.
    report = book.take(vevent("b", START + 24 * HOUR))
    assert (counts(report), reasons(report)) == ((0, 0, 0, 1), {"a": "under-way"})
    assert book.rows()["a"].status == "scheduled"
    assert book.take(vevent("a", hours=4), vevent("b", START + 24 * HOUR)).changed == 1
    assert book.rows()["a"].ends_at == START + 4 * HOUR


def test_what_is_over_and_what_would_be_is_left_and_named(book: Book, clock: Clock) -> None:
    book.take(vevent("a"), vevent("b", START + 24 * HOUR))
    clock.now = START + 12 * HOUR
    report = book.take(vevent("a", extra="LOCATION:Attic"), vevent("b", START))
    assert reasons(report) == {"a": "over", "b": "into-the-past"}
    assert book.rows()["b"].starts_at == START + 24 * HOUR


def test_a_span_of_months_is_no_session_and_stops_nothing(book: Book) -> None:
    report = book.take(vevent("exhibition", hours=24 * 60), vevent("a"))
    assert (report.created, reasons(report)) == (1, {"exhibition": "too-long"})


def test_long_uids_that_begin_alike_are_different_sessions(book: Book) -> None:
    one, two = "x" * 600 + "1", "x" * 600 + "2"
    assert book.take(vevent(one), vevent(two, START + HOUR)).created == 2
    assert counts(book.take(vevent(one), vevent(two, START + HOUR))) == (0, 0, 0, 2)


def test_terms_that_no_longer_fit_open_no_series(services: Services, book: Book) -> None:
    """Nobody is owed for what was cancelled before there was anything to buy."""
    from passes_service.catalog import series, terms
    from tests.season import DRAFT, PRICE

    book.take(vevent("a"), vevent("b", START + 24 * HOUR))
    with services.database.transaction() as session:
        document = terms.draft(session, **book.scope, typed={**DRAFT, "cap": 3})
        name = terms.publish(session, **book.scope, document=document, now=services.clock())
    book.take(vevent("a", START + HOUR))
    with (
        pytest.raises(TermsUnfit) as refusal,
        services.database.transaction() as session,
    ):
        series.open_series(
            session,
            organizer_id=book.organizer.id,
            terms_hash=name,
            price=PRICE,
            now=services.clock(),
        )
    assert refusal.value.members["field"].startswith("portions[")
