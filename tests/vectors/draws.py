"""Vectors of draws: leaves, root, seed and order from fixed secrets, written with hashlib alone."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from tests.vectors import common

DROP = UUID("01940000-0000-7000-8000-00000000d001")
OFFERS = (
    UUID("01940000-0000-7000-8000-0000000000f1"),
    UUID("01940000-0000-7000-8000-0000000000f2"),
)
_CONTEXT = b"EventPass raffle entry 1\x00"


def build() -> dict[str, Any]:
    """Return draws of several sizes, with a block hash and without."""
    return {
        "about": "docs/draws.md. All bytes are hexadecimal. Secrets are public: never use them.",
        "context": _CONTEXT.hex(),
        "draws": [_draw(size, block) for size in (0, 1, 2, 3, 7, 20) for block in (False, True)],
    }


def _draw(size: int, block: bool) -> dict[str, Any]:
    secret = common.secret(f"draw {size}")
    entries = [_entry(size, number) for number in range(size)]
    leaves = sorted(bytes.fromhex(one["leaf"]) for one in entries)
    root = _root(leaves)
    randomness = hashlib.sha256(f"block {size}".encode()).digest() if block else b""
    seed = hashlib.sha256(secret + root + randomness).digest()
    order = sorted(leaves, key=lambda leaf: hashlib.sha256(seed + leaf).digest())
    return {
        "drop_id": str(DROP),
        "secret": secret.hex(),
        "commitment": hashlib.sha256(secret).hexdigest(),
        "entries": entries,
        "root": root.hex(),
        "randomness": randomness.hex(),
        "seed": seed.hex(),
        "order": [leaf.hex() for leaf in order],
    }


def _entry(size: int, number: int) -> dict[str, str]:
    entry = UUID(bytes=hashlib.sha256(f"entry {size} {number}".encode()).digest()[:16])
    salt = common.secret(f"salt {size} {number}")
    offer = OFFERS[number % 2]
    said = _CONTEXT + DROP.bytes + entry.bytes + offer.bytes + salt
    return {
        "entry_id": str(entry),
        "offer_id": str(offer),
        "salt": salt.hex(),
        "leaf": hashlib.sha256(said).hexdigest(),
    }


def _root(leaves: list[bytes]) -> bytes:
    """Return the tree hash as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + _root(leaves[:k]) + _root(leaves[k:])).digest()
