"""What every bench of the web application starts from: a season in a durable database."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from passes_service import keyring
from passes_service.accounts import api_keys
from passes_service.accounts.callers import SCOPES
from passes_service.bootstrap import Services
from passes_service.catalog import terms
from passes_service.checkin import gates
from passes_service.config import Settings
from passes_service.db import migrate
from passes_service.db.engine import Database, open_database
from passes_service.db.models import Series
from passes_service.feeds import links
from passes_service.passes import proofs
from passes_service.passes.queries import Held
from tests import databases, people
from tests.season import Season, issue, season

BEFORE = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
HOLDERS = 25
CAP = 1_000_000


@dataclass(frozen=True)
class Ground:
    """One database with a season in it, and the credentials that a client needs."""

    services: Services
    made: Season
    holders: list[UUID]
    api_key: str
    gate_key: str

    @property
    def database(self) -> Database:
        """Return the database."""
        return self.services.database

    @property
    def doors_open(self) -> datetime:
        """Return an instant at which the first evening lets people in."""
        return self.made.sessions[0].starts_at - timedelta(minutes=10)

    def feed_token(self) -> str:
        """Give the first holder a pass and a calendar link; return the link's secret."""
        issue(self.services, self.made, _email(0))
        with self.database.transaction() as session:
            return links.create(
                session,
                organizer_id=self.made.organizer_id,
                holder_id=self.holders[0],
                label="Phone",
                random=secrets.token_bytes(32),
                now=BEFORE,
            ).token

    def codes(self, count: int) -> list[str]:
        """Issue passes and return their static door codes."""
        held = [issue(self.services, self.made, _email(n % HOLDERS)) for n in range(count)]
        with self.database.reading() as session:
            series = session.get_one(Series, (self.made.organizer_id, self.made.series.id))
            document = terms.get(
                session, organizer_id=self.made.organizer_id, terms_hash=series.terms_hash
            )
        return [
            proofs.sign_code(
                Held(one.row, series), document, keys=self.services.keyring, now=BEFORE
            ).text
            for one in held
        ]


def settings(**values: Any) -> Settings:
    """Return settings that no .env file of this machine touches."""
    return Settings(**{"_env_file": None, **values})


@contextmanager
def ground(kind: str) -> Iterator[Ground]:
    """Make a season in a new durable database: `sqlite` or `postgresql`."""
    with tempfile.TemporaryDirectory(prefix="passes-bench-") as folder:
        path = Path(folder)
        keys = path / "keys"
        keyring.init(keys, random=secrets.token_bytes, now=BEFORE)
        if kind == "sqlite":
            database = open_database(f"sqlite:///{path / 'bench.sqlite'}")
            migrate.upgrade(database)
            try:
                yield _seed(database, keys)
            finally:
                database.close()
            return
        name = f"bench_{secrets.token_hex(4)}"
        with (
            databases.postgres_server(durable=True) as server,
            databases.postgres_database(server, name) as database,
        ):
            yield _seed(database, keys)


def _seed(database: Database, keys: Path) -> Ground:
    services = Services(
        settings=settings(database_url=database.url, keys_dir=keys),
        database=database,
        keyring=keyring.load(keys),
        clock=lambda: BEFORE,
    )
    made = season(services, cap=CAP)
    holders = [people.holder(services, made.organizer_id, _email(n)).id for n in range(HOLDERS)]
    with database.transaction() as session:
        _, api_key = api_keys.create(
            session,
            caller=made.staff,
            name="Shop",
            scopes=frozenset(SCOPES),
            random=secrets.token_bytes,
            now=BEFORE,
        )
        gate = gates.enrol(
            session,
            organizer_id=made.organizer_id,
            name="Main door",
            session_ids=[],
            random=secrets.token_bytes(32),
            now=BEFORE,
        )
    return Ground(services, made, holders, api_key, gate.token)


def _email(number: int) -> str:
    return f"fan{number}@example.org"
