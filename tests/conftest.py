"""Fixtures: both databases, keys, a clock that stands still, a client."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session
from starlette.testclient import TestClient

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.config import Settings
from passes_service.db.engine import Database
from passes_service.web.app import create_app
from tests import databases
from tests.chain import local
from tests.chain.local import LocalChain
from tests.contracts.chain import HARDHAT
from tests.fakes import Clock
from tests.judges.node import find_node

ORIGIN = "https://passes.test"


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with databases.sqlite_template(tmp_path_factory.mktemp("sqlite")) as path:
        yield path


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Database]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with (
        databases.postgres_server() as server,
        databases.postgres_database(server, f"test_{worker}_{os.getpid()}") as database,
    ):
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A clean, migrated database; every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        copy = databases.sqlite_copy(request.getfixturevalue("_sqlite_template"), tmp_path)
        yield copy
        copy.close()
        return
    shared: Database = request.getfixturevalue("_postgres")
    yield shared
    databases.empty(shared)


@pytest.fixture(scope="session")
def _chain() -> Iterator[LocalChain]:
    node = find_node()
    if node is None or not (HARDHAT / "node_modules" / "hardhat").is_dir():
        verdict = "no local chain: run `npm ci --ignore-scripts` in hardhat-local first"
        if os.environ.get("CI"):
            pytest.fail(verdict)
        pytest.skip(verdict)
    with local.running(node) as chain:
        yield chain


@pytest.fixture
def chain(_chain: LocalChain) -> Iterator[LocalChain]:
    """A real local chain with our factory on it, as new for every test."""
    snapshot = _chain.snapshot()
    yield _chain
    _chain.revert(snapshot)


@pytest.fixture
def clock() -> Clock:
    """The test's own time."""
    return Clock()


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once per run."""
    folder = tmp_path_factory.mktemp("keys") / "keys"
    keyring.init(folder, random=secrets.token_bytes, now=Clock().now)
    return folder


def isolated(**values: Any) -> Settings:
    """Return settings that no .env file of the developer can change."""
    return Settings(**{"_env_file": None, **values})


@pytest.fixture
def settings(database: Database, keys_dir: Path) -> Settings:
    """Settings of an installation behind https."""
    return isolated(database_url=database.url, keys_dir=keys_dir, public_origin=ORIGIN)


@pytest.fixture
def services(settings: Settings, database: Database, clock: Clock) -> Services:
    """The wiring, on the test's database and clock."""
    return Services(
        settings=settings,
        database=database,
        keyring=keyring.load(settings.keys_dir),
        clock=clock,
        patience=20,  # the machine may be busy; what is tested is not its speed
    )


@pytest.fixture
def app(services: Services) -> FastAPI:
    """The application."""
    return create_app(services)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client that speaks to the application as a browser at its origin would."""
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        client.headers["Origin"] = ORIGIN
        yield client


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One open transaction, for tests of services."""
    with database.transaction() as session:
        yield session
