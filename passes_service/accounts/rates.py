"""How often something may be tried: a count per name and window, settled by the database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from passes_service.accounts.errors import RateLimited
from passes_service.core.instants import from_seconds, to_seconds
from passes_service.db.models import RateCount


@dataclass(frozen=True, slots=True)
class Rate:
    """So many attempts per window. Windows start at fixed instants, the same everywhere."""

    name: str
    attempts: int
    window: timedelta


def take(session: Session, *, organizer_id: UUID, rate: Rate, subject: str, now: datetime) -> None:
    """Count one attempt of `subject`, or refuse it.

    One statement counts and compares, so threads and processes share one limit. The subject is
    stored hashed: the table of attempts is no list of addresses.

    Raises:
        RateLimited: The window is used up; `retry_after` says when the next one starts.
    """
    seconds = int(rate.window.total_seconds())
    start = from_seconds(to_seconds(now) // seconds * seconds)
    hidden = hashlib.sha256(subject.encode()).hexdigest()[:32]
    insert: Any = (
        postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    )
    counted = session.execute(
        insert(RateCount)
        .values(
            organizer_id=organizer_id,
            bucket=f"{rate.name}:{hidden}",
            window_start=start,
            attempts=1,
        )
        .on_conflict_do_update(
            index_elements=["organizer_id", "bucket", "window_start"],
            set_={"attempts": col(RateCount.attempts) + 1},
            where=col(RateCount.attempts) < rate.attempts,
        )
        .returning(col(RateCount.attempts))
    ).first()
    if counted is None:
        wait = to_seconds(start) + seconds - to_seconds(now)
        raise RateLimited("Too many attempts.", retry_after=max(wait, 1))
