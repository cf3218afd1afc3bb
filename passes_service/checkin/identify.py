"""From what was scanned or typed to the pass it stands for."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.checkin.outcome import NOT_LIVE, ON_PHONE, OUTDATED, ScanCode
from passes_service.core import pass_id as pass_numbers
from passes_service.core import qr, qr_bound, qr_read
from passes_service.core.pass_id import PassIdMalformed
from passes_service.core.qr import CodeVerdict, StaticCode
from passes_service.core.qr_bound import BoundCode
from passes_service.core.qr_form import CodeCheck
from passes_service.core.qr_read import DoorCode, KnownPass
from passes_service.core.qr_step import TimeStepCode
from passes_service.db.models import Pass, Series, SeriesSession
from passes_service.passes import devices, proofs
from passes_service.passes.queries import Held

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


@dataclass(frozen=True)
class Shown:
    """What was shown: the pass, if one was found, and what already speaks against it.

    `epoch` is the one that the code was made in; None when a number was typed.
    """

    held: Held | None = None
    refusal: tuple[ScanCode, str] | None = None
    epoch: int | None = None
    typed: bool = False


def identify(
    session: Session,
    *,
    organizer_id: UUID,
    session_id: UUID,
    text: str,
    public_keys: Collection[bytes],
    now: datetime,
    lock: bool,
    step_keys: Collection[bytes] = (),
) -> Shown:
    """Return what `text` stands for.

    With `lock` the pass is held until commit: no transfer, refund or second scan comes between.
    """
    if text.startswith(qr.PREFIX):
        return _scanned(session, organizer_id, text, public_keys, step_keys, now, lock=lock)
    typed = " ".join(text.split())
    if _PASS_ID.fullmatch(typed):
        try:
            number = pass_numbers.parse_decimal(typed)
        except PassIdMalformed:
            return _malformed()
        held = _by_pass_id(session, organizer_id, number, lock=lock)
        return _unknown("We have no pass with this number.") if held is None else _typed(held)
    match = _SERIAL.fullmatch(typed)
    if match is None:
        return _malformed()
    return _by_serial(session, organizer_id, session_id, int(match[1]), lock=lock)


def _scanned(
    session: Session,
    organizer_id: UUID,
    text: str,
    public_keys: Collection[bytes],
    step_keys: Collection[bytes],
    now: datetime,
    *,
    lock: bool,
) -> Shown:
    found: list[Held] = []

    def known(code: BoundCode | TimeStepCode) -> KnownPass | None:
        held = _by_pass_id(session, organizer_id, code.pass_id, lock=lock)
        if held is None:
            return None
        found.append(held)
        if isinstance(code, TimeStepCode):
            secret = proofs.step_secret(held.row, step_keys, named=code.key_id)
            return KnownPass(epoch=held.row.epoch, step_secret=secret)
        device = devices.of_pass(session, held.row)
        return KnownPass(epoch=held.row.epoch, device_key=device.public_key if device else None)

    check = qr_read.check(
        text, public_keys=public_keys, organizer_id=organizer_id, find=known, now=now
    )
    refusal = None if check.ok else (_VERDICTS[check.verdict], check.sentence)
    if check.code is None or check.verdict not in _GENUINE:
        return Shown(refusal=refusal)
    if isinstance(check.code, StaticCode):
        return _static(session, organizer_id, check.code, refusal, lock=lock)
    return _live(session, found[0], check, now)


def _static(
    session: Session,
    organizer_id: UUID,
    code: StaticCode,
    refusal: tuple[ScanCode, str] | None,
    *,
    lock: bool,
) -> Shown:
    held = _by_pass_id(session, organizer_id, code.pass_id, lock=lock)
    if held is None:
        return Shown(refusal=(ScanCode.UNKNOWN, qr_read.UNKNOWN_NUMBER))
    if refusal is None and code.epoch == held.row.epoch and devices.of_pass(session, held.row):
        # We sign none while a device is bound; a race or a restored backup must not open one.
        refusal = (ScanCode.STALE, ON_PHONE)
    return Shown(held, refusal, code.epoch)


def _live(session: Session, held: Held, check: CodeCheck[DoorCode], now: datetime) -> Shown:
    code = check.code
    assert code is not None  # noqa: S101 - a verdict about a pass is about a code that was read
    if code.epoch == held.row.epoch:
        return Shown(held, None if check.ok else (ScanCode.STALE, NOT_LIVE), code.epoch)
    # Nobody verified this one: anybody can write down a number with some other epoch. Only if the
    # device of that epoch made it, the host hears which pass it was for.
    before = devices.in_epoch(session, held.row, code.epoch)
    if before is None or not isinstance(code, BoundCode):
        return Shown(refusal=(ScanCode.STALE, OUTDATED))
    checked = qr_bound.verify(
        code,
        device_key=before.public_key,
        epoch=before.epoch,
        organizer_id=held.row.organizer_id,
        now=now,
    )
    if checked.verdict is CodeVerdict.BAD_SIGNATURE:
        return Shown(refusal=(ScanCode.STALE, OUTDATED))
    return Shown(held, (ScanCode.STALE, OUTDATED), code.epoch)


def _malformed() -> Shown:
    sentence = qr.SENTENCES[CodeVerdict.MALFORMED]
    return Shown(refusal=(ScanCode.MALFORMED, sentence), typed=True)


def _unknown(sentence: str) -> Shown:
    return Shown(refusal=(ScanCode.UNKNOWN, sentence), typed=True)


def _typed(held: Held) -> Shown:
    return Shown(held, typed=True)


def _by_pass_id(session: Session, organizer_id: UUID, pass_id: int, *, lock: bool) -> Held | None:
    statement = select(Pass).where(Pass.organizer_id == organizer_id, Pass.pass_id == pass_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    row = session.exec(statement, execution_options={"populate_existing": True}).first()
    return None if row is None else _held(session, row)


def _by_serial(
    session: Session, organizer_id: UUID, session_id: UUID, serial: int, *, lock: bool
) -> Shown:
    """Find the pass with this number among the Series that open the session."""
    among = (
        select(Pass.pass_id)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            SeriesSession.organizer_id == organizer_id,
            SeriesSession.session_id == session_id,
            Pass.serial == serial,
        )
        .limit(2)
    )
    found = session.exec(among).all() if serial <= _LARGEST_COLUMN else []
    if len(found) > 1:
        sentence = f"There are several passes with number {serial} here. Please scan the code."
        return Shown(refusal=(ScanCode.MALFORMED, sentence), typed=True)
    held = _by_pass_id(session, organizer_id, found[0], lock=lock) if found else None
    if held is None:
        return _unknown(f"No pass with number {serial} opens this session.")
    return _typed(held)


def _held(session: Session, row: Pass) -> Held | None:
    series = session.get(Series, (row.organizer_id, row.series_id))
    return None if series is None else Held(row, series)
