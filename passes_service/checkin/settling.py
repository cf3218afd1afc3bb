"""Deciding on scans and writing what they come to: one procedure, for one scan or for many at once.

The scans of a group are decided one after the other, each knowing what those before it came to,
and written together. Passes are held first, in the order of their ids, then sessions with a
capacity, in the order of theirs; whoever else holds both takes them in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from passes_service.checkin import provisional, records
from passes_service.checkin.asking import Ask
from passes_service.checkin.capacity import Rooms
from passes_service.checkin.identify import Shown, identify
from passes_service.checkin.judge import Judgement, judge
from passes_service.checkin.known import Entered
from passes_service.checkin.looking import Case, Hold, look_up, reads_of
from passes_service.checkin.outcome import FORCEABLE, Outcome, ScanCode
from passes_service.checkin.records import Row
from passes_service.core.events import PassAdmitted
from passes_service.db import bulk, outbox
from passes_service.db.models import CheckIn, new_id


class Overtaken(Exception):
    """Another writer took an entry or a nonce meanwhile. The transaction is to be rolled back.

    With one case `nothing_written` tells that it may as well go on.
    """

    def __init__(self, *, nothing_written: bool) -> None:
        super().__init__()
        self.nothing_written = nothing_written


@dataclass(frozen=True, slots=True)
class Settled:
    """A case that was decided: what is stored of it, and what the gate hears."""

    row: Row
    entry: Row | None
    event: PassAdmitted | None
    outcome: Outcome


def settle(session: Session, cases: Sequence[Case], *, hold: Hold) -> list[Outcome | None]:
    """Decide on cases of one organizer, in their order, and write what they come to.

    None stands for a case that was left alone: its nonce was used before, or also in this group,
    or somebody else holds its pass.

    Raises:
        Overtaken: See there.
    """
    session.flush()  # what follows reads past the ORM
    look_up(session, cases, hold=hold)
    provisional.look_up(session, cases, hold=True)
    fresh = _fresh(session, cases)
    rooms = Rooms(session, cases, hold=True)
    settled: list[Settled | None] = [
        _settle(case, rooms) if go and not case.elsewhere else None
        for case, go in zip(cases, fresh, strict=True)
    ]
    _write(session, [one for one in settled if one is not None], cases[0].ask)
    return [None if one is None else one.outcome for one in settled]


def _fresh(session: Session, cases: Sequence[Case]) -> list[bool]:
    """Tell which nonces were not used before; looked up once the passes are held.

    So of two equal requests at the same moment the second finds the first one's answer.
    """
    found = session.execute(
        reads_of(session).nonces,
        {
            "organizer": cases[0].ask.organizer_id,
            "gates": list({case.ask.gate.id for case in cases}),
            "nonces": [case.ask.nonce for case in cases],
        },
    )
    used = {(row.gate_id, row.nonce) for row in found}
    fresh = []
    for case in cases:
        key = (case.ask.gate.id, case.ask.nonce)
        fresh.append(key not in used)
        used.add(key)
    return fresh


def decide(case: Case, rooms: Rooms) -> tuple[Shown, Judgement]:
    """Return what was shown, and the decision on it."""
    shown = identify(case.ask, case.reading, case.known)
    verdict = rooms.with_room(judge(at=case.at, shown=shown, now=case.ask.now), case.at)
    if case.reserved_id is None:
        return shown, verdict
    return replace(shown, held=None), provisional.judged(verdict)  # there is no pass to refer to


def _settle(case: Case, rooms: Rooms) -> Settled:
    ask = case.ask
    shown, verdict = decide(case, rooms)
    if case.reserved_id is not None:
        return _not_sold_yet(case, shown, verdict)
    reason = ""
    if case.force_reason and shown.held is not None and verdict.code in FORCEABLE:
        reason = case.force_reason
        verdict = replace(
            verdict,
            code=ScanCode.ADMIT,
            rule=f"force:{verdict.code}",
            sentence="Let in, as the host decided.",
        )
    entry = _entry(case, shown, verdict)
    row = records.row_of(ask, shown, verdict, entry, ask.fingerprint("enter", case.force_reason))
    answer = records.outcome(row, shown, verdict, entry)
    if entry is None or shown.held is None:
        return Settled(row, None, None, answer)
    shown.held.entries.append(entry)
    rooms.came_in(case.at)
    event = PassAdmitted(
        organizer_id=ask.organizer_id,
        pass_id=str(shown.held.row.pass_id),
        session_id=ask.session_id,
        check_in_id=entry.id,
    )
    return Settled(row, _entry_row(ask, entry, reason), event, answer)


def _not_sold_yet(case: Case, shown: Shown, verdict: Judgement) -> Settled:
    ask = case.ask
    provisional.came_in(case, verdict)
    row = records.row_of(ask, shown, verdict, None, ask.fingerprint("enter", case.force_reason))
    row["reserved_id"] = case.reserved_id
    return Settled(row, None, None, records.outcome(row, shown, verdict, None))


def _entry(case: Case, shown: Shown, verdict: Judgement) -> Entered | None:
    if verdict.code is not ScanCode.ADMIT or shown.held is None:
        return None
    return Entered(
        id=new_id(),
        pass_row_id=shown.held.row.id,
        scope=verdict.scope,
        number=verdict.number,
        created_at=case.ask.now,
        exited_at=None,
        gate=case.ask.gate.name,
    )


def _entry_row(ask: Ask, entry: Entered, reason: str) -> Row:
    return {
        "organizer_id": ask.organizer_id,
        "id": entry.id,
        "pass_row_id": entry.pass_row_id,
        "session_id": ask.session_id,
        "scope": entry.scope,
        "number": entry.number,
        "gate_id": ask.gate.id,
        "force_reason": reason,
        "annulled_by": "",
        "via": records.ONLINE,
        "sequence": 0,
        "conflict_code": "",
        "created_at": entry.created_at,
    }


def _write(session: Session, settled: Sequence[Settled], ask: Ask) -> None:
    """Write everything in three statements; whoever came first keeps its row."""
    entries = [one.entry for one in settled if one.entry is not None]
    if entries and bulk.insert_absent(session, CheckIn, entries) < len(entries):
        raise Overtaken(nothing_written=len(entries) == 1 == len(settled))
    # In one order for everybody: two groups with the same nonces cannot wait for each other.
    rows = sorted((one.row for one in settled), key=lambda row: (row["gate_id"], row["nonce"]))
    if records.insert(session, rows) < len(rows):
        raise Overtaken(nothing_written=len(rows) == 1 and not entries)
    events = [one.event for one in settled if one.event is not None]
    outbox.add_all(session, events, now=ask.now)
