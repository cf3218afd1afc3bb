"""Entries of gates put among all others: the lowest in order stands, the rest are in conflict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog import terms
from passes_service.checkin.outcome import ScanCode
from passes_service.core import entry_order
from passes_service.core.entry_order import Passage, Place
from passes_service.core.events import AdmissionConflict, Event, PassAdmitted
from passes_service.core.rules.terms import EntryRule
from passes_service.db import bulk, outbox
from passes_service.db.models import CheckIn, Pass, Scan, Series

_PLACE: Final = ("number", "conflict_code", "conflict_of", "exited_at")
# An entry out of its place for a moment: two that change places must not meet in the index.
_MOVING: Final = "MOVING"


Key = tuple[UUID, str]
"""What is put in order together: a pass, and a scope or, for per-day entry, all of its days."""
_DAYS: Final = "day:"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Entries of one pass in one scope. The pass is held until commit.

    Attributes:
        fresh: New admissions, not stored yet; what was wrong with them is in `conflict_code`.
        exits: New exits.
    """

    row: Pass
    scope: str
    rule: EntryRule
    fresh: list[CheckIn]
    exits: list[Passage]


def settle(session: Session, groups: Sequence[Group], *, now: datetime) -> dict[UUID, CheckIn]:
    """Place and store the new admissions and move the others where that changes them.

    Returns every admission of the groups by its id, as it stands now.
    """
    earlier = _earlier(session, groups)
    left = _exits(session, groups, earlier)
    fresh: list[CheckIn] = []
    moved: list[CheckIn] = []
    events: list[Event] = []
    known: dict[UUID, CheckIn] = {}
    for key, some in _together(groups).items():
        group, before = some[0], earlier[key]
        new = [row for one in some for row in one.fresh]
        exits = [passage for one in some for passage in one.exits]
        places = entry_order.play(
            [*map(_passage, _contending([*before, *new])), *left[key], *exits],
            mode=group.rule.mode,
            reentry=group.rule.reentry,
        )
        for row in before:
            stood = row.conflict_code == ""
            if row.id in places and _move(row, places[row.id]):
                moved.append(row)
                if stood != (row.conflict_code == ""):
                    events.append(_event(group.row, row))
        for row in new:
            if row.id in places:
                _move(row, places[row.id])
            events.append(_event(group.row, row))
        known |= {row.id: row for row in (*before, *new)}
        fresh += new
    _store(session, fresh, moved)
    outbox.add_all(session, events, now=now)
    return known


def _together(groups: Sequence[Group]) -> dict[Key, list[Group]]:
    found: dict[Key, list[Group]] = defaultdict(list)
    for group in groups:
        found[_key(group.row.id, group.scope)].append(group)
    return found


def _key(pass_row_id: UUID, scope: str) -> Key:
    return pass_row_id, _DAYS if scope.startswith(_DAYS) else scope


def free(session: Session, row: CheckIn, *, by_log: bool = False, now: datetime) -> None:
    """Give the others their places, now that an entry was taken back; conflicts come up.

    The caller holds the pass. Where all of it happened online, nothing is touched and no number
    that somebody was told is given again; with logs numbers follow from the set of entries alone.
    """
    statement = select(CheckIn.id).where(
        CheckIn.organizer_id == row.organizer_id,
        CheckIn.pass_row_id == row.pass_row_id,
        CheckIn.scope == row.scope,
        col(CheckIn.annulled_at).is_(None),
    )
    if not by_log and row.sequence == 0:
        statement = statement.where((col(CheckIn.sequence) > 0) | (CheckIn.conflict_code != ""))
    if session.exec(statement).first() is None:
        return
    held = session.get_one(Pass, (row.organizer_id, row.pass_row_id))
    series = session.get_one(Series, (row.organizer_id, held.series_id))
    document = terms.get(session, organizer_id=row.organizer_id, terms_hash=series.terms_hash)
    group = Group(row=held, scope=row.scope, rule=document.entry, fresh=[], exits=[])
    settle(session, [group], now=now)


def hold(session: Session, organizer_id: UUID, pass_row_id: UUID) -> Pass:
    """Hold a pass until commit, as scans and uploads do."""
    return session.get_one(
        Pass,
        (organizer_id, pass_row_id),
        populate_existing=True,
        with_for_update={"key_share": True},
    )


