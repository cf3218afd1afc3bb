"""Looking is only looking, and error texts hold no values."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from passes_service.db.engine import Database


def test_what_is_opened_to_look_cannot_write(database: Database) -> None:
    with database.reading() as session, pytest.raises(DBAPIError, match=r"read-?only"):
        session.execute(text("DELETE FROM outbox_event"))


def test_an_error_does_not_repeat_the_values_of_a_row(database: Database) -> None:
    secret = "fan@private.example"
    with database.reading() as session, pytest.raises(DBAPIError) as failed:
        session.execute(text("SELECT * FROM nowhere WHERE email = :email"), {"email": secret})
    assert secret not in str(failed.value)
