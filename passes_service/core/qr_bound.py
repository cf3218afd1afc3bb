"""Door code of kind B: signed every 15 seconds by the device that the pass is bound to.

`EP1:` + base45 of 96 bytes, big-endian (docs/door-codes.md):

    kind 1 | key id 4 | organizer tag 7 | series 8 | serial 4 | epoch 4 | made at 4
    | ECDSA signature 64, r and s, P-256 with SHA-256, over CONTEXT || the 32 bytes before it

The device key never leaves the browser that made it; the gate knows its public half. P-256
signatures can be rewritten by anybody (n - s verifies as well as s), so a scan is the same as
another by `identity`, never by its bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from passes_service.core import p256, pass_id, qr_form
from passes_service.core.instants import to_seconds
from passes_service.core.qr_form import (
    CONTEXT,
    KIND_BOUND,
    MAX_UINT32,
    PREFIX,
    SENTENCES,
    SIGNATURE_LENGTH,
    CodeCheck,
    CodeMalformed,
    CodeVerdict,
    ScanIdentity,
)

NOT_OF_DEVICE = "This code is not genuine: the phone of this pass did not make it."
_BODY = struct.Struct(">B4s7sQIII")
BODY_LENGTH = _BODY.size
CODE_LENGTH = BODY_LENGTH + SIGNATURE_LENGTH
TEXT_LENGTH = len(PREFIX) + CODE_LENGTH // 2 * 3
DEVICE_KEY_LENGTH = 65
_ALGORITHM = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundCode:
    """What a bound code says; `made_at` in Unix seconds. Nothing of it is verified yet."""

    key_id: bytes
    organizer_tag: bytes
    series: int
    serial: int
    epoch: int
    made_at: int
    body: bytes
    signature: bytes

    @property
    def pass_id(self) -> int:
        """The number of the pass that this code stands for."""
        return pass_id.compose(self.series, self.serial)

    @property
    def identity(self) -> ScanIdentity:
        """By what a copy of this code is recognised, however its signature was rewritten."""
        return ScanIdentity(self.pass_id, self.epoch, self.made_at)


def device_key(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a device key as codes and gates know it: 65 bytes, the uncompressed point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sign_bound(
    *,
    pass_number: int,
    epoch: int,
    organizer_id: UUID,
    now: datetime,
    key: ec.EllipticCurvePrivateKey,
) -> str:
    """Return the text of a bound code made `now`, as the holder's device does it.

    Raises:
        CodeMalformed: The epoch or the instant does not fit.
        PassIdMalformed: The number is not a pass's.
    """
    parts, second = pass_id.split(pass_number), to_seconds(now)
    if not 0 <= epoch <= MAX_UINT32 or not 0 <= second <= MAX_UINT32:
        raise CodeMalformed("The epoch or the time does not fit into a code.")
    named, tag = qr_form.key_id(device_key(key.public_key())), qr_form.organizer_tag(organizer_id)
    body = _BODY.pack(KIND_BOUND, named, tag, parts.series, parts.serial, epoch, second)
    r, s = decode_dss_signature(key.sign(CONTEXT + body, _ALGORITHM))
    return qr_form.text_of(body + r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def read(text: str) -> BoundCode:
    """Return what a bound code says, without verifying it.

    Raises:
        CodeMalformed: The text is anything but a bound code; no other exception leaves here.
    """
    data = qr_form.bytes_of(text, TEXT_LENGTH)
    body, signature = data[:BODY_LENGTH], data[BODY_LENGTH:]
    kind, named, tag, series, serial, epoch, made_at = _BODY.unpack(body)
    if kind != KIND_BOUND:
        raise CodeMalformed("This code is of a kind that is not known here.")
    if series == 0 or serial == 0:
        raise CodeMalformed("The code names no pass.")
    return BoundCode(
        key_id=named,
        organizer_tag=tag,
        series=series,
        serial=serial,
        epoch=epoch,
        made_at=made_at,
        body=body,
        signature=signature,
    )


def verify(
    code: BoundCode, *, device_key: bytes | None, epoch: int, organizer_id: UUID, now: datetime
) -> CodeCheck[BoundCode]:
    """Check a code that was read against the key and the epoch that its pass has now.

    `device_key` is None for a pass that is bound to no device: then nothing can have made a code.
    """
    verdict = qr_form.judge_live(
        code,
        organizer_id=organizer_id,
        epoch=epoch,
        second=to_seconds(now),
        proven=lambda: device_key is not None and _signed_by(device_key, code),
    )
    bad = verdict is CodeVerdict.BAD_SIGNATURE
    return CodeCheck(verdict, NOT_OF_DEVICE if bad else SENTENCES[verdict], code)


def _signed_by(raw: bytes, code: BoundCode) -> bool:
    """Tell whether the device with this key signed the code, as r and s or as r and n - s."""
    if len(raw) != DEVICE_KEY_LENGTH or qr_form.key_id(raw) != code.key_id:
        return False
    return p256.verify(raw, code.signature, CONTEXT + code.body)
