"""Bring a database to the newest schema, or say how it differs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlmodel import SQLModel

import passes_service.db.models  # registers every table
from passes_service.db.engine import Database

assert passes_service.db.models  # noqa: S101 - the import is the point


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Run every migration that this database has not seen, in one transaction."""
    with database.writer.begin() as connection:
        command.upgrade(_config(connection), "head")


def current(engine: Engine) -> tuple[str | None, str | None]:
    """Return (revision of this database, newest revision)."""
    with engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here, ScriptDirectory.from_config(_config()).get_current_head()


def differences(engine: Engine) -> list[object]:
    """Return what separates the database's schema from the models; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


def revise(database: Database, message: str) -> None:
    """Write a new migration file from the difference (developers only)."""
    with database.writer.begin() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)
