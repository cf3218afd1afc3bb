"""The only wiring: settings in, the service's parts out. Nothing connects at import."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr

from passes_service.chain.errors import ChainUnknown
from passes_service.chain.networks import Network
from passes_service.chain.node import REQUEST_SECONDS, HurriedNode, Node, preload
from passes_service.config import Settings
from passes_service.db.engine import Database, open_database
from passes_service.keyring import Keyring, KeyUse, load, opening
from passes_service.keyring.signers import Signer


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
    patience: float = REQUEST_SECONDS

    def node(self, chain_id: int, *, seconds: float | None = None) -> Node:
        """Return a client of a chain's nodes. Never call it inside a transaction.

        Args:
            seconds: How long each question may take. Left out, as for requests, all questions
                asked of what is returned take two seconds together.

        Raises:
            ChainUnknown: The installation does not serve that chain.
        """
        network = self.networks.get(chain_id)
        if network is None:
            raise ChainUnknown(f"Chain {chain_id} is not served here.")
        if seconds is None:
            return HurriedNode(_node(network, self.patience), self.patience)
        return _node(network, seconds)

    def signers(self, use: KeyUse) -> tuple[Signer, ...]:
        """Return who signs claims or relayed transactions, the preferred one first.

        Keys elsewhere are opened once per process. Never call it inside a transaction.

        Raises:
            KeyNotMade, KeyringMissing, KeyringUnsafe, SignerBroken, SignerUnavailable: No signer.
        """
        settings = self.settings
        text = settings.claim_signer if use is KeyUse.CLAIM else settings.relay_signer
        found: list[Signer] = []
        for part in opening.parts(text):
            if part == "keyring":
                found += opening.from_keyring(self.keyring, use, self.clock())
            else:
                found.append(_opened(part, settings.keystore_password))
        return tuple(found)


_SIGNERS: dict[str, Signer] = {}
_OPENING = threading.Lock()


def _opened(part: str, password: SecretStr | None) -> Signer:
    """Keep what was opened: scrypt takes a second, a token a session."""
    with _OPENING:
        if part not in _SIGNERS:
            known = None if password is None else password.get_secret_value()
            _SIGNERS[part] = opening.open_elsewhere(part, known)
        return _SIGNERS[part]


_NODES: dict[tuple[Network, float], Node] = {}


def _node(network: Network, seconds: float) -> Node:
    """Keep one client per chain and patience: it remembers which node answers."""
    return _NODES.setdefault((network, seconds), Node(network, seconds=seconds))


def build(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Services:
    """Open the database and load the keys; what talks to chains is loaded meanwhile."""
    if settings.networks:
        threading.Thread(target=preload, name="preload", daemon=True).start()
    return Services(
        settings=settings,
        database=open_database(settings.database_url),
        keyring=load(settings.keys_dir),
        clock=clock,
        networks=settings.networks,
    )
