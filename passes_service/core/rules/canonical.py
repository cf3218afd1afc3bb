"""The bytes of Terms that everyone hashes, and the hash."""

from __future__ import annotations

import rfc8785
from eth_hash.auto import keccak

from passes_service.core.rules.schema import to_document
from passes_service.core.rules.terms import Terms


def canonical(terms: Terms) -> bytes:
    """Return the document as canonical JSON (RFC 8785, UTF-8): equal Terms, equal bytes."""
    return rfc8785.dumps(to_document(terms))


def terms_hash(terms: Terms) -> str:
    """Return "0x" and the keccak-256 of the canonical bytes, in lower-case hex."""
    return "0x" + keccak(canonical(terms)).hex()
