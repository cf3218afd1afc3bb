"""Stored feeds: rendered once after a change, under the lock of their row, and kept as gzip."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Row, bindparam, update
from sqlalchemy import select as core_select
from sqlmodel import Session, SQLModel, col, select

import ics_feeds
from ics_feeds.parts import finish
from ics_feeds.render import head, join
from ics_feeds.zones import vtimezone, widest
from passes_service.db.models import FeedCopy, FeedLink, Holder, Organizer
from passes_service.db.upsert import insert_if_absent
from passes_service.feeds import content
from passes_service.feeds.content import Content
from passes_service.feeds.items import Item

PRODID: Final = "-//Calendar passes//Personal feed 1//EN"
_LONG_AGO: Final = datetime(2001, 1, 1, tzinfo=UTC)
MOST_MARKS: Final = 10_000
_A_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Stored:
    """A feed as it goes out: gzip bytes, the strong tag of what is in them, its last change."""

    body: bytes
    etag: str
    changed_at: datetime


# Of each entry: a digest of what only this subscriber gets, how often that has changed, and when.
Mark = list[Any]
Marks = dict[str, Mark]

_COPY: Final = SQLModel.metadata.tables[str(FeedCopy.__tablename__)]
_LINK: Final = (
    select(FeedLink, Organizer, col(Holder.feed_version), col(Holder.locale))
    .join(Organizer, col(Organizer.id) == col(FeedLink.organizer_id))
    .join(
        Holder,
        (col(Holder.organizer_id) == col(FeedLink.organizer_id))
        & (col(Holder.id) == col(FeedLink.holder_id)),
    )
    .where(
        col(FeedLink.organizer_id) == bindparam("organizer_id"),
        col(FeedLink.id) == bindparam("link_id"),
        col(FeedLink.revoked_at).is_(None),
    )
    .execution_options(populate_existing=True)
)


def refresh(
    session: Session, *, organizer_id: UUID, link_id: UUID, origin: str, now: datetime
) -> Stored | None:
    """Return the feed as it is now, rendered in the caller's transaction if it is outdated.

    Whoever comes while another renders waits for the row and gets what the other stored. None if
    there is no such living link.
    """
    copy = _locked(session, organizer_id, link_id, now)
    # After the locks, before the content: a change in between leaves an old number here.
    found = session.exec(_LINK, params={"organizer_id": organizer_id, "link_id": link_id}).first()
    if copy is None or found is None:
        return None
    link, organizer, version, locale = found
    if copy.rendered_from == version and copy.fresh_until > now:
        return Stored(copy.body, copy.etag, copy.changed_at)
    content.hold_calendars(session, link)
    language = link.language or locale
    said = content.of_link(
        session, link, organizer=organizer, language=language, origin=origin, now=now
    )
    body, marks = _render(link, said, json.loads(copy.marks), origin=origin, now=now)
    values: dict[str, Any] = {"rendered_from": version, "fresh_until": said.until}
    stored = Stored(copy.body, copy.etag, copy.changed_at)
    etag = ics_feeds.etag(body)
    if etag != copy.etag:
        changed_at = max(now.replace(microsecond=0), copy.changed_at + _A_SECOND)
        stored = Stored(ics_feeds.compress(body), etag, changed_at)
        values |= {
            "body": stored.body,
            "etag": etag,
            "changed_at": changed_at,
            "marks": json.dumps(marks, separators=(",", ":")),
        }
    session.execute(update(_COPY).where(*_is_copy(organizer_id, link_id)).values(values))
    return stored


def _is_copy(organizer_id: UUID, link_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return _COPY.c.organizer_id == organizer_id, _COPY.c.link_id == link_id


def _locked(session: Session, organizer_id: UUID, link_id: UUID, now: datetime) -> Row[Any] | None:
    """Return the stored copy, held until the transaction ends; made if the link has none yet.

    The link comes first, as wherever options change: who changes them waits for this rendering,
    or this one sees them.
    """
    key = (organizer_id, link_id)
    if session.get(FeedLink, key, with_for_update={"read": True}) is None:
        return None
    held = core_select(_COPY).where(*_is_copy(organizer_id, link_id)).with_for_update()
    found: Row[Any] | None = session.execute(held).first()
    if found is None:
        fresh = FeedCopy(
            organizer_id=organizer_id, link_id=link_id, fresh_until=now, changed_at=_LONG_AGO
        )
        insert_if_absent(session, FeedCopy, fresh.model_dump())
        found = session.execute(held).first()
    return found


def _render(
    link: FeedLink, found: Content, marks: Marks, *, origin: str, now: datetime
) -> tuple[bytes, Marks]:
    name = found.organizer.name
    feed = ics_feeds.Feed(
        name=found.words.name.format(organizer=name),
        description=f"{found.words.about} {origin}/me",
        time_zone=found.organizer.time_zone,
        prodid=PRODID,
    )
    if not found.items:
        notice = ics_feeds.notice(
            uid=str(uuid5(link.id, "notice")),
            title=found.words.nothing.format(organizer=name),
            at=_LONG_AGO,
            description=f"{found.words.nothing_more}\n{origin}/me",
        )
        return join(head(feed), (), (ics_feeds.vevent(notice),)), marks
    shown: Marks = {}
    events = []
    for item in found.items:
        mark = shown[item.uid] = _mark(item, marks.pop(item.uid, None), now)
        events.append(_finish(item, mark))
    zones = widest(item.zone for item in found.items if item.zone is not None)
    return join(head(feed), map(vtimezone, zones), events), _remembered(marks | shown)


def _remembered(marks: Marks) -> Marks:
    """Return the counters to keep; those of entries that are not shown first, the oldest go.

    What is lost may come back with another number, and must not count from the start then.
    """
    return dict(list(marks.items())[-MOST_MARKS:])


def _mark(item: Item, before: Mark | None, now: datetime) -> Mark:
    if before is None:
        return [item.own, 0, 0]
    if before[0] == item.own:
        return before
    return [item.own, before[1] + 1, max(int(now.timestamp()), before[2])]


def _finish(item: Item, mark: Mark) -> bytes:
    """Return the VEVENT; its counter and time add those of the session and of this subscriber."""
    changed_at = item.changed_at
    if mark[1]:
        changed_at = max(changed_at, datetime.fromtimestamp(mark[2], UTC))
    return finish(
        item.part,
        sequence=item.sequence + mark[1],
        changed_at=changed_at,
        note=item.note,
        url=item.url,
    )


def revoked(*, origin: str) -> Stored:
    """Return what every revoked link shows: the same bytes for all, naming nobody."""
    feed = ics_feeds.Feed(
        name="Calendar link replaced",
        time_zone="UTC",
        prodid=PRODID,
        notice=ics_feeds.notice(
            uid=str(UUID(bytes=sha256(origin.encode()).digest()[:16])),
            title="This calendar link was replaced",
            at=_LONG_AGO,
            description=f"Get your present link on your page.\n{origin}/me",
        ),
    )
    body = ics_feeds.render(feed)
    return Stored(ics_feeds.compress(body), ics_feeds.etag(body), _LONG_AGO)
