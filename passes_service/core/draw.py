"""A draw that nobody could steer and anyone can repeat: bytes in, an order out (docs/draws.md).

Before entries open the organizer shows SHA-256(secret) and names where the randomness will come
from. When they close, the root over all entries is fixed and shown. Then:

    leaf  = SHA-256(CONTEXT | Drop 16 | entry 16 | offer 16 | salt 32)
    root  = RFC 6962 over the leaves in ascending order, `core.merkle`
    seed  = SHA-256(secret 32 | root 32 | randomness), 32 bytes of a block hash, or none
    lot   = SHA-256(seed | leaf); the lowest lot has rank 1

The salt keeps a leaf from telling whose it is; an entrant is shown theirs and finds themself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from passes_service.core import merkle

CONTEXT: Final = b"EventPass raffle entry 1\x00"
SECRET_LENGTH: Final = 32
SALT_LENGTH: Final = 32
_HASH: Final = 32


def commitment(secret: bytes) -> bytes:
    """Return what is shown of a secret before entries open.

    Raises:
        ValueError: The secret has not 32 bytes, so it could be guessed.
    """
    return hashlib.sha256(_exactly(secret, SECRET_LENGTH, "secret")).digest()


def leaf(drop_id: UUID, entry_id: UUID, offer_id: UUID, salt: bytes) -> bytes:
    """Return the published commitment to an entry and to what was entered for.

    Raises:
        ValueError: The salt has not 32 bytes.
    """
    named = drop_id.bytes + entry_id.bytes + offer_id.bytes
    return hashlib.sha256(CONTEXT + named + _exactly(salt, SALT_LENGTH, "salt")).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the hash over all entries, whatever order they are given in."""
    return merkle.root(sorted(_exactly(one, _HASH, "leaf") for one in leaves))


def seed(secret: bytes, root: bytes, randomness: bytes) -> bytes:
    """Return what orders the entries.

    Raises:
        ValueError: A length is wrong; `randomness` has 32 bytes, or none without a source.
    """
    if randomness:
        _exactly(randomness, _HASH, "randomness")
    _exactly(secret, SECRET_LENGTH, "secret")
    return hashlib.sha256(secret + _exactly(root, _HASH, "root") + randomness).digest()


def ranking(leaves: Sequence[bytes], seed: bytes) -> list[bytes]:
    """Return the leaves in the order in which they were drawn."""
    return sorted(leaves, key=lambda one: hashlib.sha256(seed + one).digest())


def _exactly(value: bytes, length: int, name: str) -> bytes:
    if len(value) != length:
        raise ValueError(f"The {name} has {length} bytes, not {len(value)}.")
    return value
