"""Alembic's entry: the connection is passed in by `passes_service.db.migrate`."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlmodel import SQLModel

import passes_service.db.models  # registers every table

assert passes_service.db.models  # noqa: S101 - the import is the point


def _ours(name: str | None, kind: str, _: Any) -> bool:
    """Leave tables of others (extensions, tools) alone."""
    return kind != "table" or name in SQLModel.metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    include_name=_ours,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
