"""What shows somebody's place in a waiting room: signed, so that nobody writes one for himself.

`EPQ1.` + base64url(organizer 16 | Drop 16 | entry 16 | HMAC-SHA256 32), 107 characters after the
prefix, in one spelling only. The key of the tag is derived from the session key for this use alone:
HMAC-SHA256(session key, CONTEXT). The token opens nothing but the place, and is not logged.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

PREFIX: Final = "EPQ1."
CONTEXT: Final = b"passes-service queue token 1\x00"
_NAMED: Final = 48
_LENGTH: Final = 80
_SPELLED: Final = 107


@dataclass(frozen=True, slots=True)
class QueueToken:
    """What a genuine token says."""

    organizer_id: UUID
    drop_id: UUID
    entry_id: UUID


def mint(organizer_id: UUID, drop_id: UUID, entry_id: UUID, *, key: bytes) -> str:
    """Return the token of an entry; the same entry and session key give the same token."""
    named = organizer_id.bytes + drop_id.bytes + entry_id.bytes
    raw = named + _tag(named, key)
    return PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode()


def verify(text: str, *, keys: Sequence[bytes]) -> QueueToken | None:
    """Return what a token says if one of the session `keys` signed it, else None.

    Every key is tried and compared in constant time, so that time tells nothing of which matched.
    """
    raw = _decoded(text)
    if raw is None:
        return None
    named, tag = raw[:_NAMED], raw[_NAMED:]
    matches = [hmac.compare_digest(tag, _tag(named, key)) for key in keys]
    if not any(matches):
        return None
    return QueueToken(
        UUID(bytes=named[:16]), UUID(bytes=named[16:32]), UUID(bytes=named[32:_NAMED])
    )


def _tag(named: bytes, key: bytes) -> bytes:
    return hmac.digest(hmac.digest(key, CONTEXT, "sha256"), named, "sha256")


def _decoded(text: str) -> bytes | None:
    """Return the bytes behind a token in its one spelling, or None."""
    body = text.removeprefix(PREFIX)
    if body == text or len(body) != _SPELLED or not body.isascii():
        return None
    try:
        raw = urlsafe_b64decode(body + "=")
    except Base64Error:
        return None
    spelled = urlsafe_b64encode(raw).rstrip(b"=").decode()
    return raw if len(raw) == _LENGTH and spelled == body else None
