"""Which bytes are the key of a holder's device: a point of P-256, written in one way only."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec

from passes_service.core.errors import DomainError, Kind

# 65 bytes are 87 characters; the last one carries four bits, so two of its six are zero.
_TEXT = re.compile(r"[A-Za-z0-9_-]{86}[AEIMQUYcgkosw048]", re.ASCII)


class DeviceKeyMalformed(DomainError):
    """The bytes are no public key that a door code could be checked with."""

    code, title, kind = "device-key-malformed", "Not a P-256 public key", Kind.INVALID
    next_step = "Send the uncompressed point of a P-256 key: 65 bytes, base64url without padding."


def parse(text: str, *, field: str = "public_key") -> bytes:
    """Return the 65 bytes of a device key from base64url, its only spelling.

    Raises:
        DeviceKeyMalformed: Not 65 bytes, or not an uncompressed point of the curve.
    """
    if _TEXT.fullmatch(text) is None:
        raise DeviceKeyMalformed("These are not 65 bytes in base64url.", field=field)
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    try:  # compressed points are shorter, and hybrid ones the library does not know
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise DeviceKeyMalformed("This is no uncompressed point of P-256.", field=field) from error
    return raw


def to_text(raw: bytes) -> str:
    """Return a device key as JSON carries it."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
