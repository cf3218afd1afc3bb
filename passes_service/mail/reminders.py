"""Two days before the doors: is the code still on the phone? A link to bind it again in one tap.

Browsers delete what pages have stored when they like. Holders hear of it while they can still do
something; from two hours before the doors a host renews the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from passes_service.accounts import holders, links, organizers
from passes_service.catalog import series, terms
from passes_service.core.events import DoorsNear
from passes_service.db import outbox
from passes_service.db.models import (
    CalendarSession,
    MailMessage,
    OutboxEvent,
    Pass,
    Series,
    SeriesSession,
)
from passes_service.mail import letters, notices, post
from passes_service.mail.letters import PassLine
from passes_service.mail.notices import Payload
from passes_service.passes import devices
from passes_service.passes.queries import Held

BEFORE_DOORS = timedelta(hours=48)
_EARLIEST = BEFORE_DOORS + timedelta(days=1)  # doors open at most a day before the start
_ONCE = UUID("5f0c0d8e-3f7a-4f5e-9a53-0d2f6a4f1b11")


@dataclass(frozen=True)
class Near:
    """A session whose doors are near, for one Series; holders can act until `closes_at`."""

    at: CalendarSession
    series: Series
    doors_at: datetime
    closes_at: datetime


def announce(session: Session, *, now: datetime) -> int:
    """Write down which sessions' doors have come near, once per Series and start; return how many.

    A session that was moved since is another one: its holders may have waited for long.
    """
    found = session.exec(
        select(CalendarSession, Series)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(CalendarSession.organizer_id))
            & (col(SeriesSession.session_id) == col(CalendarSession.id)),
        )
        .join(
            Series,
            (col(Series.organizer_id) == col(SeriesSession.organizer_id))
            & (col(Series.id) == col(SeriesSession.series_id)),
        )
        .where(
            CalendarSession.status != "cancelled",
            col(CalendarSession.starts_at) > now,
            col(CalendarSession.starts_at) <= now + _EARLIEST,
        )
    ).all()
    said = 0
    for at, row in found:
        near = _near(session, at, row)
        if not near.doors_at - BEFORE_DOORS <= now < near.closes_at:
            continue
        event = DoorsNear(
            organizer_id=at.organizer_id,
            session_id=at.id,
            series_id=row.id,
            starts_at=at.starts_at,
        )
        known_by = uuid5(_ONCE, f"{at.id} {row.id} {at.starts_at.isoformat()}")
        said += outbox.add_once(session, event, event_id=known_by, now=now)
    return said


def holders_of(session: Session, event: OutboxEvent, payload: Payload) -> list[UUID]:
    """Return who holds a living pass of the Series, in a stable order."""
    return list(
        session.exec(
            select(Pass.holder_id)
            .where(
                Pass.organizer_id == event.organizer_id,
                Pass.series_id == UUID(payload["series_id"]),
                col(Pass.state).in_(devices.ALIVE),
            )
            .distinct()
            .order_by(col(Pass.holder_id))
        )
    )


def tell(
    session: Session,
    event: OutboxEvent,
    payload: Payload,
    origin: str,
    holder_ids: list[UUID],
    now: datetime,
) -> None:
    """Write to some of the holders, once each; not to who wants no such mail.

    Not about a session that another of the Series comes before: that one's letter said it all.
    """
    near = _still_near(session, event, payload, now=now)
    if near is None:
        return
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    for holder_id, passes in _passes(session, near, holder_ids):
        holder = holders.get(session, organizer_id=event.organizer_id, holder_id=holder_id)
        rows = holders.emails(session, organizer_id=event.organizer_id, holder_id=holder.id)
        address = post.best_address(rows)
        if address is None or not holder.change_mail or _told(session, event, address):
            continue
        goal = f"/me/passes/{passes[0].row.pass_id}" if len(passes) == 1 else "/me"
        link = links.create(
            session,
            organizer_id=event.organizer_id,
            purpose=links.HOLDER_LOGIN,
            email=address,
            subject_id=None,
            next_path=goal,
            ttl=near.closes_at - now,
            now=now,
            tell=False,
        )
        letter = letters.doors_near(
            organizer.name,
            session=near.at.title,
            starts=notices.when(near.at.starts_at, near.at.time_zone),
            doors=f"{near.doors_at.astimezone(ZoneInfo(near.at.time_zone)):%H:%M}",
            until=notices.when(near.closes_at, near.at.time_zone),
            passes=[_line(session, held) for held in passes],
            url=notices.page_url(origin, organizer, goal),
        )
        post.write(
            session,
            organizer_id=event.organizer_id,
            event_id=event.id,
            recipient=address,
            letter=letter,
            link_id=link.id,
            stop_id=holder.id,
            now=now,
        )


def _near(session: Session, at: CalendarSession, row: Series) -> Near:
    document = terms.get(session, organizer_id=row.organizer_id, terms_hash=row.terms_hash)
    doors = at.starts_at - timedelta(minutes=document.entry.doors_minutes_before)
    return Near(at, row, doors, devices.closes_at(at, document))


def _still_near(
    session: Session, event: OutboxEvent, payload: Payload, *, now: datetime
) -> Near | None:
    at = session.get(CalendarSession, (event.organizer_id, UUID(payload["session_id"])))
    row = session.get(Series, (event.organizer_id, UUID(payload["series_id"])))
    if at is None or row is None or at.status == "cancelled":
        return None
    if at.starts_at != datetime.fromisoformat(payload["starts_at"]):
        return None
    near = _near(session, at, row)
    opens = series.sessions_of(session, organizer_id=at.organizer_id, series_id=row.id)
    before = [
        one
        for one in opens
        if one.status != "cancelled" and one.ends_at > now and one.starts_at < at.starts_at
    ]
    return None if before or now >= near.closes_at else near


def _passes(
    session: Session, near: Near, holder_ids: list[UUID]
) -> Iterator[tuple[UUID, list[Held]]]:
    rows = session.exec(
        select(Pass)
        .where(
            Pass.organizer_id == near.series.organizer_id,
            Pass.series_id == near.series.id,
            col(Pass.state).in_(devices.ALIVE),
            col(Pass.holder_id).in_(holder_ids),
        )
        .order_by(col(Pass.holder_id), col(Pass.serial))
    ).all()
    for holder_id, passes in groupby(rows, key=lambda row: row.holder_id):
        yield holder_id, [Held(row, near.series) for row in passes]


def _line(session: Session, held: Held) -> PassLine:
    device = devices.of_pass(session, held.row)
    return PassLine(
        f"“{held.series.title}”, number {held.label}", devices.named(device) if device else ""
    )


def _told(session: Session, event: OutboxEvent, address: str) -> bool:
    """Tell whether the letter is written: then no link is made that nobody gets."""
    found = select(MailMessage.id).where(
        MailMessage.organizer_id == event.organizer_id,
        MailMessage.event_id == event.id,
        MailMessage.recipient == address,
    )
    return session.exec(found).first() is not None
