"""Bytes in JSON: base64url without padding (RFC 4648 section 5), one spelling for each value."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error


def to_text(raw: bytes) -> str:
    """Return bytes as JSON carries them."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_text(text: str, length: int) -> bytes | None:
    """Return `length` bytes in their one spelling, or None if the text is anything else."""
    if len(text) != -(-length * 4 // 3) or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except Base64Error:
        return None
    return raw if len(raw) == length and to_text(raw) == text else None
