"""A season, and browsers that look at its Drop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.web.app import create_app
from tests.conftest import ORIGIN
from tests.season import Season, season
from tests.web.pages.drops.stage import (
    Doors,
)


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def doors(services: Services, made: Season) -> Iterator[Doors]:
    update = {"shop_payments": str(made.organizer_id)}
    services = replace(services, settings=services.settings.model_copy(update=update))
    with_app = create_app(services)
    opened: list[TestClient] = []

    def make() -> TestClient:
        client = TestClient(with_app, base_url=ORIGIN, follow_redirects=False)
        client.headers["Origin"] = ORIGIN
        opened.append(client)
        return client

    yield Doors(make, services, made)
    for client in opened:
        client.close()
