"""Door code of kind S: a static pass code that the issuer signed (docs/door-codes.md).

`EP1:` + base45 of 100 bytes, big-endian:

    kind 1 | key id 4 | organizer tag 7 | series 8 | serial 4 | epoch 4 | issued 4 | expires 4
    | Ed25519 signature 64 over CONTEXT || the 36 bytes before it

154 characters, which is all that a QR code of version 6 at level M holds. The kind byte is the
layout's version (high half) and the kind (low half). Kinds B and T are reserved in the document.
A code carries no name and no wallet, and says nothing to anybody but a gate.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from passes_service.core import base45, pass_id
from passes_service.core.errors import DomainError, Kind
from passes_service.core.instants import to_seconds

PREFIX = "EP1:"
KIND_STATIC = 0x11
KIND_BOUND = 0x12  # reserved, issue 6
KIND_TIME_STEP = 0x13  # reserved, issue 6
CONTEXT = b"EventPass door code 1\x00"
KEY_ID_LENGTH = 4
TAG_LENGTH = 7
SIGNATURE_LENGTH = 64
MAX_UINT32 = 2**32 - 1
_BODY = struct.Struct(">B4s7sQIIII")
BODY_LENGTH = _BODY.size
CODE_LENGTH = BODY_LENGTH + SIGNATURE_LENGTH
TEXT_LENGTH = len(PREFIX) + CODE_LENGTH // 2 * 3


class CodeMalformed(DomainError):
    """The text is not a door code in its one form."""

    code, title, kind = "door-code-malformed", "Not a pass code", Kind.INVALID
    next_step = "Scan the code again, or type the pass number."


class CodeVerdict(StrEnum):
    """What checking a code can come to; all but VALID are door decision codes."""

    VALID = "VALID"
    MALFORMED = "MALFORMED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN = "UNKNOWN"
    EXPIRED = "EXPIRED"


SENTENCES = {
    CodeVerdict.VALID: "This code is genuine.",
    CodeVerdict.MALFORMED: "This is not one of our pass codes. Please show the code of the pass.",
    CodeVerdict.BAD_SIGNATURE: "This code is not genuine: we did not sign it.",
    CodeVerdict.UNKNOWN: "This code is for somebody else's events, not for these.",
    CodeVerdict.EXPIRED: "This code has expired. Please open the pass page for a new one.",
}


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


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """The verdict on a code, with a sentence the host can say, and what was read."""

    verdict: CodeVerdict
    sentence: str
    code: StaticCode | None = None

    @property
    def ok(self) -> bool:
        """Whether the code is genuine and in its dates; the gate still decides on entry."""
        return self.verdict is CodeVerdict.VALID


def key_id(public_key: bytes) -> bytes:
    """Return the four bytes by which codes name a gate key: the start of its SHA-256."""
    return hashlib.sha256(public_key).digest()[:KEY_ID_LENGTH]


def organizer_tag(organizer_id: UUID) -> bytes:
    """Return the seven bytes by which codes name an organizer: the start of its id's SHA-256."""
    return hashlib.sha256(organizer_id.bytes).digest()[:TAG_LENGTH]


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
    return PREFIX + base45.encode(body + key.sign(CONTEXT + body))


def read(text: str) -> StaticCode:
    """Return what a static code says, without verifying it.

    Raises:
        CodeMalformed: The text is anything but a static code; no other exception leaves here.
    """
    if not isinstance(text, str) or len(text) != TEXT_LENGTH or not text.startswith(PREFIX):
        raise CodeMalformed(f"A pass code is EP1: and {TEXT_LENGTH - len(PREFIX)} characters.")
    try:
        data = base45.decode(text[len(PREFIX) :])
    except base45.Base45Error as error:
        raise CodeMalformed(str(error)) from error
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
) -> CodeCheck:
    """Check a code that was read against the gate keys (32 raw bytes each) and the organizer.

    The signature comes first: nothing else that a code says means anything without it. The code
    may still be of an old epoch, of a refunded pass or already used; that is the gate's decision.
    """
    verdict = _judge(code, public_keys, organizer_id, to_seconds(now))
    return CodeCheck(verdict, SENTENCES[verdict], code)


def check(
    text: str, *, public_keys: Collection[bytes], organizer_id: UUID, now: datetime
) -> CodeCheck:
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
