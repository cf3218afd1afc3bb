"""`passes verify` of a receipt: whether the service decided this at the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from passes_service.cli import output

if TYPE_CHECKING:
    from passes_service.core.receipt import ReceiptCheck

_MARK = '"statement"'


def is_receipt(text: str) -> bool:
    """Tell whether a file means to be a receipt: it has a statement, which a voucher has not."""
    return text.startswith("{") and _MARK in text


def check(text: str, keys: Sequence[bytes], owner: UUID | None) -> tuple[bool, str, ReceiptCheck]:
    """Return whether a receipt is good, a sentence, and what was read."""
    from passes_service.core import receipt

    checked = receipt.verify(text, public_keys=keys)
    stated = checked.stated
    if checked.ok and stated and owner is not None and stated["organizer"] != str(owner):
        return False, "It is genuine, but of another organizer.", checked
    return checked.ok, checked.sentence, checked


def facts(checked: ReceiptCheck) -> list[tuple[str, str]]:
    """Return what a receipt states, in the order in which people ask."""
    said = checked.stated or {}
    pairs = [
        ("decision", said["code"]),
        ("by rule", said["rule"]),
        ("decided", _time(said["decided_at"])),
        ("pass", said["pass"] or "none was identified"),
        ("epoch", _or_none(said["epoch"])),
        ("terms", said["terms_hash"] or "none"),
        ("entry", f"{said['number']} ({said['check_in']})" if said["check_in"] else "none"),
        ("session", said["session"]),
        ("gate", said["gate"]),
        ("scan", f"{said['scan']}, nonce {said['nonce']}"),
        ("via", said["via"]),
        ("bundle", _or_none(said["bundle"])),
        ("organizer", said["organizer"]),
    ]
    return [(name, str(value)) for name, value in pairs]


def caveat(checked: ReceiptCheck, keys: Sequence[bytes], *, valid: bool) -> None:
    """Say what a signature does not say."""
    from passes_service.core import qr

    if checked.key_id and checked.key_id not in {qr.key_id(key).hex() for key in keys}:
        output.say("\nIt was signed with another key than the one you gave.")
    if valid:
        output.say(
            "\nThis says what was decided at that moment. An admission may have been taken back"
            "\nsince, and logs of other gates may have arrived: the door report knows."
        )


def _or_none(value: int | None) -> str:
    return "none" if value is None else str(value)


def _time(milliseconds: int) -> str:
    try:
        at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return "after the year 9999"
    return f"{at:%d %b %Y %H:%M:%S}.{milliseconds % 1000:03d} UTC"
