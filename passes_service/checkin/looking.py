"""Reading what the decisions on some scans of one organizer need, in a handful of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from sqlmodel import Session

from passes_service.catalog import terms
from passes_service.checkin.asking import Ask
from passes_service.checkin.identify import Reading, by_serial
from passes_service.checkin.judge import opens, scope_of
from passes_service.checkin.known import Change, Entered, Known, PassRow, SessionRow
from passes_service.checkin.reads import Reads, reads
from passes_service.core.qr_bound import BoundCode
from passes_service.core.rules.terms import Terms
from passes_service.passes import facts

_LARGEST_COLUMN = 2**31 - 1


class Hold(Enum):
    """What becomes of the passes that are looked up."""

    NOTHING = "read only"
    WAIT = "held until commit; who holds one now is waited for"
    FREE = "held until commit; one that somebody holds now is left alone"


@dataclass(slots=True)
class Case:
    """One scan on its way to a decision.

    Attributes:
        reading: What its text says; a typed number becomes the pass it stands for.
        known: The pass, once looked up; None if there is none.
        elsewhere: Somebody else holds the pass just now.
        reserved_id: The number is set aside for a gate; `known` is what it will be once sold.
    """

    ask: Ask
    at: SessionRow
    reading: Reading
    force_reason: str = ""
    known: Known | None = None
    elsewhere: bool = False
    reserved_id: UUID | None = None


def reads_of(session: Session) -> Reads:
    """Return the statements for the database behind a session."""
    return reads(session.get_bind().dialect.name)


def look_up(session: Session, cases: Sequence[Case], *, hold: Hold) -> None:
    """Fill in what is known of each case's pass; all cases are of one organizer.

    With a hold no transfer, refund or other scan comes between this and the commit.
    """
    _Look(session, cases, hold).run()


class _Look:
    """One round of reading: each statement sees what is committed by then (READ COMMITTED)."""

    def __init__(self, session: Session, cases: Sequence[Case], hold: Hold) -> None:
        self._session, self._cases, self._hold = session, cases, hold
        self._reads = reads_of(session)
        self._organizer_id = cases[0].ask.organizer_id

    def _all(self, statement: Any, **values: Collection[Any]) -> Sequence[Any]:
        parameters: dict[str, Any] = {name: list(some) for name, some in values.items()}
        found = self._session.execute(statement, {"organizer": self._organizer_id, **parameters})
        return found.all()

    def run(self) -> None:
        self._numbers()
        rows = self._passes()
        if not rows:
            return
        known = self._known(list(rows.values()))
        for case in self._cases:
            number = case.reading.pass_id
            case.known = known.get(number) if number is not None else None

    def _numbers(self) -> None:
        typed = [case for case in self._cases if case.reading.serial is not None]
        if not typed:
            return
        found = defaultdict(list)
        for session_id, serial, number in self._all(
            self._reads.numbers,
            sessions={case.at.id for case in typed},
            serials={case.reading.serial for case in typed},
        ):
            found[session_id, serial].append(number)
        for case in typed:
            case.reading = by_serial(case.reading, found[case.at.id, case.reading.serial])

    def _passes(self) -> dict[int, PassRow]:
        numbers = {c.reading.pass_id for c in self._cases if c.reading.pass_id is not None}
        if not numbers:
            return {}
        statement = {
            Hold.NOTHING: self._reads.passes,
            Hold.WAIT: self._reads.hold,
            Hold.FREE: self._reads.hold_free,
        }[self._hold]
        rows = {row.pass_id: PassRow(*row) for row in self._all(statement, numbers=numbers)}
        missing = numbers - rows.keys()
        if missing and self._hold is Hold.FREE:
            there = {row.pass_id for row in self._all(self._reads.passes, numbers=missing)}
            for case in self._cases:
                case.elsewhere = case.reading.pass_id in there
        return rows

    def _known(self, rows: Sequence[PassRow]) -> dict[int, Known]:
        ids = [row.id for row in rows]
        details: dict[UUID, Any] = {}
        changes: dict[UUID, list[Change]] = {}
        for row_id, title, cap, terms_hash, holder, key, *change in self._all(
            self._reads.details, passes=ids
        ):
            details[row_id] = (title, cap, terms_hash, holder, key)
            published = changes.setdefault(row_id, [])
            if change[0] is not None:
                published.append(Change(*change))
        documents = {row.id: self._terms(details[row.id][2]) for row in rows}
        devices = self._devices(rows, details)
        entries = self._entries(ids, self._scopes(rows, documents))
        others = self._others(rows, documents)
        found = {}
        for row in rows:
            title, cap, terms_hash, holder, _ = details[row.id]
            found[row.pass_id] = Known(
                row=row,
                title=title,
                cap=cap,
                terms_hash=terms_hash,
                holder_name=holder,
                facts=facts.assemble(row, documents[row.id], changes[row.id]),
                devices=devices[row.id],
                entries=entries[row.id],
                others=others[row.series_id],
            )
        return found

    def _terms(self, terms_hash: str) -> Terms:
        return terms.get(self._session, organizer_id=self._organizer_id, terms_hash=terms_hash)

    def _devices(
        self, rows: Sequence[PassRow], details: dict[UUID, Any]
    ) -> dict[UUID, dict[int, bytes]]:
        """Return the devices of present epochs, and of the epochs that live codes name."""
        found: dict[UUID, dict[int, bytes]] = {row.id: {} for row in rows}
        for row in rows:
            key = details[row.id][4]
            if key is not None:
                found[row.id][row.epoch] = bytes(key)
        present = {row.pass_id: row.epoch for row in rows}
        earlier = {
            code.epoch
            for code in (case.reading.code for case in self._cases)
            if isinstance(code, BoundCode)
            and code.epoch <= _LARGEST_COLUMN
            and code.epoch != present.get(code.pass_id)
        }
        if earlier:
            for row_id, epoch, key in self._all(
                self._reads.devices, passes=list(found), epochs=earlier
            ):
                found[row_id][epoch] = bytes(key)
        return found

    def _scopes(self, rows: Sequence[PassRow], documents: dict[UUID, Terms]) -> set[str]:
        by_number = {row.pass_id: documents[row.id] for row in rows}
        return {
            scope_of(case.at, by_number[case.reading.pass_id], case.ask.now)
            for case in self._cases
            if case.reading.pass_id in by_number
        }

    def _entries(self, ids: Collection[UUID], scopes: set[str]) -> dict[UUID, list[Entered]]:
        found: dict[UUID, list[Entered]] = defaultdict(list)
        for row in self._all(self._reads.entries, passes=ids, scopes=scopes):
            found[row.pass_row_id].append(Entered(*row))
        return found

    def _others(
        self, rows: Sequence[PassRow], documents: dict[UUID, Terms]
    ) -> dict[UUID, list[SessionRow]]:
        """Return what Series open that do not open the session asked about."""
        asked = {case.at.id for case in self._cases}
        closed = {
            row.series_id
            for row in rows
            if not all(opens(documents[row.id], session_id) for session_id in asked)
        }
        found: dict[UUID, list[SessionRow]] = defaultdict(list)
        if closed:
            for series_id, *row in self._all(self._reads.others, series=closed):
                found[series_id].append(SessionRow(*row))
        return found
