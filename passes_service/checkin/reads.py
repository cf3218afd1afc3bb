"""The statements that read what a decision needs, for many scans of one organizer at once.

Columns and not objects of the ORM, which would cost more than the decision. Built once for each
database: a list is one array on PostgreSQL, so that the text of a statement stays the same and
its plan is kept; SQLite gets as many marks as there are values.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, any_, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from passes_service.db.bulk import table_of
from passes_service.db.models import (
    CalendarSession,
    CheckIn,
    Gate,
    Holder,
    Pass,
    PassDevice,
    PortionChange,
    Scan,
    Series,
    SeriesSession,
)

_PASS: Final = table_of(Pass)
_SERIES: Final = table_of(Series)
_HOLDER: Final = table_of(Holder)
_SESSION: Final = table_of(CalendarSession)
_OPENED: Final = table_of(SeriesSession)
_DEVICE: Final = table_of(PassDevice)
_CHANGE: Final = table_of(PortionChange)
_ENTRY: Final = table_of(CheckIn)
_GATE: Final = table_of(Gate)
_SCAN: Final = table_of(Scan)
_PASS_COLUMNS: Final = (
    *("organizer_id", "id", "pass_id", "series_id", "serial", "holder_id", "state", "epoch"),
    *("transfers", "paid_minor", "paid_back_minor", "currency", "bought_at", "next_doors_at"),
)
_SESSION_COLUMNS: Final = (
    *("id", "title", "starts_at", "ends_at", "time_zone", "status", "capacity"),
)
_CHANGE_COLUMNS: Final = (
    *("portion", "kind", "created_at", "doors_at", "ends_at", "window_closes_at"),
)


class Reads:
    """Every statement, for one database. All take `organizer`, and lists by what they hold."""

    def __init__(self, dialect: str) -> None:
        self._arrays = dialect == "postgresql"
        passes = self._of(_PASS, _PASS_COLUMNS).where(self._among(_PASS.c.pass_id, "numbers"))
        self.passes = passes
        # In one order for everybody: two groups cannot wait for each other.
        self.hold = passes.order_by(_PASS.c.id).with_for_update(key_share=True)
        self.hold_free = passes.order_by(_PASS.c.id).with_for_update(
            key_share=True, skip_locked=True
        )
        self.details = self._details()
        self.devices = self._of(
            _DEVICE, ("pass_row_id", "epoch", "public_key"), _among=("pass_row_id", "passes")
        ).where(self._among(_DEVICE.c.epoch, "epochs"))
        self.entries = self._entries()
        self.others = self._others()
        self.numbers = self._numbers()
        self.nonces = self._of(_SCAN, ("gate_id", "nonce"), _among=("nonce", "nonces")).where(
            self._among(_SCAN.c.gate_id, "gates")
        )
        self.sessions = self._of(_SESSION, _SESSION_COLUMNS, _among=("id", "sessions"))
        self.hold_sessions = self.sessions.order_by(_SESSION.c.id).with_for_update(key_share=True)
        self.inside = self._inside()
        self.places = self._places()

    def _among(self, column: Any, name: str) -> ColumnElement[bool]:
        if self._arrays:
            found: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(column.type)))
            return found
        inside: ColumnElement[bool] = column.in_(bindparam(name, expanding=True))
        return inside

    def _of(
        self, table: Any, names: tuple[str, ...], *, _among: tuple[str, str] | None = None
    ) -> Select[Any]:
        found = select(*(table.c[name] for name in names)).where(
            table.c.organizer_id == bindparam("organizer")
        )
        return found if _among is None else found.where(self._among(table.c[_among[0]], _among[1]))

    def _places(self) -> Select[Any]:
        """Read gates that are not revoked, each with each session: one trip for both."""
        return select(
            *(_GATE.c[name] for name in ("token_digest", "id", "name", "session_ids")),
            *(_SESSION.c[name] for name in _SESSION_COLUMNS),
        ).where(
            _GATE.c.organizer_id == bindparam("organizer"),
            self._among(_GATE.c.token_digest, "digests"),
            _GATE.c.revoked_at.is_(None),
            _SESSION.c.organizer_id == _GATE.c.organizer_id,
            self._among(_SESSION.c.id, "sessions"),
        )

    def _details(self) -> Select[Any]:
        """Read what belongs to a pass: Series, holder's name, device of its present epoch.

        One row for each published change of its Series, in their order, or one without.
        """
        owner = _PASS.c.organizer_id
        series = (_SERIES.c.organizer_id == owner) & (_SERIES.c.id == _PASS.c.series_id)
        holder = (_HOLDER.c.organizer_id == owner) & (_HOLDER.c.id == _PASS.c.holder_id)
        device = (
            (_DEVICE.c.organizer_id == owner)
            & (_DEVICE.c.pass_row_id == _PASS.c.id)
            & (_DEVICE.c.epoch == _PASS.c.epoch)
        )
        change = (_CHANGE.c.organizer_id == owner) & (_CHANGE.c.series_id == _SERIES.c.id)
        return (
            select(
                _PASS.c.id,
                _SERIES.c.title,
                _SERIES.c.cap,
                _SERIES.c.terms_hash,
                _HOLDER.c.name,
                _DEVICE.c.public_key,
                *(_CHANGE.c[name] for name in _CHANGE_COLUMNS),
            )
            .select_from(
                _PASS.join(_SERIES, series)
                .join(_HOLDER, holder)
                .outerjoin(_DEVICE, device)
                .outerjoin(_CHANGE, change)
            )
            .where(owner == bindparam("organizer"), self._among(_PASS.c.id, "passes"))
            .order_by(_CHANGE.c.id)
        )

    def _entries(self) -> Select[Any]:
        at_gate = (_GATE.c.organizer_id == _ENTRY.c.organizer_id) & (_GATE.c.id == _ENTRY.c.gate_id)
        names = ("id", "pass_row_id", "scope", "number", "created_at", "exited_at")
        return (
            select(*(_ENTRY.c[name] for name in names), _GATE.c.name)
            .select_from(_ENTRY.join(_GATE, at_gate))
            .where(
                _ENTRY.c.organizer_id == bindparam("organizer"),
                self._among(_ENTRY.c.pass_row_id, "passes"),
                self._among(_ENTRY.c.scope, "scopes"),
                _ENTRY.c.annulled_at.is_(None),
                # As text: a plan that is kept can only use the partial index if it sees the value.
                _ENTRY.c.conflict_code == literal_column("''"),
            )
            .order_by(_ENTRY.c.number)
        )

    def _others(self) -> Select[Any]:
        same = (_OPENED.c.organizer_id == _SESSION.c.organizer_id) & (
            _OPENED.c.session_id == _SESSION.c.id
        )
        return (
            select(_OPENED.c.series_id, *(_SESSION.c[name] for name in _SESSION_COLUMNS))
            .select_from(_SESSION.join(_OPENED, same))
            .where(
                _OPENED.c.organizer_id == bindparam("organizer"),
                self._among(_OPENED.c.series_id, "series"),
            )
            .order_by(_SESSION.c.starts_at, _SESSION.c.id)
        )

    def _numbers(self) -> Select[Any]:
        """Find public numbers by serial among the Series that open some sessions."""
        same = (_OPENED.c.organizer_id == _PASS.c.organizer_id) & (
            _OPENED.c.series_id == _PASS.c.series_id
        )
        return (
            select(_OPENED.c.session_id, _PASS.c.serial, _PASS.c.pass_id)
            .select_from(_PASS.join(_OPENED, same))
            .where(
                _OPENED.c.organizer_id == bindparam("organizer"),
                self._among(_OPENED.c.session_id, "sessions"),
                self._among(_PASS.c.serial, "serials"),
            )
        )

    def _inside(self) -> Select[Any]:
        """Count who is in a room: entries in conflict are people, too."""
        return (
            select(_ENTRY.c.session_id, func.count())
            .where(
                _ENTRY.c.organizer_id == bindparam("organizer"),
                self._among(_ENTRY.c.session_id, "sessions"),
                _ENTRY.c.annulled_at.is_(None),
                _ENTRY.c.exited_at.is_(None),
            )
            .group_by(_ENTRY.c.session_id)
        )


@lru_cache(maxsize=2)
def reads(dialect: str) -> Reads:
    """Return the statements for `postgresql` or `sqlite`."""
    return Reads(dialect)
