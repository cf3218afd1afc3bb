"""From what was scanned or typed to the pass it stands for."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.checkin.outcome import ScanCode
from passes_service.core import pass_id as pass_numbers
from passes_service.core import qr
from passes_service.core.pass_id import PassIdMalformed
from passes_service.core.qr import CodeVerdict
from passes_service.db.models import Pass, Series, SeriesSession
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
}


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
) -> Shown:
    """Return what `text` stands for.

    With `lock` the pass is held until commit: no transfer, refund or second scan comes between.
    """
    if text.startswith(qr.PREFIX):
        return _scanned(session, organizer_id, text, public_keys, now, lock=lock)
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
    now: datetime,
    *,
    lock: bool,
) -> Shown:
    check = qr.check(text, public_keys=public_keys, organizer_id=organizer_id, now=now)
    refusal = None if check.ok else (_VERDICTS[check.verdict], check.sentence)
    genuine = check.ok or check.verdict is CodeVerdict.EXPIRED
    if check.code is None or not genuine:
        return Shown(refusal=refusal)
    held = _by_pass_id(session, organizer_id, check.code.pass_id, lock=lock)
    if held is None:
        return Shown(refusal=(ScanCode.UNKNOWN, "We have no pass with this number."))
    return Shown(held, refusal, check.code.epoch)


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
