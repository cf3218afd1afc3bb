"""How a phone shows that the keys it enrols a gate with are its own (docs/offline-gate.md).

The proof is ECDSA P-256 with SHA-256, r then s, over CONTEXT and three parts of fixed length: the
SHA-256 of the link's token, the key that signs the gate's log, the key that opens what is sealed
for it. So keys cannot be enrolled by somebody who only saw them, nor a proof be used for a second
link.
"""

from __future__ import annotations

import hashlib
from typing import Final

from passes_service.core import p256

CONTEXT: Final = b"EventPass gate enrolment 1\x00"
PROOF_LENGTH: Final = p256.SIGNATURE_LENGTH
FINGERPRINT_LENGTH: Final = 8


def message(token: str, public_key: bytes, agreement_key: bytes) -> bytes:
    """Return what the proof signs; keys are uncompressed points, 65 bytes each."""
    return CONTEXT + hashlib.sha256(token.encode()).digest() + public_key + agreement_key


def proven(proof: bytes, *, token: str, public_key: bytes, agreement_key: bytes) -> bool:
    """Tell whether the private half of `public_key` made this proof, for this link and keys."""
    return p256.verify(public_key, proof, message(token, public_key, agreement_key))


def fingerprint(public_key: bytes) -> str:
    """Return what people compare of a key: the start of its SHA-256, in groups of four digits."""
    digits = hashlib.sha256(public_key).digest()[:FINGERPRINT_LENGTH].hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
