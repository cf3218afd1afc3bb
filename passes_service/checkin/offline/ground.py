"""What a batch of log entries is about, read at once: passes held, their devices and history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog import terms
from passes_service.checkin.offline.verdicts import ENDED
from passes_service.core import pass_id as pass_numbers
from passes_service.core.rules.terms import Terms
from passes_service.db import bulk
from passes_service.db.models import (
    CalendarSession,
    Pass,
    PassDevice,
    PassEvent,
    ReservedPass,
    Scan,
    Series,
    SeriesSession,
)

LARGEST_COLUMN: Final = 2**31 - 1
Row = TypeVar("Row", CalendarSession, PassDevice, PassEvent)


@dataclass
class Ground:
    """What is known of the passes in a batch. Rows of passes are held until commit.

    Attributes:
        passes, reserved: By pass number; a number is in one of them at most.
        devices: Device keys by (pass row, epoch).
        history: Events of passes that are not, or may not have been, what a code said.
        opens: (Series, session) pairs.
        scans: Earlier scans of this gate by nonce.
    """

    organizer_id: UUID
    sessions: dict[UUID, CalendarSession] = field(default_factory=dict)
    passes: dict[int, Pass] = field(default_factory=dict)
    reserved: dict[int, ReservedPass] = field(default_factory=dict)
    series: dict[UUID, Series] = field(default_factory=dict)
    terms: dict[UUID, Terms] = field(default_factory=dict)
    devices: dict[tuple[UUID, int], bytes] = field(default_factory=dict)
    history: dict[UUID, list[PassEvent]] = field(default_factory=dict)
    opens: set[tuple[UUID, UUID]] = field(default_factory=set)
    scans: dict[str, Scan] = field(default_factory=dict)

    def answered(self, nonce: str) -> Scan | None:
        """Return the scan that the service answered under a nonce itself."""
        scan = self.scans.get(nonce)
        return scan if scan is not None and scan.sequence == 0 else None


def survey(
    session: Session,
    *,
    organizer_id: UUID,
    gate_id: UUID,
    session_ids: Collection[UUID],
    pass_ids: Collection[int],
    nonces: Collection[str],
) -> Ground:
    """Read and hold what the entries are about; passes are locked in the order of their ids."""
    found = Ground(organizer_id)
    for at in _of(session, CalendarSession, CalendarSession.id, organizer_id, session_ids):
        found.sessions[at.id] = at
    _passes(session, found, pass_ids)
    _series(session, found, session_ids)
    rows = list(found.passes.values())
    for device in _of(
        session, PassDevice, PassDevice.pass_row_id, organizer_id, [row.id for row in rows]
    ):
        found.devices[device.pass_row_id, device.epoch] = device.public_key
    _history(session, found)
    for some in bulk.slices(list(nonces)):
        for scan in session.exec(
            select(Scan).where(
                Scan.organizer_id == organizer_id,
                Scan.gate_id == gate_id,
                col(Scan.nonce).in_(some),
            )
        ):
            found.scans[scan.nonce] = scan
    return found


def _of(
    session: Session, model: type[Row], key: UUID, organizer_id: UUID, values: Collection[UUID]
) -> list[Row]:
    """Return the rows whose column `key` has one of these values."""
    rows: list[Row] = []
    for some in bulk.slices(sorted(set(values))):
        mine = model.organizer_id == organizer_id
        rows += session.exec(select(model).where(mine, col(key).in_(some))).all()
    return rows


def _passes(session: Session, found: Ground, pass_ids: Collection[int]) -> None:
    for some in bulk.slices(sorted(set(pass_ids))):
        held = session.exec(
            select(Pass)
            .where(Pass.organizer_id == found.organizer_id, col(Pass.pass_id).in_(some))
            .order_by(col(Pass.id))
            .with_for_update(key_share=True),
            execution_options={"populate_existing": True},
        )
        found.passes |= {row.pass_id: row for row in held}
    missing = [number for number in pass_ids if number not in found.passes]
    if not missing:
        return
    parts = {pass_numbers.split(number): number for number in set(missing)}
    parts = {one: number for one, number in parts.items() if one.serial <= LARGEST_COLUMN}
    rows = session.execute(
        select(ReservedPass, col(Series.series_no))
        .join(
            Series,
            (col(Series.organizer_id) == col(ReservedPass.organizer_id))
            & (col(Series.id) == col(ReservedPass.series_id)),
        )
        .where(
            ReservedPass.organizer_id == found.organizer_id,
            col(Series.series_no).in_({one.series for one in parts}),
            col(ReservedPass.serial).in_({one.serial for one in parts}),
            col(ReservedPass.state).in_(("reserved", "returned")),
        )
        .order_by(col(ReservedPass.epoch))
    )
    for one in rows:
        row, series_no = one[0], one[1]
        number = pass_numbers.compose(series_no, row.serial)
        if number in parts.values():
            found.reserved[number] = row


def _series(session: Session, found: Ground, session_ids: Collection[UUID]) -> None:
    ids = {row.series_id for row in found.passes.values()}
    ids |= {row.series_id for row in found.reserved.values()}
    for one in ids:
        series = session.get_one(Series, (found.organizer_id, one))
        found.series[one] = series
        found.terms[one] = terms.get(
            session, organizer_id=found.organizer_id, terms_hash=series.terms_hash
        )
    pairs = session.exec(
        select(SeriesSession.series_id, SeriesSession.session_id).where(
            SeriesSession.organizer_id == found.organizer_id,
            col(SeriesSession.session_id).in_(session_ids),
        )
    )
    found.opens = set(pairs)


def _history(session: Session, found: Ground) -> None:
    changed = [row.id for row in found.passes.values() if row.epoch > 1 or row.state in ENDED]
    for event in _of(session, PassEvent, PassEvent.pass_row_id, found.organizer_id, changed):
        found.history.setdefault(event.pass_row_id, []).append(event)
