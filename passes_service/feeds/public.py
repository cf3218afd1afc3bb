"""Calendars for everybody: a season made public, one session or one Drop as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, select

import ics_feeds
from ics_feeds.parts import finish, prepare
from ics_feeds.render import head, join
from ics_feeds.zones import vtimezone, widest
from passes_service.accounts.errors import NotFound
from passes_service.db.models import Calendar, CalendarSession, Organizer, SeriesSession
from passes_service.drops import reading
from passes_service.feeds import drops
from passes_service.feeds.content import SHOWN_STATES
from passes_service.feeds.copies import Stored
from passes_service.feeds.fragments import (
    KEEP_PAST,
    Fragment,
    fragments,
    instant_of,
    key_of,
    mark_of,
)
from passes_service.feeds.memory import Kept
from passes_service.feeds.words import DEFAULT, LANGUAGES
from passes_service.passes import queries

PRODID: Final = "-//Calendar passes//Public feed 1//EN"
ROOM: Final = 16 * 1024 * 1024
_REVISIONS: Final = """
    SELECT id, sequence, changed_at FROM session WHERE organizer_id = {0} AND {1}
    ORDER BY starts_at, id
"""


@dataclass(frozen=True, slots=True)
class _Key:
    """What a public feed is made from; older renderings are never asked for again."""

    organizer_id: UUID
    calendar_id: UUID
    version: int
    language: str
    day: int


_KEPT: Kept[_Key, Stored] = Kept(ROOM, lambda stored: len(stored.body) + 300)


def calendar(
    session: Session,
    organizer: Organizer,
    calendar_id: UUID,
    *,
    origin: str,
    now: datetime,
    language: str = DEFAULT,
) -> Stored:
    """Return the public feed of a calendar, rendered once per change, day and language.

    Nothing of it belongs to anybody: no numbers, no join links, no door codes.

    Raises:
        NotFound: There is no such calendar, or it is not public: nobody can tell which.
    """
    found = session.get(Calendar, (organizer.id, calendar_id))
    if found is None or not found.public:
        raise NotFound("There is no public calendar at this address.")
    day = int(now.timestamp()) // 86_400
    key = _Key(organizer.id, calendar_id, found.version, language, day)
    stored = _KEPT.get(key)
    if stored is None:
        stored = _render(session, organizer, found, language, origin=origin, now=now)
        _KEPT.put(key, stored)
    return stored


def _render(
    session: Session,
    organizer: Organizer,
    found: Calendar,
    language: str,
    *,
    origin: str,
    now: datetime,
) -> Stored:
    page = f"{origin}/o/{organizer.slug}"
    connection, today = session.connection(), now.replace(hour=0, minute=0, second=0, microsecond=0)
    # Whole days, so that the feed is the same for as long as its key is.
    since = instant_of(connection, today - KEEP_PAST)
    of_calendar = key_of(connection, found.id)
    rows = _shown(
        session,
        organizer,
        "calendar_id = {0} AND ends_at > {0}",
        of_calendar,
        since,
        language=language,
    )
    shown = [one for one in rows if one.gone_at > today]
    feed = ics_feeds.Feed(
        name=found.name,
        description=found.description or page,
        time_zone=found.time_zone,
        prodid=PRODID,
        color=found.color or None,
        image_url=found.image_url or None,
        url=page,
    )
    changed_at = max([found.created_at, *(one.changed_at for one in shown)])
    if not shown:
        nothing = ics_feeds.notice(
            uid=str(found.id), title=f"No dates of {found.name} at the moment", at=found.created_at
        )
        return _stored(join(head(feed), (), (ics_feeds.vevent(nothing),)), changed_at)
    events = (_event(one, page) for one in shown)
    zones = widest(one.zone for one in shown if one.zone is not None)
    return _stored(join(head(feed), map(vtimezone, zones), events), changed_at)


def _event(one: Fragment, url: str) -> bytes:
    return finish(one.part, sequence=one.sequence, changed_at=one.changed_at, url=url)


def _stored(body: bytes, changed_at: datetime) -> Stored:
    return Stored(ics_feeds.compress(body), ics_feeds.etag(body), changed_at)


def _shown(
    session: Session, organizer: Organizer, where: str, *values: Any, language: str
) -> list[Fragment]:
    """Return the sessions of a condition in order of time."""
    connection = session.connection()
    mark = mark_of(connection)
    sql = _REVISIONS.format(mark, where.format(mark))
    named = (key_of(connection, organizer.id), *values)
    revisions = [tuple(row) for row in connection.exec_driver_sql(sql, named)]
    found = fragments(connection, organizer.id, revisions, language=language)
    return [one for one in found if one is not None]


def _single(
    session: Session, organizer: Organizer, session_id: UUID, page: str, language: str
) -> Stored:
    key = key_of(session.connection(), session_id)
    (one,) = _shown(session, organizer, "id = {0}", key, language=language)
    feed = ics_feeds.Feed(name=organizer.name, time_zone=organizer.time_zone, prodid=PRODID)
    zones = () if one.zone is None else (vtimezone(one.zone),)
    return _stored(join(head(feed), zones, (_event(one, page),)), one.changed_at)


def one_session(
    session: Session,
    organizer: Organizer,
    session_id: UUID,
    *,
    origin: str,
    language: str = DEFAULT,
) -> Stored:
    """Return one session of a public calendar as a calendar file: the same UID as in every feed.

    Raises:
        NotFound: There is no such session, or its calendar is not public.
    """
    found = session.get(CalendarSession, (organizer.id, session_id))
    owner = session.get(Calendar, (organizer.id, found.calendar_id)) if found else None
    if found is None or owner is None or not owner.public:
        raise NotFound("There is no public session at this address.")
    return _single(session, organizer, session_id, f"{origin}/o/{organizer.slug}", language)


def one_drop(session: Session, organizer: Organizer, slug: str, *, origin: str) -> Stored:
    """Return a Drop as a calendar file, with the UID that it has in feeds.

    Raises:
        NotFound: The organizer has no Drop at this address.
    """
    drop = reading.row_by_slug(session, organizer_id=organizer.id, slug=slug)
    owner = session.get_one(Calendar, (organizer.id, drop.calendar_id))
    made = drops.entry(drop, owner.time_zone, LANGUAGES[DEFAULT])
    event = finish(
        prepare(made),
        sequence=made.sequence,
        changed_at=made.changed_at,
        url=drops.page_of(drop, organizer, origin),
    )
    feed = ics_feeds.Feed(name=organizer.name, time_zone=organizer.time_zone, prodid=PRODID)
    return _stored(join(head(feed), (vtimezone(drops.zone_of(made)),), (event,)), drop.changed_at)


def own_session(
    session: Session,
    organizer: Organizer,
    *,
    holder_id: UUID,
    session_id: UUID,
    origin: str,
    language: str = DEFAULT,
) -> Stored:
    """Return one session that a living pass of the holder opens, as a calendar file.

    Raises:
        NotFound: No pass of this holder opens such a session.
    """
    held = queries.held_by(session, organizer_id=organizer.id, holder_id=holder_id)
    living = {each.series.id for each in held if each.row.state in SHOWN_STATES}
    opened = session.exec(
        select(SeriesSession.series_id).where(
            SeriesSession.organizer_id == organizer.id, SeriesSession.session_id == session_id
        )
    ).all()
    if not living.intersection(opened):
        raise NotFound("None of your passes opens such a session.")
    return _single(session, organizer, session_id, f"{origin}/me", language)
