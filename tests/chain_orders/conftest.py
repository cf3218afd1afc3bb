"""Fixtures: the wiring with the local chain connected."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from tests.chain.local import LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import Sale


@pytest.fixture
def services(services: Services, chain: LocalChain) -> Services:
    """The wiring, with the chain connected."""
    return ground.on(chain, services)


@pytest.fixture
def sale(services: Services, chain: LocalChain) -> Sale:
    """An open sale in ETH."""
    return ground.sale(services, chain)
