"""The only wiring: settings in, the service's parts out. Nothing connects at import."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from passes_service.chain.errors import ChainUnknown
from passes_service.chain.networks import Network
from passes_service.chain.node import REQUEST_SECONDS, Node
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
    networks: Mapping[int, Network] = field(default_factory=dict)

    def node(self, chain_id: int, *, seconds: float = REQUEST_SECONDS) -> Node:
        """Return a client of a chain's nodes that waits at most `seconds` for an answer.

        Never call it inside a transaction.

        Raises:
            ChainUnknown: This installation does not serve that chain.
        """
        network = self.networks.get(chain_id)
        if network is None:
            raise ChainUnknown(f"Chain {chain_id} is not served here.")
        return _node(network, seconds)


_NODES: dict[tuple[Network, float], Node] = {}


def _node(network: Network, seconds: float) -> Node:
    """Keep one client per chain and patience: it remembers which node answers."""
    return _NODES.setdefault((network, seconds), Node(network, seconds=seconds))


def build(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Services:
    """Open the database and load the keys."""
    return Services(
        settings=settings,
        database=open_database(settings.database_url),
        keyring=load(settings.keys_dir),
        clock=clock,
        networks=settings.networks,
    )
