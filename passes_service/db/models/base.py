"""What every table shares: tenancy in the key, names of constraints."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field, SQLModel
from uuid_utils import compat

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """Return a UUIDv7: unique without a sequence, and rows of one hour lie together."""
    return compat.uuid7()


class Scoped(SQLModel):
    """A row of one organizer: its key starts with the organizer, so look-ups cannot stray."""

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)


class Dated(SQLModel):
    """A row that remembers when it was written."""

    created_at: datetime


def belongs_to(table: str, column: str, *, key: str = "id") -> ForeignKeyConstraint:
    """Return a reference to a row of the same organizer, never of another."""
    return ForeignKeyConstraint(
        ["organizer_id", column], [f"{table}.organizer_id", f"{table}.{key}"]
    )
