"""Drops by the clock: announced, closed and settled, each in a transaction of its own."""

from __future__ import annotations

from datetime import datetime

import structlog

from passes_service.bootstrap import Services
from passes_service.drops import announcing

log = structlog.get_logger("drops")


def announce(services: Services, now: datetime) -> None:
    """Move every Drop on that time or stock has moved; one that fails does not hold up others."""
    with services.database.reading() as session:
        due = announcing.due(session, now=now)
    for organizer_id, drop_id in due:
        try:
            with services.database.transaction() as session:
                announcing.advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)
        except Exception as error:
            log.error("drop not announced", drop_id=str(drop_id), kind=type(error).__name__)
