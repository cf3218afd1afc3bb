"""Drops as calendar entries: in the feeds that ask for them, and each as a public file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

import ics_feeds
from ics_feeds.parts import local_times, prepare
from ics_feeds.zones import Span, spans
from passes_service.db.models import Calendar, Drop, FeedLink, Organizer
from passes_service.drops.standing import OVER
from passes_service.feeds.items import Item, digest
from passes_service.feeds.words import Words

# A sale of days would lie over everything else; what matters is its opening.
LONGEST: Final = timedelta(hours=2)
SHOWN: Final = timedelta(minutes=30)


def items(
    session: Session,
    link: FeedLink,
    organizer: Organizer,
    words: Words,
    said: str,
    *,
    origin: str,
    since: datetime,
) -> Iterable[tuple[datetime, Item]]:
    """Yield the listed Drops that were not over at `since`, with the instant when each goes.

    Args:
        said: What else the subscriber chose; a part of what makes an entry theirs.
    """
    rows = session.exec(
        select(Drop, col(Calendar.time_zone))
        .join(
            Calendar,
            (col(Calendar.organizer_id) == col(Drop.organizer_id))
            & (col(Calendar.id) == col(Drop.calendar_id)),
        )
        .where(
            Drop.organizer_id == link.organizer_id,
            col(Drop.listed).is_(True),
            col(Drop.agreed).is_(True),
            col(Drop.closes_at) > since,
        )
        .order_by(col(Drop.opens_at), col(Drop.id))
    )
    reminders = tuple(timedelta(minutes=int(one)) for one in link.reminders.split())
    for drop, zone in rows:
        made = entry(drop, zone, words, reminders)
        url = page_of(drop, organizer, origin)
        yield (
            drop.closes_at,
            Item(
                made.uid,
                prepare(made, cancelled_prefix=words.cancelled),
                zone_of(made),
                made.sequence,
                made.changed_at,
                "",
                url,
                digest(said, url),
            ),
        )


def entry(
    drop: Drop, zone: str, words: Words, reminders: tuple[timedelta, ...] = ()
) -> ics_feeds.Entry:
    """Return a Drop from its opening to its closing, or for half an hour if it is open longer."""
    ends_at = drop.closes_at
    if ends_at - drop.opens_at > LONGEST:
        ends_at = drop.opens_at + SHOWN
    until = f"{drop.closes_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    lines = (drop.summary, words.drop_until.format(until=until))
    return ics_feeds.Entry(
        uid=str(drop.id),
        title=words.drop.format(title=drop.title),
        description="\n\n".join(line for line in lines if line),
        starts_at=drop.opens_at,
        ends_at=ends_at,
        time_zone=zone,
        status="CANCELLED" if called_off(drop) else "CONFIRMED" if drop.agreed else "TENTATIVE",
        sequence=drop.version,
        created_at=drop.created_at,
        changed_at=drop.changed_at,
        transparent=True,
        reminders=reminders,
    )


def zone_of(made: ics_feeds.Entry) -> Span:
    """Return which years of its zone an entry needs."""
    return spans(local_times(made) or ())[0]


def called_off(drop: Drop) -> bool:
    """Tell whether a Drop was closed before it opened."""
    ended = drop.ended_at is not None and drop.ended_at <= drop.opens_at
    return drop.state in OVER and (ended or not drop.agreed)


def page_of(drop: Drop, organizer: Organizer, origin: str) -> str:
    """Return the address where a Drop is bought."""
    return f"{origin}/o/{organizer.slug}/drops/{drop.slug}"
