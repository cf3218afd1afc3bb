"""A holder's feed: rendered when something changed, served from stored bytes otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, func, select

import ics_feeds
from passes_service.db.models import (
    Calendar,
    CalendarSession,
    FeedCopy,
    FeedLink,
    Holder,
    Organizer,
    Pass,
    Series,
    SeriesSession,
    new_id,
)

PRODID = "-//Calendar passes//Personal feed 1//EN"
CANCELLED_FOR = timedelta(days=3)
KEEP_PAST = timedelta(days=60)
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
SHOWN_STATES = ("active", "claiming", "on_chain")


@dataclass(frozen=True)
class Rendered:
    """A feed as it goes out."""

    body: bytes
    etag: str


def serve(session: Session, *, link: FeedLink, origin: str, now: datetime) -> Rendered | FeedCopy:
    """Return the holder's stored copy if it is fresh, else a new one (not stored yet).

    A revoked link shows one quiet notice instead of an error: clients that see an error keep
    showing sessions that the holder may no longer attend.
    """
    if link.revoked_at is not None:
        return _revoked(session, link, origin=origin)
    copy = session.get(FeedCopy, (link.organizer_id, link.holder_id))
    stamp = version_of(session, organizer_id=link.organizer_id, holder_id=link.holder_id)
    if copy is not None and copy.rendered_from == stamp and copy.fresh_until > now:
        return copy
    uid = copy.uid if copy is not None else new_id()
    feed, until = _feed(session, link, uid=uid, origin=origin, now=now)
    body = ics_feeds.render(feed)
    return FeedCopy(
        organizer_id=link.organizer_id,
        holder_id=link.holder_id,
        uid=uid,
        rendered_from=stamp,
        fresh_until=until,
        etag=ics_feeds.etag(body),
        body=body,
    )


def keep(session: Session, copy: FeedCopy) -> None:
    """Store a rendered copy; a later rendering replaces it."""
    session.merge(copy)
    session.flush()


def version_of(session: Session, *, organizer_id: UUID, holder_id: UUID) -> str:
    """Return a text that differs whenever the holder's feed would: holdings and calendars."""
    holder = session.get(Holder, (organizer_id, holder_id))
    versions = session.exec(
        select(func.count(), func.sum(col(Calendar.version))).where(
            Calendar.organizer_id == organizer_id,
            col(Calendar.id).in_(
                select(Series.calendar_id)
                .join(
                    Pass,
                    (col(Pass.organizer_id) == col(Series.organizer_id))
                    & (col(Pass.series_id) == col(Series.id)),
                )
                .where(Pass.organizer_id == organizer_id, Pass.holder_id == holder_id)
            ),
        )
    ).one()
    return f"{holder.passes_version if holder else 0}:{versions[0]}:{versions[1] or 0}"


def _feed(
    session: Session, link: FeedLink, *, uid: UUID, origin: str, now: datetime
) -> tuple[ics_feeds.Feed, datetime]:
    organizer = session.get_one(Organizer, link.organizer_id)
    rows = _sessions(session, link)
    until = now + timedelta(days=30)
    entries = []
    for row, numbers in rows:
        gone = _gone_at(row)
        if gone <= now:
            continue
        until = min(until, gone)
        entries.append(_entry(row, numbers, origin=origin))
    notice = ics_feeds.notice(
        uid=str(uid),
        title=f"No sessions on your passes from {organizer.name}",
        at=_EPOCH,
        description=f"New passes show up here by themselves.\n{origin}/me",
    )
    feed = ics_feeds.Feed(
        name=f"{organizer.name}: my sessions",
        description=f"The sessions that your passes open. {origin}/me",
        time_zone=organizer.time_zone,
        prodid=PRODID,
        entries=tuple(entries),
        notice=notice,
    )
    return feed, until


def _gone_at(row: CalendarSession) -> datetime:
    """Return when a session leaves the feed; fixed per session, so midnight changes nothing."""
    if row.status == "cancelled":
        return row.starts_at + CANCELLED_FOR
    return row.ends_at + KEEP_PAST


def _sessions(session: Session, link: FeedLink) -> list[tuple[CalendarSession, tuple[str, ...]]]:
    """Return each session that a live pass opens, once, with the numbers of those passes."""
    found = session.exec(
        select(CalendarSession, Pass.serial, Series.title, Series.cap)
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
        .join(
            Pass,
            (col(Pass.organizer_id) == col(Series.organizer_id))
            & (col(Pass.series_id) == col(Series.id)),
        )
        .where(
            Pass.organizer_id == link.organizer_id,
            Pass.holder_id == link.holder_id,
            col(Pass.state).in_(SHOWN_STATES),
        )
        .order_by(col(CalendarSession.starts_at), col(CalendarSession.id), col(Pass.serial))
    )
    rows: dict[UUID, tuple[CalendarSession, list[str]]] = {}
    for row, serial, title, cap in found:
        _, numbers = rows.setdefault(row.id, (row, []))
        numbers.append(f"{title}: pass {serial} of {cap}")
    return [(row, tuple(numbers)) for row, numbers in rows.values()]


def _entry(row: CalendarSession, numbers: tuple[str, ...], *, origin: str) -> ics_feeds.Entry:
    lines = [*numbers, row.description] if row.description else list(numbers)
    return ics_feeds.Entry(
        uid=str(row.id),
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.time_zone,
        all_day=row.all_day,
        status="CANCELLED" if row.status == "cancelled" else "CONFIRMED",
        sequence=row.sequence,
        created_at=row.created_at,
        changed_at=row.changed_at,
        description="\n".join(lines),
        location=row.location,
        url=f"{origin}/me",
    )


def _revoked(session: Session, link: FeedLink, *, origin: str) -> Rendered:
    organizer = session.get_one(Organizer, link.organizer_id)
    feed = ics_feeds.Feed(
        name=f"{organizer.name}: my sessions",
        time_zone=organizer.time_zone,
        prodid=PRODID,
        notice=ics_feeds.notice(
            uid=str(link.id),
            title="This calendar link was replaced",
            at=_EPOCH,
            description=f"Get your present link on your page.\n{origin}/me",
        ),
    )
    body = ics_feeds.render(feed)
    return Rendered(body, ics_feeds.etag(body))
