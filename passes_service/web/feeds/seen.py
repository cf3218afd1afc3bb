"""Which device asked when: gathered here, written at most once an hour per link."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from threading import Lock, Timer
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import bindparam, update
from sqlmodel import SQLModel

from passes_service.db.engine import Database
from passes_service.db.models import FeedLink
from passes_service.feeds.lookup import Found

log = structlog.get_logger("feeds")
EVERY: Final = timedelta(hours=1)
MOST: Final = 10_000
AT_ONCE: Final = 200
WRITE_SECONDS: Final = 5.0
_LINK: Final = SQLModel.metadata.tables[str(FeedLink.__tablename__)]
_WRITE: Final = (
    update(_LINK)
    .where(_LINK.c.organizer_id == bindparam("at_organizer"), _LINK.c.id == bindparam("at_link"))
    .values(last_fetched_at=bindparam("at"), last_app=bindparam("app"))
)
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
    """What is still to be written about fetches, by a thread of its own: no poll waits for it.

    A crash loses what was gathered in the last seconds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[tuple[UUID, UUID], tuple[datetime, str]] = {}
        self._counts: Counter[int] = Counter()
        self._lock = Lock()
        self._timer: Timer | None = None

    def note(self, found: Found, user_agent: str, now: datetime) -> None:
        """Remember a fetch, unless the last one written was within the hour."""
        before = found.last_fetched_at
        if before is not None and now - before <= EVERY:
            return
        with self._lock:
            if len(self._noted) < MOST:
                self._noted[found.organizer_id, found.link_id] = (now, app_of(user_agent))

    def count(self, status: int) -> None:
        """Count an answer, and see to it that all this is written some seconds later."""
        self._counts[status] += 1
        if self._timer is None:
            with self._lock:
                if self._timer is None:
                    self._timer = Timer(WRITE_SECONDS, self._in_time)
                    self._timer.daemon = True
                    self._timer.start()

    def close(self) -> None:
        """Write what is left, and nothing after that."""
        with self._lock:
            timer = self._timer
        if timer is not None:
            timer.cancel()
            timer.join()
        self.write()

    def _in_time(self) -> None:
        self._timer = None
        self.write()

    def write(self) -> None:
        """Write what was gathered; on trouble it is gathered anew."""
        counts, self._counts = self._counts, Counter()
        if counts:
            log.info("feeds asked for", **{str(status): n for status, n in sorted(counts.items())})
        with self._lock:
            noted, self._noted = self._noted, {}
        rows = [
            {"at_organizer": organizer_id, "at_link": link_id, "at": at, "app": app}
            for (organizer_id, link_id), (at, app) in sorted(noted.items())
        ]
        try:
            for start in range(0, len(rows), AT_ONCE):
                with self._database.transaction() as session:
                    session.connection().execute(_WRITE, rows[start : start + AT_ONCE])
        except Exception as error:
            log.error("fetches not noted", kind=type(error).__name__)
