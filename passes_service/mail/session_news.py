"""A session moved, was cancelled or is back: everyone whose pass opens it hears what is owed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts import organizers
from passes_service.core.rules.actions import Draw, Refund
from passes_service.core.rules.decide import decide
from passes_service.db.models import (
    CalendarSession,
    Organizer,
    OutboxEvent,
    Pass,
    Series,
    SeriesSession,
)
from passes_service.mail import letters, notices
from passes_service.mail.letters import Letter
from passes_service.mail.notices import Payload
from passes_service.passes import facts
from passes_service.passes.queries import Held

_TOLD = ("moved", "cancelled", "reinstated")
_LIVE = ("active", "claiming", "on_chain")


def holders_of(session: Session, event: OutboxEvent, payload: Payload) -> list[UUID]:
    """Return whose living passes open the session, in a stable order."""
    rows = session.exec(
        select(Pass.holder_id)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == event.organizer_id,
            SeriesSession.session_id == UUID(payload["session_id"]),
            col(Pass.state).in_(_LIVE),
        )
        .distinct()
        .order_by(col(Pass.holder_id))
    )
    return list(rows)


def tell(
    session: Session,
    event: OutboxEvent,
    payload: Payload,
    origin: str,
    holder_ids: list[UUID],
    now: datetime,
) -> None:
    """Write to some of the holders; whoever has been told already is not told again."""
    changed = session.get(CalendarSession, (event.organizer_id, UUID(payload["session_id"])))
    if changed is None or payload["change"] not in _TOLD:
        return
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    for holder_id, passes in _passes(session, event, changed, holder_ids):
        owed = tuple(filter(None, (_owed(session, held, now) for held in passes)))
        letter = _letter(organizer, changed, payload["change"], owed, origin)
        notices.to_holder(session, event, holder_id, letter, now)


def _passes(
    session: Session, event: OutboxEvent, changed: CalendarSession, holder_ids: list[UUID]
) -> Iterator[tuple[UUID, list[Held]]]:
    rows = session.exec(
        select(Pass, Series)
        .join(
            Series,
            (col(Series.organizer_id) == col(Pass.organizer_id))
            & (col(Series.id) == col(Pass.series_id)),
        )
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == event.organizer_id,
            SeriesSession.session_id == changed.id,
            col(Pass.state).in_(_LIVE),
            col(Pass.holder_id).in_(holder_ids),
        )
        .order_by(col(Pass.holder_id), col(Pass.id))
    ).all()
    held = [Held(*row) for row in rows]
    for holder_id, passes in groupby(held, key=lambda each: each.row.holder_id):
        yield holder_id, list(passes)


def _owed(session: Session, held: Held, now: datetime) -> str:
    """Return what the Terms owe for one pass now, in their own words, or nothing."""
    known = facts.of(session, held)
    answers = (decide(action, known, now=now) for action in (Draw(), Refund()))
    said = " ".join(answer.reason for answer in answers if answer.allowed)
    return f"“{held.series.title}”, number {held.label}: {said}" if said else ""


def _letter(
    organizer: Organizer,
    changed: CalendarSession,
    change: str,
    owed: tuple[str, ...],
    origin: str,
) -> Letter:
    url = notices.page_url(origin, organizer, "/me")
    if change == "cancelled":
        return letters.session_cancelled(organizer.name, session=changed.title, owed=owed, url=url)
    write = letters.session_back if change == "reinstated" else letters.session_moved
    return write(
        organizer.name,
        session=changed.title,
        new_time=notices.when(changed.starts_at, changed.time_zone),
        owed=owed,
        url=url,
    )
