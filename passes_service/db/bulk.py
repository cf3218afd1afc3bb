"""Many rows at once, in one statement in the database's own words.

What SQLAlchemy does for each row of an `executemany` is done here once for each column. SQLite runs
one prepared statement over all rows inside the process. PostgreSQL gets new rows by COPY, and what
changes as one JSON document: ten thousand rows are one statement and one round trip. Names of
tables and columns are the models' own, quoted; values never are part of a statement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import uuid_utils
from sqlalchemy import Connection, Dialect, LargeBinary, Uuid
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from passes_service.db.types import Uint256

Row = dict[str, Any]
Item = TypeVar("Item")
Make = Callable[[Any], Any]
_JSON = json.JSONEncoder(separators=(",", ":"))
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
MOST_IN_ONE_TRIP = 100
"""Rows up to which one statement beats COPY, which costs two round trips more."""
SLICE = 500
"""How many values one IN (...) holds at most: SQLite has a bound, and plans stay quick."""


@dataclass(frozen=True)
class _Shape:
    """The columns of a statement: their names, their types in SQL, how values are stored."""

    table: str
    names: tuple[str, ...]
    quoted: tuple[str, ...]
    types: tuple[str, ...]
    makes: tuple[Make | None, ...]


def table_of(model: type[SQLModel]) -> Any:
    """Return the table behind a model."""
    return model.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table classes


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows that all have the same columns. Rows without an `id` get one, in their order."""
    _insert(session, model, rows, "")


