"""Door code of kind S: a static pass code that the issuer signed (docs/door-codes.md).

`EP1:` + base45 of 100 bytes, big-endian:

    kind 1 | key id 4 | organizer tag 7 | series 8 | serial 4 | epoch 4 | issued 4 | expires 4
    | Ed25519 signature 64 over CONTEXT || the 36 bytes before it

154 characters, which is all that a QR code of version 6 at level M holds. The kind byte is the
layout's version (high half) and the kind (low half). Kinds B and T are in qr_bound and qr_step,
qr_read takes whatever was scanned. A code carries no name and no wallet, and says nothing to
anybody but a gate.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from passes_service.core import pass_id, qr_form
from passes_service.core.instants import to_seconds
from passes_service.core.qr_form import (
    CONTEXT,
    KIND_STATIC,
    MAX_UINT32,
    PREFIX,
    SENTENCES,
    SIGNATURE_LENGTH,
    CodeCheck,
    CodeMalformed,
    CodeVerdict,
    key_id,
    organizer_tag,
)

__all__ = [
    "CONTEXT",
    "PREFIX",
    "SENTENCES",
    "CodeCheck",
    "CodeMalformed",
    "CodeVerdict",
    "StaticCode",
    "check",
    "key_id",
    "organizer_tag",
    "read",
    "sign_static",
    "verify",
]

_BODY = struct.Struct(">B4s7sQIIII")
BODY_LENGTH = _BODY.size
CODE_LENGTH = BODY_LENGTH + SIGNATURE_LENGTH
TEXT_LENGTH = len(PREFIX) + CODE_LENGTH // 2 * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticCode:
    """What a static code says; times are Unix seconds. Nothing of it is verified yet."""

    key_id: bytes
    organizer_tag: bytes
    series: int
    serial: int
    epoch: int
    issued_at: int
    expires_at: int
    body: bytes
    signature: bytes

    @property
    def pass_id(self) -> int:
        """The number of the pass that this code stands for."""
        return pass_id.compose(self.series, self.serial)


def sign_static(
    *,
    pass_number: int,
    epoch: int,
    organizer_id: UUID,
    issued_at: datetime,
    expires_at: datetime,
    key: Ed25519PrivateKey,
) -> str:
    """Return the text of a static code for a pass in its present epoch.

    Raises:
        CodeMalformed: The epoch or an instant does not fit, or it would expire before its issue.
        PassIdMalformed: The number is not a pass's.
    """
    parts = pass_id.split(pass_number)
    issued, expires = to_seconds(issued_at), to_seconds(expires_at)
    if not 0 <= epoch <= MAX_UINT32 or not 0 <= issued < expires <= MAX_UINT32:
        raise CodeMalformed("The epoch or the dates do not fit into a code.")
    named, tag = key_id(key.public_key().public_bytes_raw()), organizer_tag(organizer_id)
    body = _BODY.pack(KIND_STATIC, named, tag, parts.series, parts.serial, epoch, issued, expires)
    return qr_form.text_of(body + key.sign(CONTEXT + body))


def read(text: str) -> StaticCode:
    """Return what a static code says, without verifying it.

    Raises:
        CodeMalformed: The text is anything but a static code; no other exception leaves here.
    """
    data = qr_form.bytes_of(text, TEXT_LENGTH)
    body, signature = data[:BODY_LENGTH], data[BODY_LENGTH:]
    kind, named, tag, series, serial, epoch, issued, expires = _BODY.unpack(body)
    if kind != KIND_STATIC:
        raise CodeMalformed("This code is of a kind that is not known here.")
    if series == 0 or serial == 0 or issued >= expires:
        raise CodeMalformed("The code names no pass, or expires before its issue.")
    return StaticCode(
        key_id=named,
        organizer_tag=tag,
        series=series,
        serial=serial,
        epoch=epoch,
        issued_at=issued,
        expires_at=expires,
        body=body,
        signature=signature,
    )


def verify(
    code: StaticCode, *, public_keys: Collection[bytes], organizer_id: UUID, now: datetime
) -> CodeCheck[StaticCode]:
    """Check a code that was read against the gate keys (32 raw bytes each) and the organizer.

    The signature comes first: nothing else that a code says means anything without it. The code
    may still be of an old epoch, of a refunded pass or already used; that is the gate's decision.
    """
    verdict = _judge(code, public_keys, organizer_id, to_seconds(now))
    return CodeCheck(verdict, SENTENCES[verdict], code)


def check(
    text: str, *, public_keys: Collection[bytes], organizer_id: UUID, now: datetime
) -> CodeCheck[StaticCode]:
    """Read and verify in one step; whatever was scanned, this returns a verdict."""
    try:
        code = read(text)
    except CodeMalformed:
        return CodeCheck(CodeVerdict.MALFORMED, SENTENCES[CodeVerdict.MALFORMED])
    return verify(code, public_keys=public_keys, organizer_id=organizer_id, now=now)


def _judge(
    code: StaticCode, public_keys: Collection[bytes], organizer_id: UUID, second: int
) -> CodeVerdict:
    """Decide on a code that was read."""
    candidates = (key for key in public_keys if key_id(key) == code.key_id)
    if not any(_signed_by(key, code) for key in candidates):
        return CodeVerdict.BAD_SIGNATURE
    if code.organizer_tag != organizer_tag(organizer_id):
        return CodeVerdict.UNKNOWN
    if second >= code.expires_at:
        return CodeVerdict.EXPIRED
    return CodeVerdict.VALID


def _signed_by(public_key: bytes, code: StaticCode) -> bool:
    """Tell whether this key signed the code; RFC 8032's check refuses a malleated S."""
    try:
        _public_key(public_key).verify(code.signature, CONTEXT + code.body)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)
def _public_key(raw: bytes) -> Ed25519PublicKey:
    """Return the key object of 32 raw bytes; a gate has a handful and uses them all evening."""
    return Ed25519PublicKey.from_public_bytes(raw)
