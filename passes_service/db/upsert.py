"""Insert that lets an earlier row win, in one statement on either database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_if_absent(session: Session, model: type[SQLModel], values: dict[str, Any]) -> bool:
    """Insert a row unless a unique constraint already holds one; tell whether it was inserted.

    On PostgreSQL this waits for a concurrent insert of the same key to commit or roll back.
    """
    statement = _statement(model, session.get_bind().dialect.name)
    return session.execute(statement, values).first() is not None


@lru_cache(maxsize=256)
def _statement(model: type[SQLModel], dialect: str) -> Any:
    """Build the statement once: building costs more than running it."""
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table classes
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)
