"""The only wiring: settings in, the service's parts out. Nothing connects at import."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from passes_service.chain.errors import ChainUnknown
from passes_service.chain.networks import Network
from passes_service.chain.node import REQUEST_SECONDS, HurriedNode, Node, preload
from passes_service.config import Settings
from passes_service.core.errors import DomainError
from passes_service.db.engine import Database, open_database
from passes_service.keyring import Keyring, KeyUse, files, load, opening
from passes_service.keyring.signers import Signer
from passes_service.metrics import Metrics
from passes_service.payments.errors import ProviderNotConfigured
from passes_service.payments.external import External, secret_for
from passes_service.payments.free import Free
from passes_service.payments.model import Provider


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
    metrics: Metrics = field(default_factory=Metrics)

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

    def provider(self, organizer_id: UUID, name: str) -> Provider:
        """Return who takes money for an organizer: "free", "external" or "stripe".

        Stripe's credentials are read once per process. Never call it inside a transaction.

        Raises:
            ProviderNotConfigured: The organizer has no account there, or it is no provider.
            PaymentProviderBroken: The credentials are there and cannot be used.
        """
        if name == "free":
            return Free()
        if name == "external":
            return self.external(organizer_id)
        if name == "stripe" and self.settings.stripe_dir is not None:
            return _stripe(
                self.settings.stripe_dir / str(organizer_id), self.settings.stripe_api_base
            )
        raise ProviderNotConfigured(f"The organizer does not take payments by {name[:40]!r}.")

    def external(self, organizer_id: UUID) -> External:
        """Return the organizer's own storefront; it also knows the secret to show to staff."""
        keys = self.keyring.session_keys(self.clock())
        return External(tuple(secret_for(key, organizer_id) for key in keys))


_SIGNERS: dict[str, Signer] = {}
_OPENING = threading.Lock()


def _opened(part: str, password: SecretStr | None) -> Signer:
    """Keep what was opened: scrypt takes a second, a token a session."""
    with _OPENING:
        if part not in _SIGNERS:
            known = None if password is None else password.get_secret_value()
            _SIGNERS[part] = opening.open_elsewhere(part, known)
        return _SIGNERS[part]


_STRIPES: dict[tuple[Path, str | None], Provider] = {}


def _stripe(folder: Path, api_base: str | None) -> Provider:
    """Keep what was opened, with its connections; the library loads when it is needed."""
    from passes_service.payments import stripe_keys

    with _OPENING:
        if (folder, api_base) not in _STRIPES:
            try:
                with files.opened_directory(folder) as opened:
                    found = {name: files.read(opened, name) for name in stripe_keys.NAMES}
            except DomainError as error:
                raise stripe_keys.unreadable(error, there=folder.is_dir()) from error
            _STRIPES[folder, api_base] = stripe_keys.open_stripe(found, api_base=api_base)
        return _STRIPES[folder, api_base]


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
