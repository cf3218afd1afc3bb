"""Insert that lets an earlier row win, in one statement on either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_if_absent(session: Session, model: type[SQLModel], values: dict[str, Any]) -> bool:
    """Insert a row unless a unique constraint already holds one; tell whether it was inserted.

    On PostgreSQL this waits for a concurrent insert of the same key to commit or roll back.
    """
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table classes
    if session.get_bind().dialect.name == "postgresql":
        statement: Any = postgresql.insert(table).values(**values).on_conflict_do_nothing()
    else:
        statement = sqlite.insert(table).values(**values).on_conflict_do_nothing()
    keys = list(table.primary_key.columns)
    return session.execute(statement.returning(*keys)).first() is not None
