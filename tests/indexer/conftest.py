"""A ground to read, and marks for all tests here: they need a real node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from passes_service.bootstrap import Services
from passes_service.chain.node import Node
from passes_service.worker import audit
from passes_service.worker.chain_reader import Reader
from tests.chain.faulty import FaultyNode, faulty
from tests.chain.local import LocalChain
from tests.fakes import Clock
from tests.indexer.ground import CHAIN_ID, Ground, ground


@pytest.fixture
def here(
    request: pytest.FixtureRequest, services: Services, chain: LocalChain, clock: Clock
) -> Iterator[Ground]:
    """Everything set up and nothing read yet; final after 8 blocks."""
    made = ground(services, chain, clock)
    yield made
    _agree(made, request)


@pytest.fixture
def patient(
    request: pytest.FixtureRequest, services: Services, chain: LocalChain, clock: Clock
) -> Iterator[Ground]:
    """The same, final after 200 blocks: deep reorganisations are still possible."""
    made = ground(services, chain, clock, finality=200)
    yield made
    _agree(made, request)


def _agree(made: Ground, request: pytest.FixtureRequest) -> None:
    """Whatever a test did, book and chain agree at its end; one that plants differences says so."""
    if request.node.get_closest_marker("differs") is not None:
        return
    made.read(made.another())
    found = audit.compare(made.services, CHAIN_ID)
    assert found is not None
    assert [str(one) for one in found.differences] == []
    assert found.unread == ()


@pytest.fixture
def peer(here: Ground) -> Iterator[FaultyNode]:
    with faulty(here.chain.url) as found:
        yield found


@pytest.fixture
def reader(here: Ground, peer: FaultyNode) -> Reader:
    """A reader that hears everything through the faulty peer."""
    network = here.reader.node.network.model_copy(update={"rpc": (peer.url,)})
    return Reader(here.services, CHAIN_ID, Node(network, seconds=20))
