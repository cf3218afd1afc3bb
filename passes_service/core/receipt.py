"""The receipt of a decision at the door: what was decided and by which rule, signed by the service.

    {"statement": "<JSON text>", "key_id": "<8 hex digits>", "signature": "<base64url>"}

The signature is Ed25519 by a gate key over CONTEXT and the statement in UTF-8, as it stands: a
reader never has to write the JSON again (docs/receipts.md).
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from passes_service.core.errors import DomainError, Kind
from passes_service.core.qr_form import key_id

CONTEXT: Final = b"EventPass receipt 1\x00"
VERSION: Final = 1
MAX_LENGTH: Final = 4_096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MEMBERS: Final = {"statement", "key_id", "signature"}
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9_-]{86}")
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_TEXT: Final = frozenset({"organizer", "session", "gate", "scan", "nonce", "code", "rule", "via"})
_TEXT_OR_NULL: Final = frozenset({"pass", "terms_hash", "check_in"})
_WHOLE: Final = frozenset({"v", "decided_at"})
_WHOLE_OR_NULL: Final = frozenset({"epoch", "bundle", "number"})
_FIELDS: Final = _TEXT | _TEXT_OR_NULL | _WHOLE | _WHOLE_OR_NULL


class ReceiptMalformed(DomainError):
    """The text is not a receipt in its one form."""

    code, title, kind = "receipt-malformed", "Not a receipt", Kind.INVALID
    next_step = "Use the `receipt` of the answer to a scan as it came, whole and unchanged."


class ReceiptVerdict(StrEnum):
    """What checking a receipt can come to."""

    VALID = "valid"
    BAD_SIGNATURE = "bad-signature"
    MALFORMED = "malformed"


SENTENCES: Final = {
    ReceiptVerdict.VALID: "The service signed this decision.",
    ReceiptVerdict.BAD_SIGNATURE: "This receipt was changed, or somebody else signed it.",
    ReceiptVerdict.MALFORMED: "This is not a receipt of a scan, or it was cut or edited.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as a receipt states it.

    Attributes:
        epoch: Of the code that was shown; None if none was verified.
        rule: Path of the rule in the Terms, or `code`, `pass`, `capacity`, `force:` and a code.
        terms_hash: Of the Terms that the pass was sold under; None without a pass.
        via: `online`, `alone` or `hub`.
        bundle: Sequence of the bundle that decided; None online.
        check_in, number: The entry that was written or left, and its number.
    """

    organizer_id: UUID
    session_id: UUID
    gate_id: UUID
    scan_id: UUID
    nonce: str
    pass_id: int | None
    epoch: int | None
    code: str
    rule: str
    terms_hash: str | None
    decided_at: datetime
    via: str
    bundle: int | None
    check_in_id: UUID | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed statement: `key_id` in hex, `signature` in base64url without padding."""

    statement: str
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """The verdict on a receipt, a sentence for people, and what it states (if it was read)."""

    verdict: ReceiptVerdict
    sentence: str
    stated: dict[str, Any] | None = None
    key_id: str = ""

    @property
    def ok(self) -> bool:
        """Whether one of the given keys signed it."""
        return self.verdict is ReceiptVerdict.VALID


def statement(decided: Decided) -> str:
    """Return the text that is signed: the same decision gives the same text."""
    check_in = decided.check_in_id
    return _ENCODER.encode(
        {
            "v": VERSION,
            "organizer": str(decided.organizer_id),
            "session": str(decided.session_id),
            "gate": str(decided.gate_id),
            "scan": str(decided.scan_id),
            "nonce": decided.nonce,
            "pass": None if decided.pass_id is None else str(decided.pass_id),
            "epoch": decided.epoch,
            "code": decided.code,
            "rule": decided.rule,
            "terms_hash": decided.terms_hash,
            "decided_at": (decided.decided_at - _EPOCH) // _MILLISECOND,
            "via": decided.via,
            "bundle": decided.bundle,
            "check_in": None if check_in is None else str(check_in),
            "number": decided.number,
        }
    )


def sign(decided: Decided, *, key: Ed25519PrivateKey, public_key: bytes) -> Receipt:
    """Return the receipt of a decision; `public_key` is the key's own, 32 raw bytes."""
    text = statement(decided)
    signature = key.sign(CONTEXT + text.encode())
    encoded = urlsafe_b64encode(signature).rstrip(b"=").decode()
    return Receipt(text, key_id(public_key).hex(), encoded)


def verify(text: str, *, public_keys: Collection[bytes]) -> ReceiptCheck:
    """Check a receipt as JSON text against gate keys (32 raw bytes each); never raises on bad ones.

    A key that was rotated still speaks for its time: give the key that was in use at the decision.
    """
    try:
        receipt = read(text)
        stated = _stated(receipt.statement)
    except ReceiptMalformed as error:
        sentence = f"{SENTENCES[ReceiptVerdict.MALFORMED]} {error.detail}"
        return ReceiptCheck(ReceiptVerdict.MALFORMED, sentence)
    signature = urlsafe_b64decode(receipt.signature + "==")
    said = CONTEXT + receipt.statement.encode()
    keys = [one for one in public_keys if key_id(one).hex() == receipt.key_id]
    signed = any(_signed_by(one, signature, said) for one in keys)
    verdict = ReceiptVerdict.VALID if signed else ReceiptVerdict.BAD_SIGNATURE
    return ReceiptCheck(verdict, SENTENCES[verdict], stated, receipt.key_id)


def read(text: str) -> Receipt:
    """Return a receipt as it was written, without verifying it.

    Raises:
        ReceiptMalformed: It is anything but the three members in their one spelling.
    """
    document = _load(text, "The file is not JSON.")
    if set(document) != _MEMBERS or not all(type(one) is str for one in document.values()):
        raise ReceiptMalformed("A receipt has a statement, a key_id and a signature.")
    receipt = Receipt(**document)
    if _KEY_ID.fullmatch(receipt.key_id) is None:
        raise ReceiptMalformed("The key id is not eight hexadecimal digits.")
    if _SIGNATURE.fullmatch(receipt.signature) is None or receipt.signature[-1] not in "AQgw":
        raise ReceiptMalformed("The signature is not 64 bytes in base64url.")
    return receipt


def _stated(text: str) -> dict[str, Any]:
    stated = _load(text, "The statement is not JSON.")
    if set(stated) != _FIELDS or stated["v"] != VERSION:
        raise ReceiptMalformed("The statement does not have the members of this version.")
    for name, value in stated.items():
        if value is None and name in _TEXT_OR_NULL | _WHOLE_OR_NULL:
            continue
        if type(value) is not (str if name in _TEXT | _TEXT_OR_NULL else int):
            raise ReceiptMalformed(f"The member {name} of the statement is of another kind.")
    return stated


def _load(text: str, otherwise: str) -> dict[str, Any]:
    """Parse a JSON object without its traps: size, nesting, the same member twice."""
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        raise ReceiptMalformed(f"A receipt is a text of at most {MAX_LENGTH} characters.")
    try:
        text.encode()  # half a character could not have been signed
        found = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise ReceiptMalformed(otherwise) from error
    if not isinstance(found, dict):
        raise ReceiptMalformed(otherwise)
    return found


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ReceiptMalformed("A member is there twice.")
    return members


def _signed_by(public_key: bytes, signature: bytes, said: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, said)
    except InvalidSignature:
        return False
    return True
