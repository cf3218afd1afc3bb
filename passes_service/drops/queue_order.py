"""Who comes first: by lot among those who came before the opening.

The lot of an entry is HMAC-SHA256(secret, the 16 bytes of its id); the lowest lot has number 1. The
secret's SHA-256 was shown before anyone could join, so nobody could choose a secret for a friend.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from uuid import UUID


def commitment(secret: bytes) -> str:
    """Return what is shown of a secret before the opening, in hexadecimal."""
    return hashlib.sha256(secret).hexdigest()


def by_lot(secret: bytes, entries: Iterable[UUID]) -> list[UUID]:
    """Return entries in their order: the first has number 1."""
    return sorted(entries, key=lambda entry: hmac.digest(secret, entry.bytes, "sha256"))
