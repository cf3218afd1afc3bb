"""Secrets in links and headers. Each names its organizer, so that every look-up leads with it.

Opaque token: [prefix] base64url(organizer 16 | secret 32), 64 characters after the prefix. Stored
    is only its digest; finding it is one indexed read on (organizer, digest).
Derived token: [prefix] base64url(organizer 16 | link 16 | HMAC-SHA256 32), 86 characters. Nothing
    of it is stored: the row of the link says whether it may still be used.

Both have one spelling only. Neither is ever logged.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

API_KEY_PREFIX = "ps_key_"
SECRET_LENGTH = 32
_ID_LENGTH = 16
_OPAQUE_LENGTH = _ID_LENGTH + SECRET_LENGTH
_DERIVED_LENGTH = 2 * _ID_LENGTH + 32
_CONTEXT = b"passes-service derived token 1\x00"


@dataclass(frozen=True, slots=True)
class OpaqueToken:
    """What an opaque token says: whose it is, and the digest under which it is stored."""

    organizer_id: UUID
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DerivedToken:
    """What a genuine derived token says."""

    organizer_id: UUID
    link_id: UUID


def mint(organizer_id: UUID, *, random: bytes, prefix: str = "") -> str:
    """Return a new opaque token around 32 random bytes; show it once and store its digest.

    Raises:
        ValueError: `random` does not have 32 bytes.
    """
    if len(random) != SECRET_LENGTH:
        raise ValueError("An opaque token needs 32 random bytes.")
    return prefix + _encode(organizer_id.bytes + random)


def parse(text: str, *, prefix: str = "") -> OpaqueToken | None:
    """Return what an opaque token says, or None if it is not spelled as `mint` spells it."""
    raw = _decode(text, prefix, _OPAQUE_LENGTH)
    if raw is None:
        return None
    return OpaqueToken(UUID(bytes=raw[:_ID_LENGTH]), hashlib.sha256(raw).digest())


def digest(text: str, *, prefix: str = "") -> bytes:
    """Return the digest to store for a token that was just minted.

    Raises:
        ValueError: The text is not an opaque token.
    """
    token = parse(text, prefix=prefix)
    if token is None:
        raise ValueError("This is not an opaque token.")
    return token.digest


def derive(organizer_id: UUID, link_id: UUID, *, key: bytes, purpose: str, prefix: str = "") -> str:
    """Return the token of a link; the same link, key and purpose give the same token.

    `purpose` separates kinds of links ("staff-login", "holder-login"): one never opens another.
    """
    named = organizer_id.bytes + link_id.bytes
    return prefix + _encode(named + _mac(named, key, purpose))


def verify_derived(
    text: str, *, keys: Sequence[bytes], purpose: str, prefix: str = ""
) -> DerivedToken | None:
    """Return what a derived token says if one of `keys` made it for `purpose`, else None.

    Every key is tried and compared in constant time, so that time tells nothing of which matched.
    """
    raw = _decode(text, prefix, _DERIVED_LENGTH)
    if raw is None:
        return None
    named, mac = raw[: 2 * _ID_LENGTH], raw[2 * _ID_LENGTH :]
    matches = [hmac.compare_digest(mac, _mac(named, key, purpose)) for key in keys]
    if not any(matches):
        return None
    return DerivedToken(UUID(bytes=named[:_ID_LENGTH]), UUID(bytes=named[_ID_LENGTH:]))


def _mac(named: bytes, key: bytes, purpose: str) -> bytes:
    """Return the tag of a link; the purpose ends in a zero byte, so no two inputs run together."""
    return hmac.digest(key, _CONTEXT + purpose.encode() + b"\x00" + named, "sha256")


def _encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str, prefix: str, length: int) -> bytes | None:
    """Return the bytes behind a token in its one spelling, or None."""
    if not isinstance(text, str) or not text.startswith(prefix) or not text.isascii():
        return None
    body = text[len(prefix) :]
    if len(body) != -(-length * 4 // 3):
        return None
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except Base64Error:
        return None
    return raw if len(raw) == length and _encode(raw) == body else None
