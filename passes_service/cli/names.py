"""What people type for things: a slug, a name, or an id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from passes_service.cli.errors import NothingYet, Unnamed

if TYPE_CHECKING:
    from sqlmodel import Session

    from passes_service.db.models import Calendar, Organizer, Series

T = TypeVar("T")
_SHOWN = 12


def organizer(session: Session, typed: str | None) -> Organizer:
    """Return an organizer by slug or id; unnamed, the only one there is.

    Raises:
        NothingYet: There is none.
        Unnamed: None fits, or there are several and none was named.
    """
    from sqlmodel import col, select

    from passes_service.db.models import Organizer

    every = session.exec(select(Organizer).order_by(col(Organizer.slug))).all()
    return _choose("organizer", every, typed, name=lambda one: one.slug)


def calendar(session: Session, organizer_id: UUID, typed: str | None) -> Calendar:
    """Return a calendar by name or id; unnamed, the only one there is.

    Raises:
        NothingYet: There is none.
        Unnamed: None fits, or several do.
    """
    from passes_service.catalog import calendars

    every = calendars.every(session, organizer_id=organizer_id)
    return _choose("calendar", every, typed, name=lambda one: one.name)


def series(session: Session, organizer_id: UUID, typed: str | None) -> Series:
    """Return a Series by title or id; unnamed, the only one there is.

    Raises:
        NothingYet: There is none.
        Unnamed: None fits, or several do.
    """
    from passes_service.catalog import series as all_series

    every = all_series.every(session, organizer_id=organizer_id)
    return _choose("series", every, typed, name=lambda one: one.title)


def _choose(kind: str, every: Sequence[T], typed: str | None, *, name: Callable[[T], str]) -> T:
    """Return the one that fits: by id, by whole name, by the start of a name."""
    if not every:
        raise NothingYet(f"No {kind} is here yet.")
    if typed is None:
        if len(every) == 1:
            return every[0]
        raise Unnamed(f"There are several, so say --{kind}: {_listed(every, name)}.")
    wanted = typed.strip().casefold()
    tests: tuple[Callable[[T], bool], ...] = (
        lambda one: str(getattr(one, "id", "")) == wanted,
        lambda one: name(one).casefold() == wanted,
        lambda one: bool(wanted) and name(one).casefold().startswith(wanted),
    )
    for test in tests:
        fitting = [one for one in every if test(one)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            ids = ", ".join(f"{name(one)} = {getattr(one, 'id', '')}" for one in fitting[:_SHOWN])
            raise Unnamed(f"“{typed}” fits several; use the id: {ids}.")
    raise Unnamed(f"No {kind} is called “{typed}”. There is: {_listed(every, name)}.")


def _listed(every: Sequence[T], name: Callable[[T], str]) -> str:
    shown = ", ".join(f"“{name(one)}”" for one in every[:_SHOWN])
    return shown + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")
