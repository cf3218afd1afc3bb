"""Admissions that a gate took back without a network, also where the admission arrives later."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.checkin.offline import placing
from passes_service.checkin.offline.merge import is_under
from passes_service.checkin.outcome import ANNUL_WITHIN
from passes_service.core import gate_log
from passes_service.core.events import AdmissionAnnulled
from passes_service.db import outbox
from passes_service.db.models import CheckIn, GateEntry, Scan

PREFIX: Final = "annul:"
"""How an entry that waits for its admission begins its `detail`; the nonce follows."""
DONE: Final = "taken back"


def settle(
    session: Session, *, organizer_id: UUID, gate_ids: Collection[UUID], now: datetime
) -> int:
    """Take back what these gates' logs say and what is here by now; return how many were."""
    waiting = session.exec(
        select(GateEntry).where(
            GateEntry.organizer_id == organizer_id,
            col(GateEntry.gate_id).in_(gate_ids),
            GateEntry.state == "merged",
            col(GateEntry.scan_id).is_(None),
            col(GateEntry.detail).startswith(PREFIX),
        )
    ).all()
    return sum(_take_back(session, row, now) for row in waiting)


def _take_back(session: Session, waiting: GateEntry, now: datetime) -> bool:
    nonce = waiting.detail.removeprefix(PREFIX)
    scans = session.exec(
        select(Scan).where(
            Scan.organizer_id == waiting.organizer_id,
            Scan.gate_id == waiting.gate_id,
            is_under(nonce),
            col(Scan.check_in_id).is_not(None),
        )
    ).all()
    if not scans:
        return False
    entry = gate_log.read(waiting.text)
    waiting.scan_id = scans[0].id
    waiting.detail = DONE
    session.add(waiting)
    assert scans[0].pass_row_id is not None  # noqa: S101 - whoever came in had a pass
    held = placing.hold(session, waiting.organizer_id, scans[0].pass_row_id)
    key = (waiting.organizer_id, scans[0].check_in_id)
    row = session.get(CheckIn, key, populate_existing=True)
    taken_at = entry.corrected(now)
    if row is None or row.annulled_at is not None:
        if row is not None and row.annulled_at and taken_at < row.annulled_at:
            row.annulled_at = taken_at  # said twice: the earlier one did it, whichever came first
            session.add(row)
        return False
    if taken_at - row.created_at > ANNUL_WITHIN:
        waiting.detail = "Too late to take it back: the admission was older than 15 minutes."
        return False
    row.annulled_at, row.annulled_by = taken_at, f"gate:{waiting.gate_id}"
    session.add(row)
    session.flush()
    placing.free(session, row, by_log=True, now=now)
    event = AdmissionAnnulled(
        organizer_id=row.organizer_id, pass_id=str(held.pass_id), check_in_id=row.id
    )
    outbox.add(session, event, now=now)
    return True
