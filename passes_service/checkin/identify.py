"""From what was scanned or typed to the pass it stands for. Nothing is read or written here."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from passes_service.checkin.asking import Ask
from passes_service.checkin.known import Known
from passes_service.checkin.outcome import NOT_LIVE, ON_PHONE, OUTDATED, ScanCode
from passes_service.core import pass_id as pass_numbers
from passes_service.core import qr, qr_bound, qr_read
from passes_service.core.pass_id import PassIdMalformed
from passes_service.core.qr import CodeVerdict, StaticCode
from passes_service.core.qr_bound import BoundCode
from passes_service.core.qr_read import DoorCode, KnownPass
from passes_service.core.qr_step import TimeStepCode
from passes_service.passes import proofs

# "137", "#137", "No 137", "137 of 500": as it is printed on the pass, or as people say it.
_SERIAL = re.compile(
    r"(?:#|no\.? ?)?([1-9][0-9]{0,9})(?: ?(?:of|/) ?[0-9]{1,10})?", re.ASCII | re.IGNORECASE
)
_LARGEST_COLUMN = 2**31 - 1
_PASS_ID = re.compile(r"[1-9][0-9]{20,31}", re.ASCII)
_VERDICTS = {
    CodeVerdict.MALFORMED: ScanCode.MALFORMED,
    CodeVerdict.BAD_SIGNATURE: ScanCode.BAD_SIGNATURE,
    CodeVerdict.UNKNOWN: ScanCode.UNKNOWN,
    CodeVerdict.EXPIRED: ScanCode.EXPIRED,
    CodeVerdict.STALE: ScanCode.STALE,
}
# A code that we or the device of the pass made, whatever became of it since: it names its pass.
_GENUINE = (CodeVerdict.VALID, CodeVerdict.EXPIRED, CodeVerdict.STALE)
_NO_NUMBER = "We have no pass with this number."
Refusal = tuple[ScanCode, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says by itself. With neither `pass_id` nor `serial` the refusal is the last word.

    Attributes:
        pass_id: The pass to look for, by its public number.
        serial: The number to look for among the Series that open the session.
        refusal: What already speaks against it.
        code: The code, if it was one. A live one is not verified yet.
        typed: The number was typed, not scanned.
    """

    pass_id: int | None = None
    serial: int | None = None
    refusal: Refusal | None = None
    code: DoorCode | None = None
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown: the pass, if one was found, and what already speaks against it.

    `epoch` is the one that the code was made in, `made_at` the moment of a live code; None when a
    number was typed or nobody could verify the code.
    """

    held: Known | None = None
    refusal: Refusal | None = None
    epoch: int | None = None
    made_at: int | None = None
    typed: bool = False


def read(
    text: str, *, organizer_id: UUID, public_keys: Collection[bytes], now: datetime
) -> Reading:
    """Return what a text says; the signature of a static code is checked here."""
    if text.startswith(qr.PREFIX):
        return _scanned(text, organizer_id, public_keys, now)
    typed = " ".join(text.split())
    if _PASS_ID.fullmatch(typed):
        try:
            return Reading(pass_id=pass_numbers.parse_decimal(typed), typed=True)
        except PassIdMalformed:
            return _malformed()
    match = _SERIAL.fullmatch(typed)
    if match is None:
        return _malformed()
    serial = int(match[1])
    if serial > _LARGEST_COLUMN:
        return Reading(refusal=(ScanCode.UNKNOWN, _no_such_serial(serial)), typed=True)
    return Reading(serial=serial, typed=True)


def read_ask(ask: Ask) -> Reading:
    """Return what the text of an ask says, see `read`."""
    return read(ask.text, organizer_id=ask.organizer_id, public_keys=ask.public_keys, now=ask.now)


def _scanned(
    text: str, organizer_id: UUID, public_keys: Collection[bytes], now: datetime
) -> Reading:
    live: list[BoundCode | TimeStepCode] = []
    check = qr_read.check(
        text,
        public_keys=public_keys,
        organizer_id=organizer_id,
        find=live.append,  # None for an answer: its pass is looked up later
        now=now,
    )
    if live:
        return Reading(pass_id=live[0].pass_id, code=live[0])
    refusal = None if check.ok else (_VERDICTS[check.verdict], check.sentence)
    if check.code is None or check.verdict not in _GENUINE:
        return Reading(refusal=refusal)
    return Reading(pass_id=check.code.pass_id, refusal=refusal, code=check.code)


def by_serial(reading: Reading, found: Sequence[int]) -> Reading:
    """Return what a number stands for, from the public numbers of the passes that have it."""
    assert reading.serial is not None  # noqa: S101 - it is what was looked for
    if len(found) == 1:
        return replace(reading, pass_id=found[0], serial=None)
    serial = reading.serial
    if found:
        sentence = f"There are several passes with number {serial} here. Please scan the code."
        return Reading(refusal=(ScanCode.MALFORMED, sentence), typed=True)
    return Reading(refusal=(ScanCode.UNKNOWN, _no_such_serial(serial)), typed=True)


def identify(ask: Ask, reading: Reading, known: Known | None) -> Shown:
    """Return what was shown, with what is known of the pass that it names."""
    if reading.pass_id is None:
        return Shown(refusal=reading.refusal, typed=reading.typed)
    if known is None:
        sentence = _NO_NUMBER if reading.typed else qr_read.UNKNOWN_NUMBER
        return Shown(refusal=(ScanCode.UNKNOWN, sentence), typed=reading.typed)
    code = reading.code
    if code is None:
        return Shown(known, typed=True)
    if isinstance(code, StaticCode):
        return _static(known, code, reading.refusal)
    return _live(ask, known, code)


def _static(known: Known, code: StaticCode, refusal: Refusal | None) -> Shown:
    epoch = known.row.epoch
    if refusal is None and code.epoch == epoch and epoch in known.devices:
        # We sign none while a device is bound; a race or a restored backup must not open one.
        refusal = (ScanCode.STALE, ON_PHONE)
    return Shown(known, refusal, code.epoch)


def _live(ask: Ask, known: Known, code: BoundCode | TimeStepCode) -> Shown:
    row = known.row
    if code.epoch != row.epoch:
        return _outdated(known, code, ask.now)
    secret = None
    if isinstance(code, TimeStepCode):
        secret = proofs.step_secret(row, ask.step_keys, named=code.key_id)
    present = KnownPass(
        epoch=row.epoch, device_key=known.devices.get(row.epoch), step_secret=secret
    )
    check = qr_read.verify_live(code, present, organizer_id=row.organizer_id, now=ask.now)
    if check.verdict not in _GENUINE:
        return Shown(refusal=(_VERDICTS[check.verdict], check.sentence))
    refusal = None if check.ok else (ScanCode.STALE, NOT_LIVE)
    return Shown(known, refusal, code.epoch, code.made_at)


def _outdated(known: Known, code: BoundCode | TimeStepCode, now: datetime) -> Shown:
    """Tell what a live code of another epoch stands for.

    Nobody verified this one: anybody can write down a number with some other epoch. Only if the
    device of that epoch made it, the host hears which pass it was for.
    """
    refusal = (ScanCode.STALE, OUTDATED)
    before = known.devices.get(code.epoch)
    if before is None or not isinstance(code, BoundCode):
        return Shown(refusal=refusal)
    checked = qr_bound.verify(
        code,
        device_key=before,
        epoch=code.epoch,
        organizer_id=known.row.organizer_id,
        now=now,
    )
    if checked.verdict is CodeVerdict.BAD_SIGNATURE:
        return Shown(refusal=refusal)
    return Shown(known, refusal, code.epoch, code.made_at)


def _malformed() -> Reading:
    sentence = qr.SENTENCES[CodeVerdict.MALFORMED]
    return Reading(refusal=(ScanCode.MALFORMED, sentence), typed=True)


def _no_such_serial(serial: int) -> str:
    return f"No pass with number {serial} opens this session."
