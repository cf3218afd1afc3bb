"""A holder's feed: rendered when something changed, served from stored bytes otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy import update
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
)
from passes_service.db.upsert import insert_if_absent

log = structlog.get_logger("feeds")

PRODID = "-//Calendar passes//Personal feed 1//EN"
CANCELLED_FOR = timedelta(days=3)
KEEP_PAST = timedelta(days=60)
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
SHOWN_STATES = ("active", "claiming", "on_chain")


@dataclass(frozen=True)
class Served:
    """A feed as it goes out, and the copy of it to keep if it was rendered just now."""

    body: bytes
    etag: str
    fresh: FeedCopy | None = None


def serve(session: Session, *, link: FeedLink, origin: str, now: datetime) -> Served:
    """Return the holder's stored copy if nothing changed, else a new rendering to be kept.

    A revoked link shows one quiet notice instead of an error: clients that see an error keep
    showing sessions that the holder may no longer attend. Where rendering fails the last stored
    bytes go out: an error would make some apps switch the calendar off for good.
    """
    if link.revoked_at is not None:
        return _revoked(session, link, origin=origin)
    copy = session.get(FeedCopy, (link.organizer_id, link.holder_id))
    try:
        stamp = version_of(session, organizer_id=link.organizer_id, holder_id=link.holder_id)
        if copy is not None and copy.rendered_from == stamp and copy.fresh_until > now:
            return Served(copy.body, copy.etag)
        uid = copy.uid if copy is not None else _uid(link)
        feed, until = _feed(session, link, uid=uid, origin=origin, now=now)
        body = ics_feeds.render(feed)
    except Exception as error:
        if copy is None:
            raise
        log.error("feed not rendered", holder_id=str(link.holder_id), kind=type(error).__name__)
        return Served(copy.body, copy.etag)
    fresh = FeedCopy(
        organizer_id=link.organizer_id,
        holder_id=link.holder_id,
        uid=uid,
        rendered_from=stamp,
        fresh_until=until,
        etag=ics_feeds.etag(body),
        body=body,
    )
    return Served(body, fresh.etag, fresh)


def keep(session: Session, copy: FeedCopy) -> None:
    """Store a rendered copy in place of an earlier one; two devices may fetch at once."""
    if insert_if_absent(session, FeedCopy, copy.model_dump()):
        return
    session.execute(
        update(FeedCopy)
        .where(
            col(FeedCopy.organizer_id) == copy.organizer_id,
            col(FeedCopy.holder_id) == copy.holder_id,
        )
        .values(copy.model_dump(exclude={"organizer_id", "holder_id", "uid"}))
    )


def _uid(link: FeedLink) -> UUID:
    """Return the UID of a holder's notice: nobody can tell whose, and it never changes."""
    return uuid5(link.organizer_id, f"notice {link.holder_id}")


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
    until = now + timedelta(days=30)
    entries = []
    for row in _sessions(session, link):
        gone = _gone_at(row)
        if gone <= now:
            continue
        until = min(until, gone)
        entries.append(_entry(row, origin=origin))
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


def _sessions(session: Session, link: FeedLink) -> Sequence[CalendarSession]:
    """Return the sessions that a live pass of the holder opens, each once."""
    opened = (
        select(SeriesSession.session_id)
        .join(
            Pass,
            (col(Pass.organizer_id) == col(SeriesSession.organizer_id))
            & (col(Pass.series_id) == col(SeriesSession.series_id)),
        )
        .where(
            Pass.organizer_id == link.organizer_id,
            Pass.holder_id == link.holder_id,
            col(Pass.state).in_(SHOWN_STATES),
        )
    )
    return session.exec(
        select(CalendarSession)
        .where(
            CalendarSession.organizer_id == link.organizer_id, col(CalendarSession.id).in_(opened)
        )
        .order_by(col(CalendarSession.starts_at), col(CalendarSession.id))
    ).all()


def _entry(row: CalendarSession, *, origin: str) -> ics_feeds.Entry:
    """Return a session as every holder sees it.

    Nothing of the holder's own is in it, such as the number of a pass: SEQUENCE belongs to the
    session, so what only one holder's feed shows could change without it.
    """
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
        description=row.description,
        location=row.location,
        url=f"{origin}/me",
    )


def _revoked(session: Session, link: FeedLink, *, origin: str) -> Served:
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
    return Served(body, ics_feeds.etag(body))
