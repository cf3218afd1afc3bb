"""Door code of kind T: a wallet app computes its last digits anew every 15 seconds.

    EP1: | base45 of the head, 42 | Unix second, 10 digits | TOTP, 8 digits      64 characters

    head, 28 bytes, big-endian:
    kind 1 | key id 4 | organizer tag 7 | series 8 | serial 4 | epoch 4

TOTP is RFC 6238 with HMAC-SHA-1, the one algorithm that Google Wallet rotates barcodes with; the
app substitutes both runs of digits into a fixed pattern (`value_pattern`). The secret is derived
for one pass in one epoch, so a gate that holds one can make no code for another pass.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from passes_service.core import pass_id, qr_form
from passes_service.core.instants import to_seconds
from passes_service.core.qr_form import (
    CONTEXT,
    KEY_ID_LENGTH,
    KIND_TIME_STEP,
    MAX_UINT32,
    PREFIX,
    REFRESH,
    SENTENCES,
    CodeCheck,
    CodeMalformed,
    ScanIdentity,
)

_HEAD = struct.Struct(">B4s7sQII")
_SCOPE = struct.Struct(">B7sQII")
HEAD_LENGTH = _HEAD.size
HEAD_TEXT_LENGTH = len(PREFIX) + HEAD_LENGTH // 2 * 3
SECOND_DIGITS = 10
TOTP_DIGITS = 8
TEXT_LENGTH = HEAD_TEXT_LENGTH + SECOND_DIGITS + TOTP_DIGITS
SECRET_LENGTH = 20
_DIGITS = re.compile(r"([0-9]{10})([0-9]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStepCode:
    """What a time-step code says; `shown_at` in Unix seconds. Nothing of it is verified yet."""

    key_id: bytes
    organizer_tag: bytes
    series: int
    serial: int
    epoch: int
    shown_at: int
    totp: str

    @property
    def made_at(self) -> int:
        """When the step began: the digits prove the step, not the second within it."""
        return self.shown_at - self.shown_at % REFRESH

    @property
    def pass_id(self) -> int:
        """The number of the pass that this code stands for."""
        return pass_id.compose(self.series, self.serial)

    @property
    def identity(self) -> ScanIdentity:
        """By what a copy of this code is recognised, whichever second of its step it says."""
        return ScanIdentity(self.pass_id, self.epoch, self.made_at)


def pass_secret(issuer_secret: bytes, *, pass_number: int, epoch: int, organizer_id: UUID) -> bytes:
    """Return the 20 bytes that a pass's codes are computed with in one epoch.

    Raises:
        CodeMalformed: The epoch does not fit.
        PassIdMalformed: The number is not a pass's.
    """
    tag, parts = qr_form.organizer_tag(organizer_id), pass_id.split(pass_number)
    _require_epoch(epoch)
    scope = _SCOPE.pack(KIND_TIME_STEP, tag, parts.series, parts.serial, epoch)
    return hmac.digest(issuer_secret, CONTEXT + scope, "sha256")[:SECRET_LENGTH]


def secret_id(secret: bytes) -> bytes:
    """Return the four bytes by which a code names its secret."""
    said = CONTEXT + bytes([KIND_TIME_STEP]) + secret
    return hashlib.sha256(said).digest()[:KEY_ID_LENGTH]


def totp(secret: bytes, step: int) -> str:
    """Return the eight digits of a time step (RFC 6238 with HMAC-SHA-1, RFC 4226 section 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**TOTP_DIGITS:0{TOTP_DIGITS}d}"


def value_pattern(*, secret: bytes, pass_number: int, epoch: int, organizer_id: UUID) -> str:
    """Return what Google Wallet is given as `valuePattern`: the head, then two substitutions.

    Base45 has no braces, so the head is never taken for one.
    """
    head = _head_text(secret, pass_number, epoch, organizer_id)
    return head + "{totp_timestamp_seconds}{totp_value_0}"


def make_time_step(
    *, secret: bytes, pass_number: int, epoch: int, organizer_id: UUID, now: datetime
) -> str:
    """Return the text of a time-step code shown `now`, as the wallet app does it.

    Raises:
        CodeMalformed: The epoch or the instant does not fit.
        PassIdMalformed: The number is not a pass's.
    """
    second = to_seconds(now)
    if not 0 <= second <= MAX_UINT32:
        raise CodeMalformed("The time does not fit into a code.")
    head = _head_text(secret, pass_number, epoch, organizer_id)
    return f"{head}{second:0{SECOND_DIGITS}d}{totp(secret, second // REFRESH)}"


def read(text: str) -> TimeStepCode:
    """Return what a time-step code says, without verifying it.

    Raises:
        CodeMalformed: The text is anything but a time-step code; no other exception leaves here.
    """
    if not isinstance(text, str) or len(text) != TEXT_LENGTH:
        raise CodeMalformed(f"A time-step code has {TEXT_LENGTH} characters.")
    digits = _DIGITS.fullmatch(text[HEAD_TEXT_LENGTH:])
    if digits is None:
        raise CodeMalformed("A time-step code ends in eighteen digits.")
    head = qr_form.bytes_of(text[:HEAD_TEXT_LENGTH], HEAD_TEXT_LENGTH)
    kind, named, tag, series, serial, epoch = _HEAD.unpack(head)
    second = int(digits[1])
    if kind != KIND_TIME_STEP:
        raise CodeMalformed("This code is of a kind that is not known here.")
    if series == 0 or serial == 0 or second > MAX_UINT32:
        raise CodeMalformed("The code names no pass, or a time that does not exist here.")
    return TimeStepCode(
        key_id=named,
        organizer_tag=tag,
        series=series,
        serial=serial,
        epoch=epoch,
        shown_at=second,
        totp=digits[2],
    )


def verify(
    code: TimeStepCode, *, secret: bytes | None, epoch: int, organizer_id: UUID, now: datetime
) -> CodeCheck[TimeStepCode]:
    """Check a code that was read against the secret and the epoch that its pass has now.

    `secret` is None for a pass that is in no wallet app.
    """
    verdict = qr_form.judge_live(
        code,
        organizer_id=organizer_id,
        epoch=epoch,
        second=to_seconds(now),
        proven=lambda: secret is not None and _made_with(secret, code),
    )
    return CodeCheck(verdict, SENTENCES[verdict], code)


def _made_with(secret: bytes, code: TimeStepCode) -> bool:
    """Tell whether the digits are those of the step that the code says, in constant time."""
    named = hmac.compare_digest(secret_id(secret), code.key_id)
    return hmac.compare_digest(totp(secret, code.made_at // REFRESH), code.totp) and named


def _head_text(secret: bytes, pass_number: int, epoch: int, organizer_id: UUID) -> str:
    tag, parts = qr_form.organizer_tag(organizer_id), pass_id.split(pass_number)
    _require_epoch(epoch)
    named = secret_id(secret)
    head = _HEAD.pack(KIND_TIME_STEP, named, tag, parts.series, parts.serial, epoch)
    return qr_form.text_of(head)


def _require_epoch(epoch: int) -> None:
    if not 0 <= epoch <= MAX_UINT32:
        raise CodeMalformed("The epoch does not fit into a code.")
