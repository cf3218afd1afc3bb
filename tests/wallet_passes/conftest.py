"""An evening of an organizer that has credentials with both companies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.passes.queries import Held
from passes_service.web.app import create_app
from tests import people
from tests.checkin.evening import FAN, Evening, evening
from tests.conftest import ORIGIN
from tests.fakes import Clock
from tests.wallet_passes import papers


@pytest.fixture
def served(services: Services, clock: Clock, tmp_path: Path) -> Services:
    """Services with both directories."""
    places = {
        "google_wallet_dir": papers.google(tmp_path),
        "apple_wallet_dir": papers.apple(tmp_path, clock()),
    }
    return replace(services, settings=services.settings.model_copy(update=places))


@pytest.fixture
def night(served: Services, clock: Clock) -> Evening:
    """The first evening; tests that change passes go a day back."""
    return evening(served, clock)


@pytest.fixture
def held(night: Evening) -> Held:
    return night.issue()


@pytest.fixture
def fan(served: Services, night: Evening, held: Held) -> Iterator[TestClient]:
    """The holder's browser."""
    with TestClient(create_app(served), base_url=ORIGIN, follow_redirects=False) as client:
        client.headers["Origin"] = ORIGIN
        people.sign_in_holder(client, served, night.organizer_id, FAN)
        yield client