def _contending(rows: Iterable[CheckIn]) -> list[CheckIn]:
    """Return those that only another entry can stand in the way of."""
    return [row for row in rows if row.conflict_code in ("", ScanCode.DUPLICATE)]


def _passage(row: CheckIn) -> Passage:
    return Passage(
        scope=row.scope,
        session=row.session_id,
        at=row.created_at,
        gate=row.gate_id,
        sequence=row.sequence,
        key=row.id,
        forced=bool(row.force_reason),
    )


def _move(row: CheckIn, place: Place) -> bool:
    """Put an entry in its place; tell whether that changed it."""
    code = "" if place.conflict_of is None else ScanCode.DUPLICATE.value
    now = (place.number, code, place.conflict_of, place.exited_at)
    if now == tuple(getattr(row, name) for name in _PLACE):
        return False
    for name, value in zip(_PLACE, now, strict=True):
        setattr(row, name, value)
    return True


def _earlier(session: Session, groups: Sequence[Group]) -> dict[Key, list[CheckIn]]:
    found: dict[Key, list[CheckIn]] = defaultdict(list)
    wanted = {_key(group.row.id, group.scope) for group in groups}
    for some in bulk.slices(groups):
        rows = session.exec(
            select(CheckIn)
            .where(
                CheckIn.organizer_id == some[0].row.organizer_id,
                col(CheckIn.pass_row_id).in_({one.row.id for one in some}),
                col(CheckIn.annulled_at).is_(None),
            )
            .execution_options(populate_existing=True)
        ).all()
        for row in rows:
            session.expunge(row)  # changed by bulk statements below, not one by one
            key = _key(row.pass_row_id, row.scope)
            if key in wanted:
                found[key].append(row)
    return found


def _exits(
    session: Session,
    groups: Sequence[Group],
    earlier: dict[Key, list[CheckIn]],
) -> dict[Key, list[Passage]]:
    """Return the recorded exits; those from before scans had a scope have that of their entry."""
    scopes = {row.id: row.scope for rows in earlier.values() for row in rows}
    found: dict[Key, list[Passage]] = defaultdict(list)
    for some in bulk.slices(groups):
        rows = session.exec(
            select(Scan).where(
                Scan.organizer_id == some[0].row.organizer_id,
                col(Scan.pass_row_id).in_({one.row.id for one in some}),
                Scan.code == ScanCode.EXIT.value,
            )
        )
        for scan in rows:
            scope = scan.scope or (scopes.get(scan.check_in_id, "") if scan.check_in_id else "")
            if scan.pass_row_id is not None:
                found[_key(scan.pass_row_id, scope)].append(exit_of(scan, scope))
    return found


def exit_of(scan: Scan, scope: str) -> Passage:
    """Return an exit as one of the passages."""
    return Passage(
        scope=scope,
        session=scan.session_id,
        at=scan.created_at,
        gate=scan.gate_id,
        sequence=scan.sequence,
        key=scan.id,
        leaving=True,
    )


def _event(held: Pass, row: CheckIn) -> Event:
    if row.conflict_code:
        return _conflict(held, row)
    return PassAdmitted(
        organizer_id=row.organizer_id,
        pass_id=str(held.pass_id),
        session_id=row.session_id,
        check_in_id=row.id,
    )


def _conflict(held: Pass, row: CheckIn) -> AdmissionConflict:
    return AdmissionConflict(
        organizer_id=row.organizer_id,
        pass_id=str(held.pass_id),
        session_id=row.session_id,
        check_in_id=row.id,
        code=row.conflict_code,
        stands=row.conflict_of,
    )


def _store(session: Session, fresh: Sequence[CheckIn], moved: Sequence[CheckIn]) -> None:
    keys = [{"organizer_id": row.organizer_id, "id": row.id} for row in moved]
    freed = [key | {"conflict_code": _MOVING} for key in keys]
    bulk.update_rows(session, CheckIn, freed, names=("conflict_code",))
    placed: list[dict[str, Any]] = [
        key | {name: getattr(row, name) for name in _PLACE}
        for key, row in zip(keys, moved, strict=True)
    ]
    bulk.update_rows(session, CheckIn, placed, names=_PLACE)
    bulk.insert_rows(session, CheckIn, [row.model_dump() for row in fresh])
