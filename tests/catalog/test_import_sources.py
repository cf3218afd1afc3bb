"""A season may come from two files: each speaks only of its own sessions."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from tests.catalog.test_importing import START, Book, counts, file, vevent


def named(name: str, *events: str) -> bytes:
    head = b"PRODID:-//T//EN\r\n"
    return file(*events).replace(head, head + f"X-WR-CALNAME:{name}\r\n".encode())


@pytest.fixture
def book(services: Services) -> Book:
    return Book(services)


def test_a_second_file_cancels_nothing_of_the_first(book: Book) -> None:
    assert counts(book.load(named("Talks", vevent("talk")))) == (1, 0, 0, 0)
    assert counts(book.load(named("Workshops", vevent("work", START)))) == (1, 0, 0, 0)
    assert {row.status for row in book.rows().values()} == {"scheduled"}


def test_each_file_still_cancels_its_own(book: Book) -> None:
    book.load(named("Talks", vevent("talk"), vevent("other")))
    book.load(named("Workshops", vevent("work")))
    report = book.load(named("Talks", vevent("talk")))
    assert counts(report) == (0, 0, 1, 1)
    assert {uid: row.status for uid, row in book.rows().items()} == {
        "talk": "scheduled",
        "other": "cancelled",
        "work": "scheduled",
    }


def test_a_renamed_calendar_keeps_its_sessions_and_its_say(book: Book) -> None:
    book.load(named("Talks", vevent("talk"), vevent("other")))
    assert counts(book.load(named("Talks 2027", vevent("talk"), vevent("other")))) == (0, 0, 0, 2)
    assert counts(book.load(named("Talks 2027", vevent("talk")))) == (0, 0, 1, 1)
