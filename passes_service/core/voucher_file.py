"""The voucher as a file: JSON that any Ethereum tool can check, read back strictly.

    {"format": "eventpass-voucher/1", "organizer": "<UUID>", "issuer": "<address>",
     "typedData": <argument of eth_signTypedData_v4>, "signature": "0x..."}

The typed data is in the file whole, so that a stranger needs nothing of ours; on reading, it must
be exactly what the fields and the organizer give, else the file is malformed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from passes_service.core import ethereum, pass_id, voucher
from passes_service.core.errors import DomainError
from passes_service.core.instants import to_seconds
from passes_service.core.voucher import PassVoucher, VoucherMalformed

FORMAT = "eventpass-voucher/1"
MAX_LENGTH = 16_384
_KEYS = {"format", "organizer", "issuer", "typedData", "signature"}
_UINT64 = re.compile(r"0|[1-9][0-9]{0,19}")
_HASH = re.compile(r"0x[0-9a-f]{64}")


class VoucherVerdict(StrEnum):
    """What checking a voucher can come to."""

    VALID = "valid"
    BAD_SIGNATURE = "bad-signature"
    EXPIRED = "expired"
    NOT_YET = "not-yet"
    MALFORMED = "malformed"


SENTENCES = {
    VoucherVerdict.VALID: "The issuer signed this voucher and it is within its dates.",
    VoucherVerdict.BAD_SIGNATURE: "This voucher was changed, or somebody else signed it.",
    VoucherVerdict.EXPIRED: "This voucher has expired; its holder can export a new one.",
    VoucherVerdict.NOT_YET: "This voucher is not valid yet; check the clock of this device.",
    VoucherVerdict.MALFORMED: "This is not a voucher file, or it was cut or edited.",
}


@dataclass(frozen=True, slots=True)
class VoucherFile:
    """A voucher file as read: not verified."""

    voucher: PassVoucher
    organizer_id: UUID
    issuer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class VoucherCheck:
    """The verdict on a voucher, a sentence for people, and what was read (if anything was)."""

    verdict: VoucherVerdict
    sentence: str
    file: VoucherFile | None = None

    @property
    def ok(self) -> bool:
        """Whether the voucher is valid now."""
        return self.verdict is VoucherVerdict.VALID


def to_file(
    signed: PassVoucher, *, organizer_id: UUID, issuer: str, signature: bytes
) -> dict[str, Any]:
    """Return the file of a signed voucher, ready for JSON."""
    return {
        "format": FORMAT,
        "organizer": str(organizer_id),
        "issuer": issuer,
        "typedData": voucher.typed_data(signed, organizer_id),
        "signature": "0x" + signature.hex(),
    }


def read_file(text: str) -> VoucherFile:
    """Return what a voucher file says, without verifying its signature.

    Raises:
        VoucherMalformed: The text is not a voucher file in its one form.
    """
    document = _load(text)
    if not isinstance(document, dict) or set(document) != _KEYS or document["format"] != FORMAT:
        raise VoucherMalformed("The file does not have the members of a voucher file.")
    try:
        organizer_id = _uuid(document["organizer"])
        issued = _message(document["typedData"])
        ethereum.address_bytes(document["issuer"])
        signature = ethereum.parse_signature(document["signature"])
    except VoucherMalformed:
        raise
    except DomainError as error:
        raise VoucherMalformed(error.detail) from error
    if document["typedData"] != voucher.typed_data(issued, organizer_id):
        raise VoucherMalformed("The typed data is not that of a voucher of this organizer.")
    return VoucherFile(issued, organizer_id, document["issuer"], signature)


def verify(text: str, *, issuer_addresses: Collection[str], now: datetime) -> VoucherCheck:
    """Check a voucher file against the issuer's known addresses; never raises on a bad file.

    The caller still has to compare `file.organizer_id` and the epoch where it knows them.
    """
    try:
        file = read_file(text)
    except VoucherMalformed as error:
        sentence = f"{SENTENCES[VoucherVerdict.MALFORMED]} {error.detail}"
        return VoucherCheck(VoucherVerdict.MALFORMED, sentence)
    verdict = _judge(file, issuer_addresses, to_seconds(now))
    return VoucherCheck(verdict, SENTENCES[verdict], file)


def _judge(file: VoucherFile, issuer_addresses: Collection[str], second: int) -> VoucherVerdict:
    """Decide on a voucher that was read; the signature first, or the dates mean nothing."""
    signed = voucher.digest(file.voucher, file.organizer_id)
    try:
        signer = voucher.recover(signed, file.signature)
    except ethereum.SignatureMalformed:
        return VoucherVerdict.BAD_SIGNATURE
    if signer != file.issuer or signer not in issuer_addresses:
        return VoucherVerdict.BAD_SIGNATURE
    if second < file.voucher.issued_at:
        return VoucherVerdict.NOT_YET
    if second >= file.voucher.expires_at:
        return VoucherVerdict.EXPIRED
    return VoucherVerdict.VALID


def _load(text: str) -> Any:
    """Parse JSON without its traps: size, nesting, the same member twice."""
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        raise VoucherMalformed(f"A voucher file is a text of at most {MAX_LENGTH} characters.")
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise VoucherMalformed("The file is not JSON.") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, refusing a member that is there twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise VoucherMalformed("A member of the file is there twice.")
    return members


def _uuid(text: Any) -> UUID:
    """Read a UUID in its usual form only."""
    try:
        found = UUID(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise VoucherMalformed("The organizer is not a UUID.") from error
    if str(found) != text:
        raise VoucherMalformed("The organizer must be a lower-case UUID with dashes.")
    return found


def _message(typed: Any) -> PassVoucher:
    """Read the voucher's fields out of the typed data."""
    message = typed.get("message") if isinstance(typed, dict) else None
    if not isinstance(message, dict):
        raise VoucherMalformed("The file has no typed data.")
    if set(message) != {name for name, _ in voucher.VOUCHER_FIELDS}:
        raise VoucherMalformed("The message does not have the six fields of a voucher.")
    return PassVoucher(
        pass_id=pass_id.parse_decimal(message["passId"]),
        holder=message["holder"],
        epoch=_uint64(message["epoch"], "epoch"),
        issued_at=_uint64(message["issuedAt"], "issuedAt"),
        expires_at=_uint64(message["expiresAt"], "expiresAt"),
        terms_hash=_hash(message["termsHash"]),
    )


def _uint64(text: Any, name: str) -> int:
    """Read an integer written as a plain decimal string; PassVoucher checks its range."""
    if not isinstance(text, str) or _UINT64.fullmatch(text) is None:
        raise VoucherMalformed(f"The field {name} must be a plain decimal string.", field=name)
    return int(text)


def _hash(text: Any) -> bytes:
    """Read 32 bytes written as 0x and lower-case hexadecimal digits."""
    if not isinstance(text, str) or _HASH.fullmatch(text) is None:
        raise VoucherMalformed("The Terms hash is 0x and 64 lower-case digits.", field="termsHash")
    return bytes.fromhex(text[2:])
