"""The log of a gate that decided alone: entries as signed text, each naming the one before.

Layout and meaning: docs/offline-gate.md, section Log.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, cast
from uuid import UUID

from passes_service.core import p256, pass_id
from passes_service.core.errors import DomainError, Kind
from passes_service.core.pass_id import PassIdMalformed

CONTEXT: Final = b"EventPass gate entry 1\x00"
LONGEST_ENTRY: Final = 4000
LONGEST_CODE: Final = 400
NO_ENTRY: Final = bytes(32)
"""What the first entry of a log names as the one before."""
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_MOST_MS = 253_402_300_799_000  # the last second of the year 9999
_LARGEST = 2**31 - 1

EntryKind = Literal["enter", "exit", "annul", "sale"]


class GateEntryMalformed(DomainError):
    """The text is no entry of a gate's log."""

    code, title, kind = "gate-entry-malformed", "Not an entry of a gate's log", Kind.INVALID
    next_step = "Send each entry exactly as the gate signed it: docs/offline-gate.md."


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry as a gate wrote it. Instants are the gate's own, in milliseconds.

    Attributes:
        offset: Milliseconds to add for the service's clock; None if the gate never saw it.
        paid_minor: What was paid in cash, in minor units of `currency`; 0 outside sales.
    """

    text: str
    gate: UUID
    sequence: int
    previous: bytes
    session: UUID
    kind: EntryKind
    nonce: str
    at: int
    offset: int | None
    pass_id: int | None
    epoch: int | None
    scanned: str
    typed: bool
    code: str
    rule: str
    forced: str
    via: str
    bundle: int | None
    of: str
    paid_minor: int
    currency: str
    name: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the text, by which the next entry names this one."""
        return hashlib.sha256(self.text.encode()).digest()

    def corrected(self, received_at: datetime) -> datetime:
        """Return when it happened by the service's clock, and never after it arrived."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            milliseconds=min(max(self.at + (self.offset or 0), 0), _MOST_MS)
        )
        return min(moment, received_at)


def read(text: str) -> LogEntry:
    """Return what an entry says, without verifying it.

    Raises:
        GateEntryMalformed: Anything but an entry; no other exception leaves here.
    """
    try:
        if len(text) > LONGEST_ENTRY or len(text.encode()) > LONGEST_ENTRY:
            raise GateEntryMalformed("The entry is too long.")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON
        raise GateEntryMalformed("The entry is no JSON object.") from error
    if not isinstance(found, dict) or found.get("v") != 1:
        raise GateEntryMalformed("The entry has no version 1.")
    return _entry(text, found)


def verify(text: str, signature: str, *, public_key: bytes) -> bool:
    """Tell whether the gate with this key signed the text."""
    if _SIGNATURE.fullmatch(signature) is None:
        return False
    try:
        signed = CONTEXT + text.encode()
    except UnicodeEncodeError:
        return False
    return p256.verify(public_key, signature_bytes(signature), signed)


def signature_bytes(signature: str) -> bytes:
    """Return the 64 bytes of a signature that was verified: r, then s."""
    return urlsafe_b64decode(signature + "==")


def _entry(text: str, found: dict[str, Any]) -> LogEntry:
    kind = _text(found, "kind", 8)
    if kind not in ("enter", "exit", "annul", "sale"):
        raise GateEntryMalformed("The entry is of no known kind.", field="kind")
    via = _text(found, "via", 8)
    if via not in ("alone", "hub"):
        raise GateEntryMalformed("A gate decides alone or at a hub.", field="via")
    return LogEntry(
        text=text,
        gate=_uuid(found, "gate"),
        sequence=_number(found, "sequence", least=1),
        previous=bytes.fromhex(_matching(found, "previous", _DIGEST)),
        session=_uuid(found, "session"),
        kind=cast("EntryKind", kind),
        nonce=_matching(found, "nonce", _NONCE),
        at=_number(found, "at", most=_MOST_MS),
        offset=_number_or_none(found, "offset", least=-_MOST_MS, most=_MOST_MS),
        pass_id=_pass(found),
        epoch=_number_or_none(found, "epoch"),
        scanned=_text(found, "text", LONGEST_CODE),
        typed=_flag(found, "typed"),
        code=_text(found, "code", 24),
        rule=_text(found, "rule", 80),
        forced=_text(found, "forced", 200),
        via=via,
        bundle=_number_or_none(found, "bundle"),
        of=_matching(found, "of", _NONCE) if kind == "annul" else "",
        paid_minor=_number(found, "paid_minor", most=2**53) if kind == "sale" else 0,
        currency=_text(found, "currency", 4) if kind == "sale" else "",
        name=_text(found, "name", 120) if kind == "sale" else "",
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field twice")
    return found


def _no_constant(_: str) -> None:
    raise ValueError("not a number of JSON")


def _text(found: dict[str, Any], field: str, longest: int) -> str:
    value = found.get(field, "")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise GateEntryMalformed(f"“{field}” is no text of at most {longest}.", field=field)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise GateEntryMalformed(f"“{field}” is not Unicode.", field=field) from error
    return value


def _matching(found: dict[str, Any], field: str, pattern: re.Pattern[str]) -> str:
    value = found.get(field)
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise GateEntryMalformed(f"“{field}” is not in its form.", field=field)
    return value


def _number(found: dict[str, Any], field: str, *, least: int = 0, most: int = _LARGEST) -> int:
    value = found.get(field)
    if type(value) is not int or not least <= value <= most:
        raise GateEntryMalformed(f"“{field}” is no whole number in its range.", field=field)
    return value


def _number_or_none(
    found: dict[str, Any], field: str, *, least: int = 0, most: int = _LARGEST
) -> int | None:
    return None if found.get(field) is None else _number(found, field, least=least, most=most)


def _flag(found: dict[str, Any], field: str) -> bool:
    value = found.get(field, False)
    if not isinstance(value, bool):
        raise GateEntryMalformed(f"“{field}” is neither true nor false.", field=field)
    return value


def _uuid(found: dict[str, Any], field: str) -> UUID:
    value = found.get(field)
    try:
        if isinstance(value, str) and str(UUID(value)) == value:
            return UUID(value)
    except ValueError:
        pass
    raise GateEntryMalformed(f"“{field}” is no id.", field=field)


def _pass(found: dict[str, Any]) -> int | None:
    value = found.get("pass")
    if value is None:
        return None
    try:
        return pass_id.parse_decimal(value if isinstance(value, str) else "")
    except PassIdMalformed as error:
        raise GateEntryMalformed("“pass” is no pass number.", field="pass") from error
