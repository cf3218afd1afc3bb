"""Finding passes, always within one organizer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from passes_service.accounts.errors import NotFound
from passes_service.db.models import Holder, HolderEmail, Pass, PassEvent, Series

PAGE = 100
MOST_SERIAL = 2**31 - 1  # what the column holds; a longer number is a pass id
_ESCAPED = re.compile(r"[\\%_]")
_NUMBER = re.compile(r"[0-9]{1,40}")


@dataclass(frozen=True)
class Held:
    """A pass with the Series it belongs to."""

    row: Pass
    series: Series

    @property
    def label(self) -> str:
        """Return the number as people say it: "137 of 500"."""
        return f"{self.row.serial} of {self.series.cap}"


def by_pass_id(session: Session, *, organizer_id: UUID, pass_id: int) -> Held:
    """Return a pass of this organizer by its public number.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.exec(
        select(Pass, Series)
        .join(Series, _series_of_pass())
        .where(Pass.organizer_id == organizer_id, Pass.pass_id == pass_id)
    ).first()
    if found is None:
        raise NotFound("There is no such pass here.")
    return Held(*found)


def held_by(session: Session, *, organizer_id: UUID, holder_id: UUID) -> list[Held]:
    """Return every pass in a holder's account, newest first, given-up ones included."""
    rows = session.exec(
        select(Pass, Series)
        .join(Series, _series_of_pass())
        .where(Pass.organizer_id == organizer_id, Pass.holder_id == holder_id)
        .order_by(col(Pass.id).desc())
    )
    return [Held(*row) for row in rows]


def of_holder(session: Session, *, organizer_id: UUID, holder_id: UUID, pass_id: int) -> Held:
    """Return one pass if this holder holds it; someone else's looks like none.

    Raises:
        NotFound: There is none in this holder's account.
    """
    held = by_pass_id(session, organizer_id=organizer_id, pass_id=pass_id)
    if held.row.holder_id != holder_id:
        raise NotFound("There is no such pass here.")
    return held


def search(
    session: Session,
    *,
    organizer_id: UUID,
    text: str = "",
    series_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = PAGE,
) -> list[Held]:
    """Return passes by number, holder's name or e-mail, newest first; page with `before`."""
    statement = (
        select(Pass, Series)
        .join(Series, _series_of_pass())
        .where(Pass.organizer_id == organizer_id)
        .order_by(col(Pass.id).desc())
        .limit(min(limit, PAGE))
    )
    if series_id is not None:
        statement = statement.where(Pass.series_id == series_id)
    if before is not None:
        statement = statement.where(col(Pass.id) < before)
    text = text.strip()
    if "\x00" in text:
        return []  # no row holds one: PostgreSQL refuses it, SQLite would stop reading there
    number = int(text) if _NUMBER.fullmatch(text) else None
    if number is not None and number <= MOST_SERIAL:
        statement = statement.where(Pass.serial == number)
    elif number is not None:
        statement = statement.where(Pass.pass_id == number)
    elif text:
        pattern = "%" + _ESCAPED.sub(r"\\\g<0>", text.lower()) + "%"
        named = select(Holder.id).where(
            Holder.organizer_id == organizer_id, col(Holder.name).ilike(pattern, escape="\\")
        )
        mailed = select(HolderEmail.holder_id).where(
            HolderEmail.organizer_id == organizer_id,
            col(HolderEmail.email).like(pattern, escape="\\"),
        )
        statement = statement.where(
            or_(col(Pass.holder_id).in_(named), col(Pass.holder_id).in_(mailed))
        )
    return [Held(*row) for row in session.exec(statement)]


def history(session: Session, *, organizer_id: UUID, pass_row_id: UUID) -> Sequence[PassEvent]:
    """Return what happened to a pass, oldest first."""
    return session.exec(
        select(PassEvent)
        .where(PassEvent.organizer_id == organizer_id, PassEvent.pass_row_id == pass_row_id)
        .order_by(col(PassEvent.id))
    ).all()


def _series_of_pass() -> ColumnElement[bool]:
    return (col(Series.organizer_id) == col(Pass.organizer_id)) & (
        col(Series.id) == col(Pass.series_id)
    )
