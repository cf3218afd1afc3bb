"""One evening per test."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from tests.checkin.evening import Evening, evening
from tests.fakes import Clock


@pytest.fixture
def night(services: Services, clock: Clock) -> Evening:
    """An evening under the rules that most tests need: one entry per session."""
    return evening(services, clock)
