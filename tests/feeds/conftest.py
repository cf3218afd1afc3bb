"""What several tests of feeds need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.web.app import create_app
from tests.conftest import ORIGIN


@pytest.fixture
def two(services: Services) -> Iterator[list[TestClient]]:
    """Two processes of the service on one database, each with its own memory."""
    with (
        TestClient(create_app(services), base_url=ORIGIN) as one,
        TestClient(create_app(services), base_url=ORIGIN) as other,
    ):
        yield [one, other]
