"""Many rows at once: one prepared statement for all, on the tables, without a unit of work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Row = dict[str, Any]
Item = TypeVar("Item")
SLICE = 500
"""How many values one IN (...) holds at most: SQLite has a bound, and plans stay quick."""


def table_of(model: type[SQLModel]) -> Any:
    """Return the table behind a model."""
    return model.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table classes


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert rows that all have the same columns."""
    if rows:
        session.connection().execute(_insert(model), rows)


def insert_absent(session: Session, model: type[SQLModel], rows: Sequence[Row]) -> None:
    """Insert those rows that no unique constraint keeps out; earlier ones win."""
    if rows:
        connection = session.connection()
        connection.execute(_insert_absent(model, connection.dialect.name), rows)


def update_rows(
    session: Session, model: type[SQLModel], rows: Sequence[Row], *, names: tuple[str, ...]
) -> None:
    """Set the columns `names` of the rows with these primary keys; each row has its key and them.

    The caller holds the rows.
    """
    if rows:
        keys = tuple(column.name for column in table_of(model).primary_key.columns)
        bound = [{f"new_{name}": row[name] for name in (*keys, *names)} for row in rows]
        session.connection().execute(_update(model, keys, names), bound)


def slices(items: Sequence[Item], size: int = SLICE) -> Iterator[Sequence[Item]]:
    """Yield the items in pieces."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@lru_cache(maxsize=64)
def _insert(model: type[SQLModel]) -> Any:
    return insert(table_of(model))


@lru_cache(maxsize=64)
def _insert_absent(model: type[SQLModel], dialect: str) -> Any:
    made: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return made(table_of(model)).on_conflict_do_nothing()


@lru_cache(maxsize=64)
def _update(model: type[SQLModel], keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    table = table_of(model)
    statement = update(table).values({name: bindparam(f"new_{name}") for name in names})
    return statement.where(*(table.c[key] == bindparam(f"new_{key}") for key in keys))
