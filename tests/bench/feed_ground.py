"""Many sessions and many holders for the benches of the feed, written straight into the tables."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session, insert

from passes_service.core import tokens
from passes_service.db import bulk
from passes_service.db.models import (
    CalendarSession,
    FeedLink,
    Holder,
    Pass,
    SeriesSession,
    new_id,
)
from tests.bench.ground import BEFORE, Ground


def sessions(ground: Ground, count: int) -> list[UUID]:
    """Let the Series open `count` more sessions, two a day, with words of a usual length."""
    made = ground.made
    rows = []
    for number in range(count):
        starts = BEFORE + timedelta(hours=12 * number + 6)
        rows.append(
            CalendarSession(
                organizer_id=made.organizer_id,
                calendar_id=made.calendar.id,
                title=f"Studio session {number}: glazes, kilns and questions",
                description="Bring a bowl and a question.",
                location="Brunnenstraße 9, back yard, second door",
                starts_at=starts,
                ends_at=starts + timedelta(hours=2),
                time_zone="Europe/Berlin",
                changed_at=BEFORE,
                created_at=BEFORE,
            )
        )
    with ground.database.transaction() as session:
        bulk.insert_rows(session, CalendarSession, [row.model_dump() for row in rows])
        opened = [
            {
                "organizer_id": made.organizer_id,
                "series_id": made.series.id,
                "session_id": row.id,
                "portion": 0,
            }
            for row in rows
        ]
        bulk.insert_rows(session, SeriesSession, opened)
    return [row.id for row in rows]


def audience(ground: Ground, count: int) -> list[tuple[UUID, str]]:
    """Make holders with a pass and a calendar link each; return link ids and secrets."""
    found: list[tuple[UUID, str]] = []
    for start in range(0, count, 5_000):
        with ground.database.transaction() as session:
            found += _some(session, ground, start, min(5_000, count - start))
    return found


def _some(session: Session, ground: Ground, start: int, count: int) -> list[tuple[UUID, str]]:
    made = ground.made
    organizer_id = made.organizer_id
    holders, passes, links, found = [], [], [], []
    for number in range(count):
        holder = Holder(organizer_id=organizer_id, created_at=BEFORE)
        holders.append(holder.model_dump())
        serial = 100_000 + start + number
        passes.append(
            Pass(
                organizer_id=organizer_id,
                created_at=BEFORE,
                pass_id=(1 << 96) | (made.series.series_no << 32) | serial,
                series_id=made.series.id,
                serial=serial,
                holder_id=holder.id,
                payer_id=holder.id,
                paid_minor=0,
                currency="EUR",
                provider="free",
                bought_at=BEFORE,
            ).model_dump()
        )
        token = tokens.mint(organizer_id, random=secrets.token_bytes(32))
        link_id = new_id()
        links.append(
            FeedLink(
                id=link_id,
                organizer_id=organizer_id,
                holder_id=holder.id,
                token_digest=tokens.digest(token),
                created_at=BEFORE,
                last_fetched_at=BEFORE,
            ).model_dump()
        )
        found.append((link_id, token))
    bulk.insert_rows(session, Holder, holders)
    bulk.insert_rows(session, Pass, passes)
    session.execute(insert(FeedLink), links)  # `bulk` takes no bytes
    return found
