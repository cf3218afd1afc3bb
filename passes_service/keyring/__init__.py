"""The service's own keys: made once, kept by one user, rotated with an overlap.

Issuer (secp256k1) signs vouchers, gate (Ed25519) signs door codes, session (32 bytes) derives
sessions and magic links. Claim (secp256k1) signs what the contract accepts, relay (secp256k1) pays
gas, log (Ed25519) signs the public log; claim and relay may live elsewhere, see `signers`. Step (32
bytes) derives the secrets that wallet apps make time-step codes with.
"""

from passes_service.keyring.errors import (
    KeyNotMade,
    KeyringDamaged,
    KeyringExists,
    KeyringMissing,
    KeyringUnsafe,
    SignerBroken,
    SignerUnavailable,
)
from passes_service.keyring.model import GateKey, IssuerKey, Keyring, KeyUse, PublicKeys, StoredKey
from passes_service.keyring.store import add, init, load, rotate

__all__ = [
    "GateKey",
    "IssuerKey",
    "KeyNotMade",
    "KeyUse",
    "Keyring",
    "KeyringDamaged",
    "KeyringExists",
    "KeyringMissing",
    "KeyringUnsafe",
    "PublicKeys",
    "SignerBroken",
    "SignerUnavailable",
    "StoredKey",
    "add",
    "init",
    "load",
    "rotate",
]
