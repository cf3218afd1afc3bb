"""Rows written many at once are the rows that were meant, on either database."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from passes_service.bootstrap import Services
from passes_service.db import bulk
from passes_service.db.engine import Database
from passes_service.db.models import ChainBlock, ChainLog, Holder, new_id
from tests import people

NOW = datetime(2027, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
NASTY = 'tab\t, line\n, return\r, \\ \\N \\t \\., quotes \' ", NULL, ü 🎟, {"a": [1]} %s %(rows)s ?'


def entry(organizer_id: UUID, number: int, **changed: object) -> bulk.Row:
    return {
        "organizer_id": organizer_id,
        "chain_id": 2**53 - 1,
        "block_number": number,
        "block_hash": f"0x{number:064x}",
        "block_time": NOW,
        "log_index": 1,
        "position": 0,
        "transaction_hash": "0x" + "ab" * 32,
        "name": "TransferSingle",
        "token_id": 2**256 - 1,
        "series_no": None,
        "args": NASTY,
    } | changed


@pytest.fixture
def organizer_id(services: Services) -> UUID:
    return people.organizer(services)[0].id


def test_every_value_comes_back_as_it_was(database: Database, organizer_id: UUID) -> None:
    rows = [entry(organizer_id, number, series_no=number or None) for number in range(700)]
    with database.transaction() as session:
        bulk.insert_rows(session, ChainLog, rows)
    with database.reading() as session:
        found = session.exec(select(ChainLog).order_by(col(ChainLog.id))).all()
    assert [one.model_dump(exclude={"id"}) for one in found] == rows
    assert len({one.id for one in found}) == 700


def test_constraints_hold(database: Database, organizer_id: UUID) -> None:
    twice = [entry(organizer_id, 1), entry(organizer_id, 1)]
    with pytest.raises(IntegrityError), database.transaction() as session:
        bulk.insert_rows(session, ChainLog, twice)
    foreign = [entry(new_id(), 1)]
    with pytest.raises(IntegrityError), database.transaction() as session:
        bulk.insert_rows(session, ChainLog, foreign)
    with pytest.raises(ValueError, match="256-bit"), database.transaction() as session:
        bulk.insert_rows(session, ChainLog, [entry(organizer_id, 1, token_id=-1)])
    with database.reading() as session:
        assert session.exec(select(ChainLog)).all() == []


def test_what_is_rolled_back_was_never_there(database: Database, organizer_id: UUID) -> None:
    def fail() -> None:
        with database.transaction() as session:
            bulk.insert_rows(session, ChainLog, [entry(organizer_id, 1)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.reading() as session:
        assert session.exec(select(ChainLog)).all() == []


def test_earlier_rows_win_where_they_may(database: Database) -> None:
    def block(number: int, name: str) -> bulk.Row:
        return {"chain_id": 1, "number": number, "hash": name, "parent_hash": "", "time": NOW}

    with database.transaction() as session:
        bulk.insert_absent(session, ChainBlock, [block(1, "first")])
        bulk.insert_absent(session, ChainBlock, [block(1, "second"), block(2, "third")])
        bulk.insert_absent(session, ChainBlock, [])
    with database.reading() as session:
        rows = session.exec(select(ChainBlock).order_by(col(ChainBlock.number))).all()
    assert [row.hash for row in rows] == ["first", "third"]


def test_updates_touch_their_rows_and_their_columns_only(
    database: Database, organizer_id: UUID
) -> None:
    ids = [new_id() for _ in range(600)]
    fresh = [
        Holder(organizer_id=organizer_id, id=id_, name="before", created_at=NOW).model_dump()
        for id_ in ids
    ]
    changed = [
        {"organizer_id": organizer_id, "id": id_, "name": f"{NASTY} {place}", "merged_into": None}
        for place, id_ in enumerate(ids[:550])
    ]
    with database.transaction() as session:
        bulk.insert_rows(session, Holder, fresh)
        bulk.update_rows(session, Holder, changed, names=("name", "merged_into"))
    with database.reading() as session:
        names = [session.get_one(Holder, (organizer_id, id_)).name for id_ in ids]
        locales = set(session.exec(select(Holder.locale)))
    assert names[:550] == [f"{NASTY} {place}" for place in range(550)]
    assert set(names[550:]) == {"before"}
    assert locales == {"en"}
