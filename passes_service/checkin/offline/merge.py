"""From a gate's log to scans and admissions: what happened is kept, whatever we think of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from passes_service.checkin.judge import scope_of
from passes_service.checkin.offline import placing
from passes_service.checkin.offline.ground import LARGEST_COLUMN, Ground
from passes_service.checkin.offline.placing import Group
from passes_service.checkin.offline.verdicts import against_the_code, against_the_pass
from passes_service.checkin.outcome import GOOD, ScanCode
from passes_service.core.gate_log import LogEntry
from passes_service.core.qr_read import DoorCode, scan_identity
from passes_service.core.qr_step import TimeStepCode
from passes_service.core.rules.terms import Terms
from passes_service.db import bulk
from passes_service.db.models import CalendarSession, CheckIn, Pass, ReservedPass, Scan, new_id

SENTENCES: Final = {
    ScanCode.ADMIT_PROVISIONAL: "Let in by the gate alone, without a network.",
    ScanCode.EXIT: "Went out; noted by the gate without a network.",
}
_REFUSED = "Refused by the gate alone, without a network."


@dataclass(frozen=True, kw_only=True)
class Source:
    """Whose entries these are and what they are checked with.

    Attributes:
        keys: Issuer keys whose static codes were good when the entries were made.
        secret_of: The secret that a time-step code of a pass was made with.
    """

    gate_id: UUID
    keys: Collection[bytes]
    secret_of: Callable[[Pass, TimeStepCode], bytes | None]
    now: datetime


@dataclass
class Batch:
    """What the entries come to, before it is stored."""

    scans: list[Scan] = field(default_factory=list)
    check_ins: dict[UUID, CheckIn] = field(default_factory=dict)
    groups: dict[tuple[UUID, str], Group] = field(default_factory=dict)
    of_entry: dict[int, Scan] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)


def absorb(
    session: Session, ground: Ground, source: Source, entries: Sequence[LogEntry]
) -> tuple[dict[int, Scan], dict[UUID, CheckIn]]:
    """Write entries and exits; return the scan of each entry by its sequence, and the admissions.

    The passes are held; the entries are of sessions that the gate serves.
    """
    batch = Batch(nonces=set(ground.scans))
    for entry in entries:
        if entry.kind == "enter":
            _enter(batch, ground, source, entry)
        elif entry.kind == "exit":
            _leave(batch, ground, source, entry)
    known = placing.settle(session, list(batch.groups.values()), now=source.now)
    for scan in batch.scans:
        row = known.get(scan.check_in_id) if scan.check_in_id else None
        if row is not None:
            scan.first_check_in_id = row.conflict_of
    bulk.insert_rows(session, Scan, [scan.model_dump() for scan in batch.scans])
    return batch.of_entry, known


def _enter(batch: Batch, ground: Ground, source: Source, entry: LogEntry) -> None:
    let_in = entry.code == ScanCode.ADMIT_PROVISIONAL or bool(entry.forced)
    answered = ground.answered(entry.nonce)
    if answered is not None and (answered.code in GOOD or not let_in):
        batch.of_entry[entry.sequence] = answered  # the answer was lost, the scan is the same
        return
    at = ground.sessions[entry.session]
    moment = entry.corrected(source.now)
    held = ground.passes.get(entry.pass_id or 0)
    waiting = ground.reserved.get(entry.pass_id or 0)
    objection, code = _objection(ground, source, entry, held or waiting, moment)
    terms = ground.terms[held.series_id] if held else None
    scan = _scan(entry, source, held, code, at, terms, moment)
    if answered is not None:  # refused online, and let in before that answer came
        objection = ScanCode(answered.code)
    if not let_in:
        scan.code = _known_code(entry.code)
    elif held is None or terms is None:
        scan.reserved_id = waiting.id if waiting else None
        if objection or not waiting:
            scan.conflict_code = (objection or ScanCode.UNKNOWN).value
    else:
        row = _check_in(entry, source, held, scan, objection, moment)
        _group(batch, held, scan.scope, terms).fresh.append(row)
        scan.check_in_id = row.id
    _keep(batch, entry, scan)


def _keep(batch: Batch, entry: LogEntry, scan: Scan) -> None:
    """Take a scan up; one whose nonce was used before, here or online, under another name."""
    if scan.nonce in batch.nonces:  # no client can send this one
        scan.nonce = f"log:{entry.sequence}{_renamed(entry.nonce)}"
    batch.nonces.add(entry.nonce)
    batch.scans.append(scan)
    batch.of_entry[entry.sequence] = scan


def is_under(nonce: str) -> ColumnElement[bool]:
    """Return the condition that a scan of a log was made under a nonce."""
    renamed = col(Scan.nonce).startswith("log:") & col(Scan.nonce).endswith(
        _renamed(nonce), autoescape=True
    )
    return (col(Scan.nonce) == nonce) | renamed


def _renamed(nonce: str) -> str:
    return f":{nonce[:49]}"  # with ten digits of a sequence, 64 in all


def _leave(batch: Batch, ground: Ground, source: Source, entry: LogEntry) -> None:
    answered = ground.answered(entry.nonce)
    if answered is not None:
        batch.of_entry[entry.sequence] = answered
        return
    at = ground.sessions[entry.session]
    moment = entry.corrected(source.now)
    held = ground.passes.get(entry.pass_id or 0)
    terms = ground.terms[held.series_id] if held else None
    scan = _scan(entry, source, held, None, at, terms, moment)
    scan.code = _known_code(entry.code)
    scan.sentence = SENTENCES.get(ScanCode(scan.code), _REFUSED)
    if held is not None and terms is not None and scan.code == ScanCode.EXIT:
        _group(batch, held, scan.scope, terms).exits.append(placing.exit_of(scan, scan.scope))
    elif entry.pass_id in ground.reserved:
        scan.reserved_id = ground.reserved[entry.pass_id].id
    _keep(batch, entry, scan)


def _objection(
    ground: Ground,
    source: Source,
    entry: LogEntry,
    row: Pass | ReservedPass | None,
    moment: datetime,
) -> tuple[ScanCode | None, DoorCode | None]:
    """Say what speaks against letting in, other entries apart, and what the code says."""
    held = row if isinstance(row, Pass) else None
    against, code = against_the_code(
        entry,
        organizer_id=ground.organizer_id,
        keys=source.keys,
        device_of=lambda epoch: ground.devices.get((held.id, epoch)) if held else None,
        secret_of=lambda shown: source.secret_of(held, shown) if held else None,
        at=moment,
    )
    if row is None or (against is not None and not entry.forced):
        return against, code
    epoch = entry.epoch if code is None else code.epoch
    history = ground.history.get(row.id, [])
    gone = against_the_pass(row, history, epoch=None if entry.typed else epoch, at=moment)
    if gone is ScanCode.STALE and entry.forced:
        gone = None
    if gone is None and (row.series_id, entry.session) not in ground.opens and not entry.forced:
        gone = ScanCode.WRONG_SESSION
    return gone, code


def _group(batch: Batch, held: Pass, scope: str, terms: Terms) -> Group:
    key = (held.id, scope)
    if key not in batch.groups:
        batch.groups[key] = Group(row=held, scope=scope, rule=terms.entry, fresh=[], exits=[])
    return batch.groups[key]


def _known_code(said: str) -> str:
    """Return a refusal as the gate named it; what is no code of the door is no pass code."""
    return said if said in set(ScanCode) else ScanCode.MALFORMED.value


def _scan(
    entry: LogEntry,
    source: Source,
    held: Pass | None,
    code: DoorCode | None,
    at: CalendarSession,
    terms: Terms | None,
    moment: datetime,
) -> Scan:
    seen = scan_identity(code) if code is not None else None
    epoch = code.epoch if code is not None else entry.epoch
    return Scan(
        organizer_id=at.organizer_id,
        id=new_id(),
        gate_id=source.gate_id,
        session_id=at.id,
        nonce=entry.nonce,
        fingerprint=hashlib.sha256(entry.text.encode()).digest(),
        code=ScanCode.ADMIT_PROVISIONAL.value,
        sentence=SENTENCES[ScanCode.ADMIT_PROVISIONAL] if entry.kind == "enter" else "",
        decided_by=f"force:{entry.code}" if entry.forced else entry.rule,
        typed=entry.typed,
        pass_row_id=held.id if held else None,
        holder_id=held.holder_id if held else None,
        created_at=moment,
        scope=scope_of(at, terms, moment) if terms else "",
        epoch=epoch if epoch is not None and epoch <= LARGEST_COLUMN else None,
        made_at=seen.time if seen else None,
        via=entry.via,
        sequence=entry.sequence,
        bundle_sequence=entry.bundle,
    )


def _check_in(
    entry: LogEntry,
    source: Source,
    held: Pass,
    scan: Scan,
    objection: ScanCode | None,
    moment: datetime,
) -> CheckIn:
    return CheckIn(
        organizer_id=held.organizer_id,
        id=new_id(),
        pass_row_id=held.id,
        session_id=scan.session_id,
        scope=scan.scope,
        number=1,
        gate_id=source.gate_id,
        force_reason=entry.forced,
        created_at=moment,
        via=entry.via,
        sequence=entry.sequence,
        received_at=source.now,
        conflict_code=objection.value if objection else "",
    )
