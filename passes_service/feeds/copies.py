"""Stored feeds: rendered once after a change, under the lock of their row, and kept as gzip."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from typing import Final
from uuid import UUID, uuid5

from sqlmodel import Session, col, select

import ics_feeds
from ics_feeds.parts import finish
from ics_feeds.render import head, join
from ics_feeds.zones import spans, vtimezone
from passes_service.db.models import FeedCopy, FeedLink, Holder
from passes_service.db.upsert import insert_if_absent
from passes_service.feeds import content
from passes_service.feeds.content import Content, Item

PRODID: Final = "-//Calendar passes//Personal feed 1//EN"
_LONG_AGO: Final = datetime(2001, 1, 1, tzinfo=UTC)
_A_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Stored:
    """A feed as it goes out: gzip bytes, the strong tag of what is in them, its last change."""

    body: bytes
    etag: str
    changed_at: datetime


# Of each entry: a digest of what only this subscriber gets, how often that has changed, and when.
Marks = dict[str, tuple[str, int, int]]


def refresh(
    session: Session, *, organizer_id: UUID, link_id: UUID, origin: str, now: datetime
) -> Stored | None:
    """Return the feed as it is now, rendered in the caller's transaction if it is outdated.

    Whoever comes while another renders waits for the row and gets what the other stored. None if
    there is no such living link.
    """
    link = session.get(FeedLink, (organizer_id, link_id), populate_existing=True)
    if link is None or link.revoked_at is not None:
        return None
    copy = _locked(session, link, now)
    # After the lock, before the content: a change in between leaves an old number here.
    holder = session.get_one(Holder, (organizer_id, link.holder_id), populate_existing=True)
    if copy.rendered_from == holder.feed_version and copy.fresh_until > now:
        return Stored(copy.body, copy.etag, copy.changed_at)
    version = holder.feed_version
    language = link.language or holder.locale
    found = content.of_link(session, link, language=language, origin=origin, now=now)
    said = f"{language} {link.reminders}"
    marks: Marks = {uid: tuple(mark) for uid, mark in json.loads(copy.marks).items()}
    body, marks = _render(link, found, marks, said, origin=origin, now=now)
    etag = ics_feeds.etag(body)
    if etag != copy.etag:
        copy.body, copy.etag = ics_feeds.compress(body), etag
        copy.changed_at = max(now.replace(microsecond=0), copy.changed_at + _A_SECOND)
        copy.marks = json.dumps(marks, separators=(",", ":"))
    copy.rendered_from, copy.fresh_until = version, found.until
    session.add(copy)
    session.flush()
    return Stored(copy.body, copy.etag, copy.changed_at)


def _locked(session: Session, link: FeedLink, now: datetime) -> FeedCopy:
    insert_if_absent(
        session,
        FeedCopy,
        FeedCopy(
            organizer_id=link.organizer_id, link_id=link.id, fresh_until=now, changed_at=_LONG_AGO
        ).model_dump(),
    )
    return session.exec(
        select(FeedCopy)
        .where(col(FeedCopy.organizer_id) == link.organizer_id, col(FeedCopy.link_id) == link.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _render(
    link: FeedLink, found: Content, marks: Marks, said: str, *, origin: str, now: datetime
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
        return join(head(feed), (), (ics_feeds.vevent(notice),)), _moved_on(marks)
    later: Marks = _moved_on(marks)
    events = []
    for item in found.items:
        mark = _mark(item, said, marks.get(item.uid), now)
        later[item.uid] = mark
        events.append(_finish(item, mark))
    zones = spans(time for item in found.items for time in item.times)
    return join(head(feed), map(vtimezone, zones), events), later


def _moved_on(marks: Marks) -> Marks:
    """Return what to remember of entries that are not shown: those that ever changed."""
    return {uid: mark for uid, mark in marks.items() if mark[1]}


def _mark(
    item: Item, said: str, before: tuple[str, int, int] | None, now: datetime
) -> tuple[str, int, int]:
    own = f"{said}\n{item.own}".encode(errors="surrogatepass")
    digest = blake2b(own, digest_size=6).hexdigest()
    if before is None:
        return digest, 0, 0
    if before[0] == digest:
        return before
    return digest, before[1] + 1, max(int(now.timestamp()), before[2])


def _finish(item: Item, mark: tuple[str, int, int]) -> bytes:
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
