"""Passes that a gate handed out without a network: issued when its log arrives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts import holders
from passes_service.catalog import terms
from passes_service.checkin.judge import scope_of
from passes_service.checkin.offline import placing
from passes_service.checkin.offline.ground import Ground
from passes_service.checkin.offline.placing import Group
from passes_service.core import gate_log
from passes_service.core import pass_id as pass_numbers
from passes_service.core.gate_log import LogEntry
from passes_service.db.models import (
    CalendarSession,
    CheckIn,
    Gate,
    GateEntry,
    Pass,
    ReservedPass,
    Scan,
    Series,
    new_id,
)
from passes_service.passes import reserved
from passes_service.passes import service as passes

HANDED_OUT: Final = "handed out"


@dataclass
class Sold:
    """What became of sales: `said` of each, by sequence; `gates` that had let such a number in."""

    said: dict[int, str] = field(default_factory=dict)
    gates: set[UUID] = field(default_factory=set)


def settle(
    session: Session, ground: Ground, *, gate: Gate, entries: Sequence[LogEntry], now: datetime
) -> Sold:
    """Issue what the gate sold from its block; return what became of that."""
    found = Sold()
    for entry in sorted(entries, key=lambda one: one.sequence):
        if entry.kind == "sale":
            found.said[entry.sequence] = _sell(session, ground, gate, entry, found, now)
    return found


def _sell(
    session: Session, ground: Ground, gate: Gate, entry: LogEntry, found: Sold, now: datetime
) -> str:
    row = ground.reserved.get(entry.pass_id or 0)
    if row is not None:
        key = (row.organizer_id, row.id)
        row = session.get(ReservedPass, key, populate_existing=True, with_for_update=True)
    if row is None or row.gate_id != gate.id or row.state not in ("reserved", "returned"):
        return "This number is in no block of the gate, or was handed out before."
    sold_at = entry.corrected(now)
    if sold_at > row.hand_out_until:
        return f"The block was to be handed out until {row.hand_out_until:%Y-%m-%d %H:%M} UTC."
    series = session.get_one(Series, (row.organizer_id, row.series_id))
    if entry.paid_minor and entry.currency != series.currency:
        return f"This Series is sold in {series.currency}, not in {entry.currency or 'nothing'}."
    said = HANDED_OUT
    if entry.paid_minor > series.price_minor:
        said = f"{HANDED_OUT}; more was taken than the list price, which is what comes back"
    held = _issue(session, gate, series, row, entry, sold_at)
    if row.state == "returned":
        reserved.count_returned(session, row, -1)
    row.state, row.pass_row_id = "handed", held.id
    session.add(row)
    session.flush()
    found.gates |= _admit_waiting(session, row, held, now)
    return said


def _issue(
    session: Session,
    gate: Gate,
    series: Series,
    row: ReservedPass,
    entry: LogEntry,
    sold_at: datetime,
) -> Pass:
    guest = holders.guest(session, organizer_id=row.organizer_id, name=entry.name, now=sold_at)
    paid = min(entry.paid_minor, series.price_minor)
    fresh = Pass(
        organizer_id=row.organizer_id,
        pass_id=pass_numbers.compose(series.series_no, row.serial),
        series_id=series.id,
        serial=row.serial,
        holder_id=guest.id,
        epoch=row.epoch,
        payer_id=guest.id,
        paid_minor=paid,
        currency=series.currency,
        provider="external" if paid else "free",
        bought_at=sold_at.replace(microsecond=0),
        created_at=sold_at,
    )
    return passes.issue_as(session, fresh, series=series, actor=f"gate:{gate.id}", now=sold_at)


def _admit_waiting(session: Session, row: ReservedPass, held: Pass, now: datetime) -> set[UUID]:
    """Give what happened to this number before we knew that it was sold its pass.

    Returns the gates where it happened.
    """
    scans = session.exec(
        select(Scan).where(
            Scan.organizer_id == row.organizer_id,
            Scan.reserved_id == row.id,
            col(Scan.pass_row_id).is_(None),
            col(Scan.code).in_(("ADMIT_PROVISIONAL", "EXIT")),
        )
    ).all()
    series = session.get_one(Series, (row.organizer_id, row.series_id))
    document = terms.get(session, organizer_id=row.organizer_id, terms_hash=series.terms_hash)
    fresh: dict[str, list[CheckIn]] = defaultdict(list)
    for scan in scans:
        at = session.get_one(CalendarSession, (row.organizer_id, scan.session_id))
        scan.scope = scope_of(at, document, scan.created_at)
        scan.pass_row_id, scan.holder_id = held.id, held.holder_id
        if scan.code == "ADMIT_PROVISIONAL":
            entry = _entry(session, held, scan, now)
            fresh[scan.scope].append(entry)
            scan.check_in_id, scan.conflict_code = entry.id, ""
        session.add(scan)
    session.flush()  # exits are read from there
    groups = [
        Group(row=held, scope=scope, rule=document.entry, fresh=some, exits=[])
        for scope, some in fresh.items()
    ]
    placing.settle(session, groups, now=now)
    return {scan.gate_id for scan in scans}


def _entry(session: Session, held: Pass, scan: Scan, now: datetime) -> CheckIn:
    return CheckIn(
        organizer_id=held.organizer_id,
        id=new_id(),
        pass_row_id=held.id,
        session_id=scan.session_id,
        scope=scan.scope,
        number=1,
        gate_id=scan.gate_id,
        force_reason=_forced(session, scan),
        created_at=scan.created_at,
        via=scan.via,
        sequence=scan.sequence,
        received_at=now,
        conflict_code=scan.conflict_code,
    )


def _forced(session: Session, scan: Scan) -> str:
    """Return the host's reason, which only the gate's own words have."""
    if not scan.decided_by.startswith("force:"):
        return ""
    written = session.exec(
        select(GateEntry.text).where(
            GateEntry.organizer_id == scan.organizer_id,
            GateEntry.gate_id == scan.gate_id,
            GateEntry.sequence == scan.sequence,
            GateEntry.scan_id == scan.id,
        )
    ).one()
    return gate_log.read(written).forced
