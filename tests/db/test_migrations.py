"""Upgrades and downgrades of a database that has rows in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, inspect, text

from passes_service.db import migrate
from passes_service.db.engine import Database, open_database
from tests import databases

NOW = datetime(2027, 1, 1, tzinfo=UTC)
FIRST = "0002"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any schema."""
    if request.param == "sqlite":
        made = open_database(f"sqlite:///{tmp_path / 'old.sqlite'}", durable=False)
        yield made
        made.close()
        return
    with (
        databases.postgres_server() as server,
        databases.postgres_database(server, f"old_{uuid.uuid4().hex[:8]}") as made,
    ):
        with made.writer.begin() as connection:
            command.downgrade(migrate._config(connection), "base")
        yield made


def insert(connection: Connection, table: str, **known: Any) -> None:
    """Insert a row, with something in each column that has to have something."""
    values: dict[str, Any] = {}
    sqlite = connection.dialect.name == "sqlite"
    for column in inspect(connection).get_columns(table):
        name, kind = column["name"], str(column["type"]).upper()
        if name in known:
            value = known[name]
        elif column["nullable"] or column.get("default") is not None:
            continue
        elif "DATE" in kind or "TIMESTAMP" in kind:
            value = f"{NOW:%Y-%m-%d %H:%M:%S.%f}" if sqlite else NOW
        elif "BOOL" in kind:
            value = False
        elif "INT" in kind or "NUMERIC" in kind:
            value = 7
        else:
            value = b"x" if kind in ("BLOB", "BYTEA") else "x"
        values[name] = value.hex if sqlite and isinstance(value, uuid.UUID) else value
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def fill(database: Database) -> None:
    """Put in what later revisions touch and what refers to it."""
    organizer, holder, calendar = (uuid.uuid4() for _ in range(3))
    with database.writer.begin() as connection:
        insert(connection, "organizer", id=organizer, slug="old", time_zone="UTC")
        scope = {"organizer_id": organizer}
        insert(connection, "holder", id=holder, **scope, passes_version=7)
        insert(connection, "holder_email", id=uuid.uuid4(), **scope, holder_id=holder)
        link = {"id": uuid.uuid4(), "holder_id": holder, "token_digest": b"d" * 32}
        insert(connection, "feed_link", **scope, **link)
        copy = {"uid": uuid.uuid4(), "rendered_from": "7", "body": b"old"}
        insert(connection, "feed_copy", **scope, holder_id=holder, **copy)
        insert(connection, "calendar", id=calendar, **scope, time_zone="UTC")
        held = {"id": uuid.uuid4(), "calendar_id": calendar, "status": "scheduled"}
        insert(connection, "session", **scope, **held, time_zone="UTC")
        insert(connection, "mail_message", id=uuid.uuid4(), **scope, event_id=uuid.uuid4())


def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    with database.writer.begin() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_a_database_in_use_goes_up_to_the_newest_and_down_again(empty: Database) -> None:
    with empty.writer.begin() as connection:
        command.upgrade(migrate._config(connection), FIRST)
    fill(empty)

    with empty.writer.begin() as connection:
        command.upgrade(migrate._config(connection), "head")

    assert migrate.differences(empty.writer) == []
    assert rows(empty, "SELECT feed_version FROM holder") == [(7,)]
    assert [bool(row[0]) for row in rows(empty, "SELECT change_mail FROM holder")] == [True]
    assert rows(empty, "SELECT language, reminders, last_app FROM feed_link") == [("", "", "")]
    assert rows(empty, "SELECT categories, texts, latitude FROM session") == [("[]", "{}", None)]
    assert [bool(row[0]) for row in rows(empty, "SELECT public FROM calendar")] == [False]
    if empty.is_sqlite:
        assert rows(empty, "PRAGMA foreign_key_check") == []

    with empty.writer.begin() as connection:
        command.downgrade(migrate._config(connection), FIRST)
    assert rows(empty, "SELECT passes_version FROM holder") == [(7,)]
    with empty.writer.begin() as connection:
        command.upgrade(migrate._config(connection), "head")
    assert migrate.differences(empty.writer) == []
