"""Signatures of phones: ECDSA P-256 with SHA-256, r then s, 32 bytes each (FIPS 186-5)."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

SIGNATURE_LENGTH: Final = 64
_CURVE: Final = ec.SECP256R1()
_ALGORITHM: Final = ec.ECDSA(hashes.SHA256())


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether the key, an uncompressed point of 65 bytes, signed the message.

    Of (r, s) and (r, n - s) either passes. Whatever is wrong with key or signature is False.
    """
    if len(signature) != SIGNATURE_LENGTH:
        return False
    half = SIGNATURE_LENGTH // 2
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public_key)
        key.verify(encode_dss_signature(r, s), message, _ALGORITHM)
    except (InvalidSignature, ValueError):  # ValueError: the bytes are no point of the curve
        return False
    return True
