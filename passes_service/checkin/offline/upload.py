"""Receiving a gate's log: every entry once, in any order, and forks of a log named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast
from uuid import UUID

from sqlmodel import Session

from passes_service.checkin import gates
from passes_service.checkin.offline import annuls, chain, ground, merge, sales
from passes_service.checkin.offline.ground import Ground
from passes_service.checkin.offline.merge import Source
from passes_service.core import gate_log
from passes_service.core.gate_log import GateEntryMalformed, LogEntry
from passes_service.core.qr_step import TimeStepCode
from passes_service.db import bulk
from passes_service.db.models import CheckIn, Gate, GateEntry, Pass, Scan, new_id

MOST: Final = 200
State = Literal["merged", "forked", "quarantined", "refused"]


@dataclass(frozen=True)
class Sent:
    """One entry as it came: the text that was signed, and the signature in base64url."""

    text: str
    signature: str


@dataclass
class Received:
    """What became of one entry; `scan` and `stands` are what it came to and what stood before."""

    sequence: int
    state: State
    detail: str = ""
    entry: LogEntry | None = None
    scan: Scan | None = None
    check_in: CheckIn | None = None
    stands: CheckIn | None = None

    def end(self, state: State, detail: str) -> None:
        """Let this be the last word on the entry."""
        self.state, self.detail = state, detail


@dataclass(frozen=True)
class Piece:
    """An entry that was read and verified, and what becomes of it."""

    sent: Sent
    entry: LogEntry
    result: Received


@dataclass(frozen=True)
class Answer:
    """The state of the log after an upload."""

    stored: int
    have_until: int
    results: list[Received]


def check(sent: Sequence[Sent], *, public_key: bytes | None) -> list[Received]:
    """Read and verify entries, before any transaction: no database is asked."""
    return [_checked(one, public_key) for one in sent]


def receive(
    session: Session,
    *,
    gate: Gate,
    sent: Sequence[Sent],
    checked: Sequence[Received],
    keys_at: Callable[[datetime], Sequence[bytes]],
    secret_of: Callable[[Pass, TimeStepCode], bytes | None],
    now: datetime,
) -> Answer:
    """Store entries that were checked and merge what is new; doing it again changes nothing.

    The gate's row is held, so two uploads of one log follow each other. Of a gate that is revoked
    by then, entries are kept and let nobody in.
    """
    held = session.get_one(
        Gate,
        (gate.organizer_id, gate.id),
        populate_existing=True,
        # A scan of this gate that holds a pass may still refer to the gate.
        with_for_update={"key_share": True},
    )
    pieces = [
        Piece(one, what.entry, what)
        for one, what in zip(sent, checked, strict=True)
        if what.entry is not None
    ]
    mine = [one for one in pieces if _is_of(one, held)]
    fresh = _sorted_out(session, held, sorted(mine, key=lambda one: one.entry.sequence))
    serves = gates.ref(held).serves
    for one in fresh:
        if one.result.state == "merged" and held.revoked_at is not None:
            one.result.end("quarantined", "The gate was revoked before this arrived.")
        elif one.result.state == "merged" and not serves(one.entry.session):
            one.result.end("refused", "The gate is not for this session.")
    new = [one for one in fresh if one.result.state == "merged"]
    concerned = _merge(session, held, new, keys_at, secret_of, now)
    _store(session, held, fresh, now)
    annuls.settle(session, organizer_id=held.organizer_id, gate_ids=concerned, now=now)
    return Answer(*chain.counted(session, held), list(checked))


def _checked(one: Sent, public_key: bytes | None) -> Received:
    if public_key is None:
        return Received(0, "refused", "This gate has no key of its own.")
    try:
        entry = gate_log.read(one.text)
    except GateEntryMalformed as error:
        return Received(0, "refused", error.detail)
    if not gate_log.verify(one.text, one.signature, public_key=public_key):
        return Received(entry.sequence, "refused", "The signature is not this gate's.")
    return Received(entry.sequence, "merged", entry=entry)


def _is_of(one: Piece, gate: Gate) -> bool:
    if one.entry.gate == gate.id:
        return True
    one.result.end("refused", "The entry is of another gate.")
    return False


def _sorted_out(session: Session, gate: Gate, pieces: Sequence[Piece]) -> list[Piece]:
    """Return what is new, with forks marked; what is here already gets the state it has."""
    log = chain.around(session, gate, [one.entry.sequence for one in pieces])
    fresh: dict[chain.Key, Piece] = {}
    for one in pieces:
        key = (one.entry.sequence, one.entry.digest)
        if key in log.here:
            _repeat(session, one.result, log.here[key])
        elif key in fresh:
            one.result.end(fresh[key].result.state, "Sent twice in one upload.")
        else:
            if not log.add(one.entry):
                one.result.end("forked", "The log says something else at this place.")
            fresh[key] = one
    return list(fresh.values())


def _repeat(session: Session, what: Received, row: GateEntry) -> None:
    what.end(cast("State", row.state), row.detail)  # the table holds these four only
    if row.scan_id is None:
        return
    what.scan = session.get(Scan, (row.organizer_id, row.scan_id))
    if what.scan is not None and what.scan.check_in_id is not None:
        key = (row.organizer_id, what.scan.check_in_id)
        what.check_in = session.get(CheckIn, key, populate_existing=True)


def _merge(
    session: Session,
    gate: Gate,
    new: Sequence[Piece],
    keys_at: Callable[[datetime], Sequence[bytes]],
    secret_of: Callable[[Pass, TimeStepCode], bytes | None],
    now: datetime,
) -> set[UUID]:
    """Merge entries; return this gate and those where something may be taken back now."""
    concerned = {gate.id}
    if not new:
        return concerned
    found = _survey(session, gate, [one.entry for one in new])
    for one in new:
        if one.entry.session not in found.sessions:
            one.result.end("refused", "There is no such session.")
    entries = [one.entry for one in new if one.entry.session in found.sessions]
    first = min((one.corrected(now) for one in entries), default=now)
    source = Source(
        gate_id=gate.id,
        # A minute earlier: a key that ended within the tolerance of a clock still counts.
        keys=keys_at(first - timedelta(minutes=1)),
        secret_of=secret_of,
        now=now,
    )
    if any(one.kind == "sale" for one in entries):
        sold = sales.settle(session, found, gate=gate, entries=entries, now=now)
        for one in new:
            one.result.detail = sold.said.get(one.entry.sequence, one.result.detail)
        concerned |= sold.gates
        found = _survey(session, gate, entries)  # what was handed out is a pass now
    scans, known = merge.absorb(session, found, source, entries)
    for one in new:
        if one.entry.kind not in ("enter", "exit"):
            continue
        what = one.result
        what.scan = scans.get(one.entry.sequence)
        if what.scan is not None and what.scan.check_in_id is not None:
            what.check_in = known.get(what.scan.check_in_id)
        if what.check_in is not None and what.check_in.conflict_of is not None:
            what.stands = known.get(what.check_in.conflict_of)
    return concerned


def _survey(session: Session, gate: Gate, entries: Sequence[LogEntry]) -> Ground:
    return ground.survey(
        session,
        organizer_id=gate.organizer_id,
        gate_id=gate.id,
        session_ids={one.session for one in entries},
        pass_ids={one.pass_id for one in entries if one.pass_id is not None},
        nonces=[one.nonce for one in entries],
    )


def _store(session: Session, gate: Gate, fresh: Sequence[Piece], now: datetime) -> None:
    rows: list[dict[str, Any]] = []
    for one in fresh:
        entry, what = one.entry, one.result
        waits = entry.kind == "annul" and not what.detail
        detail = f"{annuls.PREFIX}{entry.of}" if waits else what.detail
        rows.append(
            {
                "organizer_id": gate.organizer_id,
                "id": new_id(),
                "gate_id": gate.id,
                "session_id": entry.session,
                "sequence": entry.sequence,
                "digest": entry.digest,
                "previous": entry.previous,
                "text": entry.text,
                "signature": gate_log.signature_bytes(one.sent.signature),
                "state": what.state,
                "detail": detail,
                "scan_id": what.scan.id if what.scan else None,
                "created_at": now,
            }
        )
    bulk.insert_rows(session, GateEntry, rows)
