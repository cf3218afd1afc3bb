"""The service's own keys: made once, kept by one user, rotated with an overlap.

Issuer (secp256k1) signs vouchers, gate (Ed25519) signs door codes, session (32 bytes) derives
sessions and magic links.
"""

from passes_service.keyring.errors import (
    KeyringDamaged,
    KeyringExists,
    KeyringMissing,
    KeyringUnsafe,
)
from passes_service.keyring.model import GateKey, IssuerKey, Keyring, KeyUse, PublicKeys, StoredKey
from passes_service.keyring.store import init, load, rotate

__all__ = [
    "GateKey",
    "IssuerKey",
    "KeyUse",
    "Keyring",
    "KeyringDamaged",
    "KeyringExists",
    "KeyringMissing",
    "KeyringUnsafe",
    "PublicKeys",
    "StoredKey",
    "init",
    "load",
    "rotate",
]
