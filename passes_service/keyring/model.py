"""Keys in memory. A secret is never in a repr, an error or a comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from passes_service.core import ethereum, qr
from passes_service.keyring.errors import KeyNotMade

SECRET_LENGTH = 32
_KEY_ID = {
    "session": b"passes-service session key id\x00",
    "step": b"passes-service time-step key id\x00",
}


class KeyUse(StrEnum):
    """What a key is for: vouchers, door codes, sessions, claims, gas, public log, rotated codes."""

    ISSUER = "issuer"
    GATE = "gate"
    SESSION = "session"
    CLAIM = "claim"
    RELAY = "relay"
    LOG = "log"
    STEP = "step"


LATER = frozenset({KeyUse.CLAIM, KeyUse.RELAY, KeyUse.LOG, KeyUse.STEP})
"""Uses that came after the first release: a directory without them goes on working."""
_SECP256K1 = frozenset({KeyUse.ISSUER, KeyUse.CLAIM, KeyUse.RELAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as it is stored: `not_after` is set once a newer one has taken over."""

    key_id: str
    secret: bytes = field(repr=False, compare=False)
    created_at: datetime
    not_after: datetime | None = None

    def accepted(self, now: datetime) -> bool:
        """Whether what this key signed is still good; at `not_after` it no longer is."""
        return self.not_after is None or now < self.not_after


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The key that signs vouchers now, and the address it signs for."""

    address: str
    private_key: PrivateKey = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class GateKey:
    """The key that signs door codes now; gates pin its public half."""

    public_key: bytes
    private_key: Ed25519PrivateKey = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """What may be shown of the current keys; empty where a later use has none yet."""

    issuer_address: str
    gate_public_key: str
    gate_key_id: str
    session_key_id: str
    claim_address: str
    relay_address: str
    log_public_key: str
    step_key_id: str


class Keyring:
    """All keys of the service. Each use has one current key, and older ones while they overlap."""

    def __init__(self, keys: Mapping[KeyUse, tuple[StoredKey, ...]]) -> None:
        self._keys = keys
        issuer = keys[KeyUse.ISSUER][0]
        self.issuer = IssuerKey(issuer.key_id, PrivateKey(issuer.secret))
        gate = Ed25519PrivateKey.from_private_bytes(keys[KeyUse.GATE][0].secret)
        self.gate = GateKey(gate.public_key().public_bytes_raw(), gate)

    def __repr__(self) -> str:
        return f"Keyring({self.public()!r})"

    @property
    def session_key(self) -> bytes:
        """The key that sessions and magic links are derived with now."""
        return self._keys[KeyUse.SESSION][0].secret

    def public(self) -> PublicKeys:
        """Return what may be shown of the current keys."""
        return PublicKeys(
            issuer_address=self.issuer.address,
            gate_public_key=self.gate.public_key.hex(),
            gate_key_id=self._keys[KeyUse.GATE][0].key_id,
            session_key_id=self._keys[KeyUse.SESSION][0].key_id,
            claim_address=next((key.key_id for key in self.stored(KeyUse.CLAIM)), ""),
            relay_address=next((key.key_id for key in self.stored(KeyUse.RELAY)), ""),
            log_public_key=next((_public(k.secret).hex() for k in self.stored(KeyUse.LOG)), ""),
            step_key_id=next((key.key_id for key in self.stored(KeyUse.STEP)), ""),
        )

    def issuer_addresses(self, now: datetime) -> tuple[str, ...]:
        """Return the addresses whose vouchers are good at `now`, the current one first."""
        return tuple(key.key_id for key in self._accepted(KeyUse.ISSUER, now))

    def gate_public_keys(self, now: datetime) -> tuple[bytes, ...]:
        """Return the raw public keys whose door codes are good at `now`, the current one first."""
        accepted = self._accepted(KeyUse.GATE, now)
        return tuple(_public(key.secret) for key in accepted)

    def gate_announcer(self, now: datetime) -> GateKey:
        """Return the oldest key that is good at `now`: also gates that pin only it believe it.

        What it signs names the newer keys, so whoever knows the old one comes to know them.
        """
        key = Ed25519PrivateKey.from_private_bytes(self._accepted(KeyUse.GATE, now)[-1].secret)
        return GateKey(key.public_key().public_bytes_raw(), key)

    def log_public_keys(self, now: datetime) -> tuple[bytes, ...]:
        """Return the raw public keys whose log heads are good at `now`, the current one first.

        Raises:
            KeyNotMade: This directory has no log key.
        """
        self.require(KeyUse.LOG)
        return tuple(_public(key.secret) for key in self._accepted(KeyUse.LOG, now))

    def signing_keys(self, use: KeyUse, now: datetime) -> tuple[PrivateKey, ...]:
        """Return the secp256k1 keys that may sign for a use at `now`, the current one first.

        Raises:
            KeyNotMade: This directory has none for that use.
        """
        self.require(use)
        return tuple(PrivateKey(key.secret) for key in self._accepted(use, now))

    def session_keys(self, now: datetime) -> tuple[bytes, ...]:
        """Return the keys whose sessions and links are good at `now`, the current one first."""
        return tuple(key.secret for key in self._accepted(KeyUse.SESSION, now))

    def step_keys(self, now: datetime) -> tuple[bytes, ...]:
        """Return what time-step codes are derived from at `now`, the current one first.

        A directory without one has issued no such codes: then there is none.
        """
        return tuple(key.secret for key in self._accepted(KeyUse.STEP, now))

    def step_key_at(self, moment: datetime, now: datetime) -> bytes | None:
        """Return the key that time-step codes were first derived from at `moment`.

        None if there was none, or what was derived from it is no longer good at `now`.
        """
        keys = self.stored(KeyUse.STEP)
        found = next((key for key in keys if key.created_at <= moment), keys[-1] if keys else None)
        return found.secret if found and found.accepted(now) else None

    def stored(self, use: KeyUse) -> tuple[StoredKey, ...]:
        """Return every stored key for a use, the current one first, past ones too.

        A later use may have none.
        """
        return self._keys.get(use, ())

    def require(self, use: KeyUse) -> None:
        """Refuse to go on without a key for a use.

        Raises:
            KeyNotMade: This directory was made before that use was thought of.
        """
        if not self.stored(use):
            raise KeyNotMade(f"There is no {use.value} key yet.", use=use.value)

    def _accepted(self, use: KeyUse, now: datetime) -> tuple[StoredKey, ...]:
        return tuple(key for key in self.stored(use) if key.accepted(now))


def new_key(use: KeyUse, *, now: datetime, random: Callable[[int], bytes]) -> StoredKey:
    """Draw a new key with `random`, normally `secrets.token_bytes`."""
    while True:
        secret = random(SECRET_LENGTH)
        try:
            return StoredKey(key_id=key_id(use, secret), secret=secret, created_at=now)
        except ValueError:  # not a scalar of the curve: once in 2**128 draws
            continue


def key_id(use: KeyUse, secret: bytes) -> str:
    """Return the public name of a key: address, or the hexadecimal start of a hash.

    Raises:
        ValueError: The bytes are not a key for this use.
    """
    if len(secret) != SECRET_LENGTH:
        raise ValueError("A key has 32 bytes.")
    if use in _SECP256K1:
        return ethereum.address_of(PrivateKey(secret))
    if use.value not in _KEY_ID:
        return qr.key_id(_public(secret)).hex()
    return hashlib.sha256(_KEY_ID[use.value] + secret).hexdigest()[:8]


def _public(secret: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
