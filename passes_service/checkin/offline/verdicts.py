"""Was the pass good when a gate alone let it in? By what we know now of that moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from passes_service.checkin.outcome import ScanCode
from passes_service.core import qr_read
from passes_service.core.gate_log import LogEntry
from passes_service.core.qr import StaticCode
from passes_service.core.qr_bound import BoundCode
from passes_service.core.qr_form import CodeVerdict
from passes_service.core.qr_read import DoorCode, KnownPass
from passes_service.core.qr_step import TimeStepCode
from passes_service.db.models import Pass, PassEvent, ReservedPass

ENDED: Final = frozenset({"offered", "claiming", "refunded", "void", "surrendered"})
_ENDINGS: Final = frozenset({"refund", "refunded", "void", "surrender", "surrendered", "claiming"})
_REVIVALS: Final = frozenset({"issued", "claimed", "claim-released"})
_CODES: Final = {
    CodeVerdict.MALFORMED: ScanCode.MALFORMED,
    CodeVerdict.BAD_SIGNATURE: ScanCode.BAD_SIGNATURE,
    CodeVerdict.UNKNOWN: ScanCode.UNKNOWN,
    CodeVerdict.EXPIRED: ScanCode.EXPIRED,
    CodeVerdict.STALE: ScanCode.STALE,
}

DeviceOf = Callable[[int], bytes | None]
"""The device key of a pass in an epoch."""
SecretOf = Callable[[TimeStepCode], bytes | None]
"""The secret that a time-step code of a pass names."""


def against_the_code(
    entry: LogEntry,
    *,
    organizer_id: UUID,
    keys: Collection[bytes],
    device_of: DeviceOf,
    secret_of: SecretOf,
    at: datetime,
) -> tuple[ScanCode | None, DoorCode | None]:
    """Check the code that the gate says it saw, at the moment when it saw it.

    Returns what speaks against it, and what it says. A number that was typed has no code.
    """
    if entry.typed or not entry.scanned:
        return None, None

    def known(code: BoundCode | TimeStepCode) -> KnownPass:
        # In the epoch that it was made in: whether the pass still was, history tells.
        return KnownPass(
            epoch=code.epoch,
            device_key=device_of(code.epoch),
            step_secret=secret_of(code) if isinstance(code, TimeStepCode) else None,
        )

    check = qr_read.check(
        entry.scanned, public_keys=keys, organizer_id=organizer_id, find=known, now=at
    )
    if check.code is None:
        return ScanCode.MALFORMED, None
    if not check.ok:
        return _CODES[check.verdict], check.code
    if check.code.pass_id != entry.pass_id:
        return ScanCode.BAD_SIGNATURE, check.code  # a gate that books one pass for another's code
    if isinstance(check.code, StaticCode) and device_of(check.code.epoch) is not None:
        return ScanCode.STALE, check.code
    return None, check.code


def against_the_pass(
    row: Pass | ReservedPass, history: Sequence[PassEvent], *, epoch: int | None, at: datetime
) -> ScanCode | None:
    """Say why a pass did not open a door at a moment: it had ended, or was in another epoch.

    What happened to it later counts nothing. A number that returned begins in a higher epoch.
    """
    if _had_ended(row, history, at):
        return ScanCode.REVOKED
    if epoch is None:
        return None
    then = [one.epoch for one in history if one.created_at <= at]
    first = min((one.epoch for one in history), default=row.epoch)
    was = max(then, default=first)
    return ScanCode.STALE if epoch != was else None


def _had_ended(row: Pass | ReservedPass, history: Sequence[PassEvent], at: datetime) -> bool:
    """Tell whether a pass had ended, or was locked, at a moment: the last word until then counts.

    A token that was given up the day after had been claimed before, and was good in between.
    """
    told = sorted(
        (one for one in history if one.kind in _ENDINGS | _REVIVALS),
        key=lambda one: (one.created_at, one.id),
    )
    before = [one.kind for one in told if one.created_at <= at]
    if row.state in ENDED and not any(one.kind in _ENDINGS for one in told):
        # Nothing tells when: not after the last that is known of it.
        return max((one.created_at for one in history), default=at) <= at
    return bool(before) and before[-1] in _ENDINGS
