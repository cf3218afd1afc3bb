"""The database: reachable, migrated, private, with room, and its outbox moving."""

from __future__ import annotations

import shutil
import stat
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func
from sqlmodel import Session, col, select

from passes_service.cli import installation
from passes_service.cli.checks.model import FAIL, OK, WARN, Check
from passes_service.config import Settings
from passes_service.core.errors import DomainError
from passes_service.db.engine import Database
from passes_service.db.models import Organizer, OutboxEvent

SLOW = timedelta(minutes=2)
STUCK = timedelta(minutes=15)
SKEW = timedelta(seconds=30)
LITTLE_ROOM = 500 * 1024 * 1024
NO_ROOM = 50 * 1024 * 1024


def checks(settings: Settings, *, now: datetime) -> list[Check]:
    """Look at the database, without making one where there is none."""
    name = installation.masked_url(settings.database_url)
    try:
        path = installation.sqlite_file(settings.database_url)
        if path is not None and not path.exists():
            todo = "Run `passes init` for a new installation, or correct PASSES_DATABASE_URL."
            return [Check("database", f"{name}: there is no such file", FAIL, todo)]
        with installation.open_database(settings.database_url) as database:
            installation.require_migrated(database)
            with database.reading() as session:
                return [
                    Check("database", f"{name}, reachable and up to date"),
                    *([] if path is None else [_private(path), _room(path)]),
                    _clock(session, database, now),
                    _organizers(session),
                    *_outbox(session, now),
                ]
    except DomainError as error:
        return [Check.failed("database", error)]


def _private(path: Path) -> Check:
    """Say who can read the file of an SQLite database."""
    mode = stat.S_IMODE(path.stat().st_mode)
    closed_above = any(not folder.stat().st_mode & stat.S_IXOTH for folder in path.parents[:1])
    if mode & stat.S_IRWXO and not closed_above:
        value = f"{path.absolute()} has mode {mode:o}: it holds names and addresses"
        return Check("database file", value, WARN, f"Run: chmod 600 {path.absolute()}")
    return Check("database file", f"{path.absolute()}, mode {mode:o}")


def _room(path: Path) -> Check:
    free = shutil.disk_usage(path.absolute().parent).free
    value = f"{free // (1024 * 1024):,} MB free"
    status = OK if free > LITTLE_ROOM else WARN if free > NO_ROOM else FAIL
    return Check("disk", value, status, "Make room where the database is.")


def _clock(session: Session, database: Database, now: datetime) -> Check:
    """Compare our clock with the newest event's, and with the server's."""
    newest = session.exec(select(func.max(col(OutboxEvent.created_at)))).one()
    if newest is not None and newest > now + SKEW:
        value = f"the newest event is from {newest:%d %b %Y %H:%M} UTC, which is to come"
        todo = "Correct this machine's clock (NTP) before serving: rules depend on it."
        return Check("clock and data", value, FAIL, todo)
    if not database.is_sqlite:
        theirs = session.exec(select(func.clock_timestamp())).one()
        apart = abs(theirs - now)
        if apart > SKEW:
            value = f"the database server's clock is {int(apart.total_seconds())} s from ours"
            return Check("clock and data", value, WARN, "Keep both clocks right with NTP.")
    return Check("clock and data", "agree")


def _organizers(session: Session) -> Check:
    count = session.exec(select(func.count()).select_from(Organizer)).one()
    if not count:
        todo = "Run `passes organizer create`; it prints the owner's login."
        return Check("organizers", "none yet", WARN, todo)
    return Check("organizers", str(count))


def _outbox(session: Session, now: datetime) -> list[Check]:
    """Say what waits to be done and what was given up."""
    waiting = (col(OutboxEvent.delivered_at).is_(None), col(OutboxEvent.failed_at).is_(None))
    count, oldest = session.exec(
        select(func.count(), func.min(col(OutboxEvent.created_at))).where(*waiting)
    ).one()
    failed = session.exec(
        select(func.count()).select_from(OutboxEvent).where(col(OutboxEvent.failed_at).is_not(None))
    ).one()
    return [_backlog(count, oldest, now), _given_up(failed)]


def _backlog(count: int, oldest: datetime | None, now: datetime) -> Check:
    if oldest is None:
        return Check("outbox", "empty")
    age = max(now - oldest, timedelta())
    value = f"{count} waiting, the oldest for {_span(age)}"
    status = OK if age < SLOW else WARN if age < STUCK else FAIL
    todo = "Is a worker running? Start `passes worker`, or `passes serve` without --no-worker."
    return Check("outbox", value, status, todo)


def _given_up(failed: int) -> Check:
    if not failed:
        return Check("failed events", "none")
    value = f"{failed} given up after many tries"
    todo = (
        "See the worker's log for “not delivered”; letters usually fail for a wrong SMTP setting."
    )
    return Check("failed events", value, FAIL, todo)


def _span(age: timedelta) -> str:
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours"
