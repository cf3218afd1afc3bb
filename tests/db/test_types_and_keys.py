"""What the tables hold by themselves: big numbers exactly, tenants apart, the cap."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import SQLModel, col, select

from passes_service.bootstrap import Services
from passes_service.db.engine import Database
from passes_service.db.models import (
    CalendarSession,
    FeedLink,
    Organizer,
    Pass,
    PortionChange,
    Refund,
    Series,
    SeriesSession,
    TransferOffer,
    new_id,
)
from passes_service.db.upsert import insert_if_absent
from tests import people
from tests.season import issue, season

TOP = 2**256 - 1


@pytest.mark.parametrize("number", [0, 1, 2**53 + 1, 2**64, 2**255 + 12_345, TOP])
def test_a_256_bit_number_comes_back_to_the_last_digit(services: Services, number: int) -> None:
    made = season(services)
    with services.database.transaction() as session:
        session.get_one(Series, (made.organizer_id, made.series.id)).price_minor = number
    with services.database.reading() as session:
        found = session.exec(select(Series.price_minor)).one()
        asked = session.exec(select(Series.id).where(Series.price_minor == number)).one()
    assert (found, asked) == (number, made.series.id)
    assert type(found) is int


def test_256_bit_numbers_are_in_order(services: Services) -> None:
    made = season(services)
    numbers = [9, 10, 2**63, 2**128, 2**255, TOP]
    for number in reversed(numbers):
        held = issue(services, made, f"n{number % 97}@example.org") if number != TOP else None
        if held is None:
            continue
        with services.database.transaction() as session:
            session.get_one(Pass, (made.organizer_id, held.row.id)).pass_id = number
    with services.database.reading() as session:
        found = session.exec(select(Pass.pass_id).order_by(col(Pass.pass_id))).all()
    assert list(found) == numbers[:-1]


@pytest.mark.parametrize("number", [-1, 2**256])
def test_what_does_not_fit_never_reaches_a_row(services: Services, number: int) -> None:
    made = season(services)
    with pytest.raises(StatementError), services.database.transaction() as session:
        session.get_one(Series, (made.organizer_id, made.series.id)).price_minor = number


def test_a_row_of_another_organizer_cannot_even_be_named(services: Services) -> None:
    mine, theirs = season(services), season(services, "rival")
    held = issue(services, theirs)
    now, me = services.clock(), mine.organizer_id
    strangers: list[SQLModel] = [
        CalendarSession(
            organizer_id=me,
            calendar_id=theirs.calendar.id,
            title="x",
            starts_at=now,
            ends_at=now,
            time_zone="UTC",
            changed_at=now,
            created_at=now,
        ),
        SeriesSession(
            organizer_id=me, series_id=theirs.series.id, session_id=mine.sessions[0].id, portion=0
        ),
        SeriesSession(
            organizer_id=me, series_id=mine.series.id, session_id=theirs.sessions[0].id, portion=0
        ),
        PortionChange(
            organizer_id=me, series_id=theirs.series.id, portion=0, kind="cancelled", created_at=now
        ),
        FeedLink(
            organizer_id=me, holder_id=held.row.holder_id, token_digest=b"x" * 32, created_at=now
        ),
        TransferOffer(
            organizer_id=me,
            pass_row_id=held.row.id,
            from_holder_id=people.holder(services, me).id,
            recipient="a@example.org",
            epoch=1,
            expires_at=now,
            created_at=now,
        ),
        Refund(
            organizer_id=me,
            pass_row_id=held.row.id,
            kind="refund",
            amount_minor=1,
            currency="EUR",
            code="x",
            reason="x",
            provider="free",
            created_at=now,
        ),
    ]
    for row in strangers:
        with pytest.raises(IntegrityError), services.database.transaction() as session:
            session.add(row)


@pytest.mark.parametrize(
    "change", [{"issued": 6}, {"issued": -1}, {"cap": 0}], ids=lambda change: str(change)
)
def test_the_cap_is_in_the_table_too(services: Services, change: dict[str, int]) -> None:
    made = season(services)
    with pytest.raises(IntegrityError), services.database.transaction() as session:
        session.execute(update(Series).where(col(Series.id) == made.series.id).values(**change))


def test_more_than_was_paid_cannot_be_paid_back(services: Services) -> None:
    held = issue(services, season(services))
    with pytest.raises(IntegrityError), services.database.transaction() as session:
        session.get_one(Pass, (held.row.organizer_id, held.row.id)).paid_back_minor = 6_001


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.add(organizer("half"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.reading() as session:
        assert session.exec(select(Organizer)).all() == []


def test_of_two_inserts_of_one_key_the_first_wins_quietly(services: Services) -> None:
    made = season(services)
    row: dict[str, Any] = {
        "organizer_id": made.organizer_id,
        "series_id": made.series.id,
        "portion": 0,
        "kind": "cancelled",
        "created_at": services.clock(),
    }
    with services.database.transaction() as session:
        assert insert_if_absent(session, PortionChange, {**row, "id": new_id()})
        assert not insert_if_absent(session, PortionChange, {**row, "id": new_id()})


def organizer(slug: str) -> Organizer:
    from tests.fakes import Clock

    return Organizer(
        slug=slug,
        name=slug,
        time_zone="UTC",
        contact_email="a@example.org",
        created_at=Clock().now,
    )
