"""Whatever was scanned: a door code of kind S, B or T, or nothing of ours (docs/door-codes.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from passes_service.core import qr, qr_bound, qr_form, qr_step
from passes_service.core.qr import StaticCode
from passes_service.core.qr_bound import BoundCode
from passes_service.core.qr_form import (
    SENTENCES,
    CodeCheck,
    CodeMalformed,
    CodeVerdict,
    ScanIdentity,
)
from passes_service.core.qr_step import TimeStepCode

DoorCode = StaticCode | BoundCode | TimeStepCode

UNKNOWN_NUMBER = "We have no pass with this number."


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPass:
    """What a gate knows of a pass when it checks a live code."""

    epoch: int
    device_key: bytes | None = None
    step_secret: bytes | None = None


Find = Callable[[BoundCode | TimeStepCode], KnownPass | None]


def read(text: str) -> DoorCode:
    """Return what a code of any kind says, without verifying it; its length tells its kind.

    Raises:
        CodeMalformed: The text is no door code; no other exception leaves here.
    """
    length = len(text) if isinstance(text, str) else 0
    if length == qr.TEXT_LENGTH:
        return qr.read(text)
    if length == qr_bound.TEXT_LENGTH:
        return qr_bound.read(text)
    if length == qr_step.TEXT_LENGTH:
        return qr_step.read(text)
    raise CodeMalformed("No pass code has this length.")


def check(
    text: str,
    *,
    public_keys: Collection[bytes],
    organizer_id: UUID,
    find: Find,
    now: datetime,
) -> CodeCheck[DoorCode]:
    """Read and verify in one step; whatever was scanned, this returns a verdict.

    `find` is asked for the pass of a live code that names this organizer, and returns None for one
    that does not exist. Nothing that the code says is verified at that moment.
    """
    try:
        code = read(text)
    except CodeMalformed:
        return CodeCheck(CodeVerdict.MALFORMED, SENTENCES[CodeVerdict.MALFORMED])
    if isinstance(code, StaticCode):
        return qr.verify(code, public_keys=public_keys, organizer_id=organizer_id, now=now)
    if code.organizer_tag != qr_form.organizer_tag(organizer_id):
        return CodeCheck(CodeVerdict.UNKNOWN, SENTENCES[CodeVerdict.UNKNOWN], code)
    known = find(code)
    if known is None:
        return CodeCheck(CodeVerdict.UNKNOWN, UNKNOWN_NUMBER, code)
    return verify_live(code, known, organizer_id=organizer_id, now=now)


def verify_live(
    code: BoundCode | TimeStepCode, known: KnownPass, *, organizer_id: UUID, now: datetime
) -> CodeCheck[DoorCode]:
    """Check a live code that was read against what is known of its pass."""
    if isinstance(code, BoundCode):
        return qr_bound.verify(
            code,
            device_key=known.device_key,
            epoch=known.epoch,
            organizer_id=organizer_id,
            now=now,
        )
    return qr_step.verify(
        code, secret=known.step_secret, epoch=known.epoch, organizer_id=organizer_id, now=now
    )


def scan_identity(code: DoorCode) -> ScanIdentity | None:
    """Return by what two scans of a live code are the same; None for a static one.

    A static code says the same all season, so showing it twice proves no copy.
    """
    return None if isinstance(code, StaticCode) else code.identity
