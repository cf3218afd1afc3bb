"""Editions: Series under one published cap and one numbering, sold step by step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts import fields
from passes_service.accounts.errors import NotFound
from passes_service.catalog import calendars, series
from passes_service.db.models import Edition, Pass, Series
from passes_service.drops.errors import EditionUnfit
from passes_service.drops.texts import MOST_PLACES, refuse


def create(
    session: Session, *, organizer_id: UUID, calendar_id: UUID, title: str, cap: int, now: datetime
) -> Edition:
    """Publish an Edition of `cap` passes under a calendar; Series are attached to it afterwards.

    Raises:
        NotFound: No such calendar here.
        DropInvalid, FieldRefused: The cap or the title does not fit.
    """
    calendars.get(session, organizer_id=organizer_id, calendar_id=calendar_id)
    if not 1 <= cap <= MOST_PLACES:
        raise refuse("An Edition has at least one pass.", "cap")
    row = Edition(
        organizer_id=organizer_id,
        calendar_id=calendar_id,
        title=fields.line(title, field="title", longest=160),
        cap=cap,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def attach(session: Session, *, organizer_id: UUID, edition_id: UUID, series_id: UUID) -> Series:
    """Make a Series the next step of an Edition: its numbers follow those of the steps before.

    Only before anybody has a pass of it, for numbers that were shown must not change. Attaching
    twice changes nothing.

    Raises:
        NotFound: No such Edition or Series here.
        EditionUnfit: Another calendar or Edition, passes are out, or more than the cap.
    """
    edition = get(session, organizer_id=organizer_id, edition_id=edition_id)
    # Two that are attached at once must not get the same numbers.
    calendars.lock(session, organizer_id=organizer_id, calendar_id=edition.calendar_id)
    row = series.get(session, organizer_id=organizer_id, series_id=series_id)
    session.refresh(row, with_for_update={"key_share": True})
    if row.edition_id == edition_id:
        return row
    steps = series_of(session, edition)
    offset = sum(step.cap for step in steps)
    _check_fit(edition, row, offset)
    row.edition_id, row.edition_offset = edition.id, offset
    session.add(row)
    session.flush()
    return row


def _check_fit(edition: Edition, row: Series, offset: int) -> None:
    if row.calendar_id != edition.calendar_id:
        raise EditionUnfit("It belongs to another calendar.", field="series_id")
    if row.edition_id is not None:
        raise EditionUnfit("It belongs to another Edition.", field="series_id")
    if row.issued or row.set_aside:
        raise EditionUnfit(
            "Passes of it are sold already, and their numbers stay.", field="series_id"
        )
    if offset + row.cap > edition.cap:
        raise EditionUnfit(
            f"The Edition has room for {edition.cap - offset} more passes, "
            f"“{row.title}” has {row.cap}.",
            field="series_id",
        )


def get(session: Session, *, organizer_id: UUID, edition_id: UUID) -> Edition:
    """Return an Edition of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Edition, (organizer_id, edition_id))
    if found is None:
        raise NotFound("There is no such Edition here.")
    return found


def every(session: Session, *, organizer_id: UUID) -> Sequence[Edition]:
    """Return the Editions of an organizer, newest first."""
    return session.exec(
        select(Edition).where(Edition.organizer_id == organizer_id).order_by(col(Edition.id).desc())
    ).all()


def series_of(session: Session, edition: Edition) -> Sequence[Series]:
    """Return the steps of an Edition in the order of their numbers."""
    return session.exec(
        select(Series)
        .where(
            Series.organizer_id == edition.organizer_id,
            Series.edition_id == edition.id,
        )
        .order_by(col(Series.edition_offset), col(Series.id))
    ).all()


def number_of(session: Session, row: Pass, sold: Series) -> str | None:
    """Return a pass's number in its Edition, as "137 of 500, “Founders”"; None without one.

    At doors a pass is known by its number in the Series, which stays beside this one.
    """
    if sold.edition_id is None:
        return None
    edition = get(session, organizer_id=sold.organizer_id, edition_id=sold.edition_id)
    return f"{sold.edition_offset + row.serial} of {edition.cap}, “{edition.title}”"


def check_steps(
    session: Session, *, organizer_id: UUID, steps: Sequence[Series], field: str
) -> None:
    """Refuse steps that are not of one complete Edition, in the order of their numbers.

    Raises:
        EditionUnfit: They are not, or the Edition's caps do not add up to what it publishes.
    """
    named = {step.edition_id for step in steps}
    edition_id = next(iter(named))
    if len(named) != 1 or edition_id is None:
        raise EditionUnfit("Its steps must be Series of one Edition: attach them.", field=field)
    edition = get(session, organizer_id=organizer_id, edition_id=edition_id)
    attached = sum(row.cap for row in series_of(session, edition))
    if attached != edition.cap:
        raise EditionUnfit(
            f"“{edition.title}” publishes {edition.cap} passes, its Series have {attached}.",
            field=field,
        )
    offsets = [step.edition_offset for step in steps]
    if offsets != sorted(offsets):
        raise EditionUnfit("Name its steps in the order of their numbers.", field=field)
