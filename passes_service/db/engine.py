"""Engines and sessions. SQLite: many readers and one writer; PostgreSQL: a pool for each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session, create_engine

LOCK_TIMEOUT_MS = 10_000
# A network that falls silent is noticed within seconds, not after the kernel's quarter of an hour.
_WATCH = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


@dataclass(frozen=True)
class Database:
    """A database as the edges use it: `transaction()` to write, `reading()` to look."""

    url: str
    writer: Engine
    reader: Engine

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        return self.writer.dialect.name == "sqlite"

    @contextmanager
    def transaction(self, on: Connection | None = None) -> Iterator[Session]:
        """Open one transaction; commit at the end, roll back on any exception.

        Transactions that follow each other may share one connection, taken by `connected()`.
        """
        with Session(on or self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Take one connection for several transactions in a row; taking it is a round trip."""
        with self.writer.connect() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one read-only look at the data."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give all connections back."""
        self.writer.dispose()
        self.reader.dispose()


def open_database(url: str, *, pool_size: int = 10, durable: bool = True) -> Database:
    """Open a database by SQLAlchemy URL (`sqlite:///file` or `postgresql+psycopg://...`).

    `durable=False` lets a test database lose its last second in a power cut.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise ValueError("an in-memory SQLite database cannot be shared by reader and writer")
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        # One writer connection: threads queue for it here instead of failing with
        # "database is locked" under load; other processes wait in BEGIN IMMEDIATE.
        writer = create_engine(
            url, pool_size=1, max_overflow=0, pool_timeout=30, hide_parameters=True
        )
        reader = create_engine(
            url, pool_size=pool_size, max_overflow=pool_size, hide_parameters=True
        )
        _prepare_sqlite(writer, begin="BEGIN IMMEDIATE", durable=durable, query_only=False)
        _prepare_sqlite(reader, begin="BEGIN", durable=durable, query_only=True)
        return Database(url, writer, reader)
    writer = _postgres(url, pool_size, "")
    # Under READ COMMITTED each statement looks anew anyway, so looking needs no BEGIN and no
    # ROLLBACK: two round trips less. Its sessions cannot write, whatever the code says.
    reader = _postgres(url, pool_size, " -c default_transaction_read_only=on")
    return Database(url, writer, reader.execution_options(isolation_level="AUTOCOMMIT"))


def _postgres(url: str, pool_size: int, options: str) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,  # values of rows never reach an error text, so never a log
        connect_args={
            "options": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC{options}",
            **_WATCH,
        },
    )


def _prepare_sqlite(engine: Engine, *, begin: str, durable: bool, query_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'NORMAL' if durable else 'OFF'}")
        cursor.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA query_only={'ON' if query_only else 'OFF'}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)
