"""Which device asked when: gathered here, written at most once an hour per link."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import update
from sqlmodel import col

from passes_service.db.engine import Database
from passes_service.db.models import FeedLink
from passes_service.feeds.lookup import Found

log = structlog.get_logger("feeds")
EVERY: Final = timedelta(hours=1)
MOST: Final = 10_000
# The name alone is kept: a whole User-Agent tells more about a person than a holder's page needs.
_APPS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        ("google-calendar|googlecalendar", "Google Calendar"),
        ("thunderbird", "Thunderbird"),
        ("outlook|microsoft|office|ms-exchange", "Outlook"),
        ("icsx", "ICSx⁵"),
        ("davx", "DAVx⁵"),
        ("vdirsyncer", "vdirsyncer"),
        ("evolution", "Evolution"),
        ("home-?assistant|homeassistant", "Home Assistant"),
        ("nextcloud", "Nextcloud"),
        ("fastmail", "Fastmail"),
        ("dataaccessd|calendaragent|calendaraccount|ios/|macos/|mac os x/", "Apple Calendar"),
        ("mozilla/", "a browser"),
    )
)


def app_of(user_agent: str) -> str:
    """Return the name of the app behind a User-Agent, as its holder knows it."""
    said = user_agent[:300]
    return next((name for pattern, name in _APPS if pattern.search(said)), "another app")


class Seen:
    """What is still to be written about fetches; losing it in a crash loses an hour's note."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[tuple[UUID, UUID], tuple[datetime, str]] = {}
        self._lock = Lock()

    def note(self, found: Found, user_agent: str, now: datetime) -> None:
        """Remember a fetch, unless the last one written was within the hour."""
        before = found.last_fetched_at
        if before is not None and now - before <= EVERY:
            return
        with self._lock:
            if len(self._noted) < MOST:
                self._noted[found.organizer_id, found.link_id] = (now, app_of(user_agent))

    def write(self) -> None:
        """Write what was gathered in one transaction; on trouble it is gathered anew."""
        with self._lock:
            noted, self._noted = self._noted, {}
        if not noted:
            return
        try:
            with self._database.transaction() as session:
                for (organizer_id, link_id), (at, app) in sorted(noted.items()):
                    session.execute(
                        update(FeedLink)
                        .where(
                            col(FeedLink.organizer_id) == organizer_id, col(FeedLink.id) == link_id
                        )
                        .values(last_fetched_at=at, last_app=app)
                        .execution_options(synchronize_session=False)
                    )
        except Exception as error:
            log.error("fetches not noted", kind=type(error).__name__)
