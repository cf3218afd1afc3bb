"""`bench_places` over the sqlite3 module: a thread for each connection, opened as ours are."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from time import perf_counter
from uuid import UUID

from tests.bench import places_sql as sql
from tests.bench.places_sql import Counter, Rows
from tests.drops.ground import Made

Way = Callable[[sqlite3.Connection, Rows], int]
_MARKS = ("%s", "?")
TAKE, WRITE = sql.TAKE.replace(*_MARKS), sql.WRITE.replace(*_MARKS)
LOOK, TAKE_MANY = sql.LOOK.replace(*_MARKS), sql.TAKE_MANY.replace(*_MARKS)
WRITE_MANY, TAKE_SLOT = sql.WRITE_MANY.replace(*_MARKS), sql.TAKE_SLOT.format(lock="")
_WRITER = threading.Lock()


def ways(url: str, drop: Made) -> dict[str, Counter]:
    """Make the slots and return every way."""
    path = url.removeprefix("sqlite:///")
    with closing(_open(path)) as connection:
        for statement in sql.MAKE_SLOTS:
            connection.execute(statement)
        connection.execute("BEGIN IMMEDIATE")
        slots = [(serial,) for serial in range(1, sql.SLOTS + 1)]
        connection.executemany(sql.FILL_SLOTS.replace(*_MARKS), slots)
        connection.execute("COMMIT")
    rows = Rows(drop, _plain)
    every: dict[str, Way] = {"two": _two, "slots": _slots, "grouped": _grouped}
    return {name: _counter(path, rows, way) for name, way in every.items()}


def _plain(value: object) -> object:
    """Return a value as our column types store it."""
    if isinstance(value, UUID):
        return value.hex
    return value.isoformat(" ") if isinstance(value, datetime) else value


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _counter(path: str, rows: Rows, way: Way) -> Counter:
    def rate(connections: int, calls: int) -> float:
        opened = [_open(path) for _ in range(connections)]
        with ThreadPoolExecutor(connections) as threads:
            began = perf_counter()
            some = [threads.submit(_some, one, rows, way, calls // connections) for one in opened]
            done = sum(one.result() for one in some)
            took = perf_counter() - began
        for one in opened:
            one.close()
        return done / took

    return rate


def _some(connection: sqlite3.Connection, rows: Rows, way: Way, calls: int) -> int:
    done = 0
    while done < calls:
        with _WRITER:  # as threads queue for our one writer
            connection.execute("BEGIN IMMEDIATE")
            done += way(connection, rows)
            connection.execute("COMMIT")
    return done


def _two(connection: sqlite3.Connection, rows: Rows) -> int:
    sql.taken(connection.execute(TAKE, rows.stock).fetchone())
    connection.execute(WRITE, rows.fresh())
    return 1


def _slots(connection: sqlite3.Connection, rows: Rows) -> int:
    sql.taken(connection.execute(TAKE_SLOT).fetchone())
    connection.execute(WRITE, rows.fresh())
    return 1


def _grouped(connection: sqlite3.Connection, rows: Rows) -> int:
    sql.enough(connection.execute(LOOK, rows.stock).fetchone())
    connection.execute(TAKE_MANY, rows.stock)
    connection.execute(WRITE_MANY, rows.many())
    return sql.GROUP
