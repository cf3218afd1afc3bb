"""Fixed inputs of the vectors. These keys are public: never use them for anything else."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORGANIZER = UUID("01940000-0000-7000-8000-0000000000a1")
OTHER_ORGANIZER = UUID("01940000-0000-7000-8000-0000000000b2")
SERIES = 0x1122334455667788
ISSUED = datetime(2027, 1, 15, 18, 0, tzinfo=UTC)
EXPIRES = datetime(2027, 7, 1, tzinfo=UTC)


def secret(name: str) -> bytes:
    return hashlib.sha256(f"EventPass test vector key: {name}".encode()).digest()


def wallet(name: str) -> PrivateKey:
    return PrivateKey(secret(name))


def gate(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret(name))


def device(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret(name), "big"), ec.SECP256R1())


def flip(data: bytes, bit: int) -> bytes:
    """Return `data` with one bit turned, counted from its first byte's lowest."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
