"""The passes and the entries of a session, straight from rows to the bytes of its bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import Session, col, select

from passes_service.checkin.offline.bundle_facts import Opened, days_of
from passes_service.core.bundle import (
    ENTRY,
    LIVE,
    NO_DEVICE,
    NO_GATE,
    RECORD,
    RESERVED,
    Content,
    Facts,
    compressed,
    content,
)
from passes_service.core.instants import to_seconds
from passes_service.db.models import CalendarSession, CheckIn, Gate, Pass, PassDevice, ReservedPass

LIVE_STATES: Final = ("active", "on_chain")
PER_DAY: Final = 256
"""Per-day entry: numbers of the next day begin here, those of the one after at twice that."""
_MOST_NUMBER: Final = 0xFFFF


def content_of(
    session: Session,
    at: CalendarSession,
    opened: Sequence[Opened],
    facts: Facts,
    *,
    now: datetime,
) -> Content:
    """Return records and entries of a session's bundle, as `facts` names Series and gates."""
    places = {one.row.id: place for place, one in enumerate(opened)}
    gates = {one.id: place for place, one in enumerate(facts.gates)}
    records = _reserved(session, at, places, now)
    records.update(_passes(session, at, places))  # a number that was issued is a pass
    entries = _entries(session, at, opened, places, gates)
    return content(records.values(), entries.values())


def _passes(
    session: Session, at: CalendarSession, places: Mapping[UUID, int]
) -> dict[tuple[int, int], bytes]:
    """Return the passes of each Series: asked one by one, no row has to say which it is of."""
    pack, found = RECORD.pack, {}
    for series_id, place in places.items():
        rows = session.execute(
            select(col(Pass.serial), col(Pass.epoch), col(Pass.state), col(PassDevice.public_key))
            .outerjoin(
                PassDevice,
                (col(PassDevice.organizer_id) == col(Pass.organizer_id))
                & (col(PassDevice.pass_row_id) == col(Pass.id))
                & (col(PassDevice.epoch) == col(Pass.epoch)),
            )
            .where(Pass.organizer_id == at.organizer_id, Pass.series_id == series_id)
        )
        for serial, epoch, state, key in rows:
            flags = LIVE if state in LIVE_STATES else 0
            device = NO_DEVICE if key is None else compressed(key)
            found[place, serial] = pack(place, serial, epoch, flags, device)
    return found


def _reserved(
    session: Session, at: CalendarSession, places: Mapping[UUID, int], now: datetime
) -> dict[tuple[int, int], bytes]:
    rows = session.execute(
        select(
            col(ReservedPass.series_id),
            col(ReservedPass.serial),
            col(ReservedPass.epoch),
            col(Gate.revoked_at),
        )
        .join(
            Gate,
            (col(Gate.organizer_id) == col(ReservedPass.organizer_id))
            & (col(Gate.id) == col(ReservedPass.gate_id)),
        )
        .where(
            ReservedPass.organizer_id == at.organizer_id,
            col(ReservedPass.series_id).in_(places),
            ReservedPass.state == "reserved",
            ReservedPass.expires_at > now,
        )
        .order_by(col(ReservedPass.epoch))
    )
    return {
        (places[series_id], serial): RECORD.pack(
            places[series_id], serial, epoch, RESERVED if revoked_at is None else 0, NO_DEVICE
        )
        for series_id, serial, epoch, revoked_at in rows
    }


def _entries(
    session: Session,
    at: CalendarSession,
    opened: Sequence[Opened],
    places: Mapping[UUID, int],
    gates: Mapping[UUID, int],
) -> dict[tuple[int, int, int], bytes]:
    whole = [one.row.id for one in opened if not one.per_day]
    found = _packed(_rows(session, at, whole, [f"session:{at.id}"]), places, gates, {})
    for one in opened:
        if one.per_day:
            days = days_of(at, one.terms)
            starts = {day: PER_DAY * n for n, day in enumerate(days)}
            found.update(_packed(_rows(session, at, [one.row.id], days), places, gates, starts))
    return found


def _rows(
    session: Session, at: CalendarSession, series_ids: list[UUID], scopes: list[str]
) -> Iterable[Any]:
    statement: Select[Any] = (
        select(  # type: ignore[call-overload]  # more columns than its stubs count
            col(Pass.series_id),
            col(Pass.serial),
            col(CheckIn.scope),
            col(CheckIn.number),
            col(CheckIn.created_at),
            col(CheckIn.exited_at),
            col(CheckIn.gate_id),
        )
        .join(
            Pass,
            (col(Pass.organizer_id) == col(CheckIn.organizer_id))
            & (col(Pass.id) == col(CheckIn.pass_row_id)),
        )
        .where(
            CheckIn.organizer_id == at.organizer_id,
            col(CheckIn.scope).in_(scopes),
            col(Pass.series_id).in_(series_ids),
            col(CheckIn.annulled_at).is_(None),
            CheckIn.conflict_code == "",
        )
        .order_by(col(CheckIn.number))
    )
    if scopes == [f"session:{at.id}"]:
        statement = statement.where(col(CheckIn.session_id) == at.id)  # it has an index
    return session.execute(statement)


def _packed(
    rows: Iterable[Any],
    places: Mapping[UUID, int],
    gates: Mapping[UUID, int],
    starts: Mapping[str, int],
) -> dict[tuple[int, int, int], bytes]:
    """Pack entries; past what a number can say only the last entry of a pass is kept."""
    most = PER_DAY - 1 if starts else _MOST_NUMBER
    found = {}
    for series_id, serial, scope, number, entered_at, exited_at, gate_id in rows:
        place, shown = places[series_id], starts.get(scope, 0) + min(number, most)
        found[place, serial, shown] = ENTRY.pack(
            place,
            serial,
            shown,
            max(to_seconds(entered_at), 1),  # 0 would take it out of a delta
            0 if exited_at is None else max(to_seconds(exited_at), 1),
            gates.get(gate_id, NO_GATE),
        )
    return found
