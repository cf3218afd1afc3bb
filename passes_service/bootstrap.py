"""The only wiring: settings in, the service's parts out. Nothing connects at import."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from passes_service.config import Settings
from passes_service.db.engine import Database, open_database
from passes_service.keyring import Keyring, load


def utc_now() -> datetime:
    """Return the present instant; the edges pass it on as `now`."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What the edges need."""

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Callable[[], datetime] = utc_now
    random_bytes: Callable[[int], bytes] = secrets.token_bytes


def build(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Services:
    """Open the database and load the keys."""
    return Services(
        settings=settings,
        database=open_database(settings.database_url),
        keyring=load(settings.keys_dir),
        clock=clock,
    )
