"""A ground to read, and marks for all tests here: they need a real node."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from tests.chain.local import LocalChain
from tests.fakes import Clock
from tests.indexer.ground import Ground, ground


@pytest.fixture
def here(services: Services, chain: LocalChain, clock: Clock) -> Ground:
    """Everything set up and nothing read yet; final after 8 blocks."""
    return ground(services, chain, clock)


@pytest.fixture
def patient(services: Services, chain: LocalChain, clock: Clock) -> Ground:
    """The same, final after 200 blocks: deep reorganisations are still possible."""
    return ground(services, chain, clock, finality=200)