def insert_absent(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> int:
    """Insert those rows that no unique constraint keeps out; earlier ones win.

    Returns how many were inserted. On PostgreSQL a row of the same key that somebody else is just
    inserting is waited for.
    """
    return _insert(session, model, rows, " ON CONFLICT DO NOTHING")


def update_rows(
    session: Session, model: type[SQLModel], rows: Sequence[Row], *, names: tuple[str, ...]
) -> None:
    """Set the columns `names` of the rows with these primary keys; each row has its key and them.

    The caller holds the rows.
    """
    if not rows:
        return
    connection = session.connection()
    keys = tuple(column.name for column in table_of(model).primary_key.columns)
    shape = _shape(model, (*names, *keys), connection.dialect)
    columns = _columns(rows, (*names, *keys), shape)
    fields, ids = shape.quoted[: len(names)], shape.quoted[len(names) :]
    if connection.dialect.name == "postgresql":
        sets = ", ".join(f"{name} = n.{name}" for name in fields)
        same = " AND ".join(f"t.{name} = n.{name}" for name in ids)
        sql = f"UPDATE {shape.table} AS t SET {sets} FROM {_given(shape)} WHERE {same}"  # noqa: S608
        connection.exec_driver_sql(sql, {"rows": _document(shape, columns)})
        return
    sets = ", ".join(f"{name} = ?" for name in fields)
    same = " AND ".join(f"{name} = ?" for name in ids)
    sql = f"UPDATE {shape.table} SET {sets} WHERE {same}"  # noqa: S608
    connection.exec_driver_sql(sql, list(zip(*columns, strict=True)))


def slices(items: Sequence[Item], size: int = SLICE) -> Iterator[Sequence[Item]]:
    """Yield the items in pieces."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _insert(session: Session, model: type[SQLModel], rows: Sequence[Row], ending: str) -> int:
    if not rows:
        return 0
    connection = session.connection()
    names = tuple(rows[0])
    anonymous = "id" not in names and "id" in table_of(model).columns
    shape = _shape(model, (*names, "id") if anonymous else names, connection.dialect)
    columns = _columns(rows, names, shape)
    if anonymous:
        columns.append(_new_ids(len(rows), connection.dialect))
    into = f"INSERT INTO {shape.table} ({', '.join(shape.quoted)})"
    if connection.dialect.name == "postgresql" and not ending and len(rows) > MOST_IN_ONE_TRIP:
        _copy(connection, shape, columns)
        return len(rows)
    if connection.dialect.name == "postgresql":
        sql = f"{into} SELECT * FROM {_given(shape)}{ending}"  # noqa: S608
        return connection.exec_driver_sql(sql, {"rows": _document(shape, columns)}).rowcount
    marks = ", ".join("?" for _ in shape.names)
    sql = f"{into} VALUES ({marks}){ending}"
    return connection.exec_driver_sql(sql, list(zip(*columns, strict=True))).rowcount


def _copy(connection: Connection, shape: _Shape, columns: Sequence[list[Any]]) -> None:
    """Send rows in PostgreSQL's own text format: the quickest way in, constraints and all."""
    written = [_written(values) for values in columns]
    block = "\n".join(map("\t".join, zip(*written, strict=True)))
    sql = f"COPY {shape.table} ({', '.join(shape.quoted)}) FROM STDIN"
    driver: Any = connection.connection
    Error = connection.dialect.loaded_dbapi.Error  # noqa: N806 - it is a class
    try:
        with driver.cursor() as cursor, cursor.copy(sql) as copy:
            copy.write(block.encode())
    except Error as error:
        raise DBAPIError.instance(
            sql, None, error, Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _written(values: list[Any]) -> list[str]:
    return [
        "\\N" if value is None
        else value.translate(_ESCAPES) if type(value) is str
        else str(value)
        for value in values
    ]  # fmt: skip


def _given(shape: _Shape) -> str:
    """Return the rows of the JSON document as a table that PostgreSQL can select from."""
    typed = (f"{name} {type_}" for name, type_ in zip(shape.quoted, shape.types, strict=True))
    return f"json_to_recordset(%(rows)s::json) AS n({', '.join(typed)})"


def _document(shape: _Shape, columns: Sequence[list[Any]]) -> str:
    rows = zip(*columns, strict=True)
    return _JSON.encode([dict(zip(shape.names, row, strict=True)) for row in rows])


def _columns(rows: Sequence[Row], names: tuple[str, ...], shape: _Shape) -> list[list[Any]]:
    return [_column(rows, name, make) for name, make in zip(names, shape.makes, strict=False)]


def _column(rows: Sequence[Row], name: str, make: Make | None) -> list[Any]:
    """Return a column's values as the database takes them; many rows share one instant, one id."""
    values = [row[name] for row in rows]
    if make is None:
        return values
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]


def _new_ids(count: int, dialect: Dialect) -> list[str]:
    """Return new ids (see `new_id`) as they are stored; ordered, and without an object for each."""
    if dialect.name == "postgresql":
        return [str(uuid_utils.uuid7()) for _ in range(count)]
    return [uuid_utils.uuid7().hex for _ in range(count)]


@lru_cache(maxsize=128)
def _shape(model: type[SQLModel], names: tuple[str, ...], dialect: Dialect) -> _Shape:
    table = table_of(model)
    quote = dialect.identifier_preparer.quote
    types = [table.c[name].type.dialect_impl(dialect) for name in names]
    return _Shape(
        quote(table.name),
        names,
        tuple(quote(name) for name in names),
        tuple(type_.compile(dialect=dialect) for type_ in types),
        tuple(_make(table.c[name].type, dialect) for name in names),
    )


def _make(type_: Any, dialect: Dialect) -> Make | None:
    """Return what turns a value into the database's own, or into JSON for PostgreSQL."""
    bound: Make | None = type_.dialect_impl(dialect).bind_processor(dialect)
    if dialect.name != "postgresql":
        return bound
    if isinstance(type_, Uint256):
        return lambda value: None if value is None else int(_checked(bound, value))
    if isinstance(type_, Uuid | UTCDateTime):
        return lambda value: None if value is None else str(value)
    if isinstance(type_, LargeBinary):
        return lambda value: None if value is None else f"\\x{value.hex()}"
    return None


def _checked(bound: Make | None, value: Any) -> Any:
    return value if bound is None else bound(value)
