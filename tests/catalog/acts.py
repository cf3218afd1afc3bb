"""What organizers do to sessions in tests, and what follows from it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.catalog import series, sessions, terms
from passes_service.core.events import SessionChanged
from passes_service.db.models import CalendarSession, OutboxEvent, PortionChange
from passes_service.passes import queries
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from tests.season import DRAFT, PRICE, Season, season

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_STEPS = {**DRAFT["refund"], "steps": []}


def amend(services: Services, row: CalendarSession, **fields: Any) -> CalendarSession:
    with services.database.transaction() as session:
        return sessions.amend(
            session,
            organizer_id=row.organizer_id,
            session_id=row.id,
            fields=fields,
            now=services.clock(),
        )


def later(services: Services, row: CalendarSession, by: timedelta) -> CalendarSession:
    return amend(services, row, starts_at=row.starts_at + by, ends_at=row.ends_at + by)


def cancel(services: Services, row: CalendarSession) -> CalendarSession:
    with services.database.transaction() as session:
        return sessions.cancel(
            session, organizer_id=row.organizer_id, session_id=row.id, now=services.clock()
        )


def reinstate(services: Services, row: CalendarSession) -> CalendarSession:
    with services.database.transaction() as session:
        return sessions.reinstate(
            session, organizer_id=row.organizer_id, session_id=row.id, now=services.clock()
        )


def told(services: Services) -> list[tuple[str, str]]:
    """Return (session, change) of the events that make the worker write to holders."""
    with services.database.reading() as session:
        rows = session.exec(
            select(OutboxEvent).where(OutboxEvent.type == SessionChanged.type)
        ).all()
    found = sorted((row.id, json.loads(row.payload)) for row in rows)
    # Another title is an event for invitations alone: see tests/mail/test_changes.py.
    weighty = [payload for _, payload in found if payload["change"] != "details"]
    return [(payload["session_id"], payload["change"]) for payload in weighty]


def changes(services: Services, made: Season) -> list[tuple[int, str]]:
    """Return what is published for the Series: (portion, kind)."""
    with services.database.reading() as session:
        rows = session.exec(select(PortionChange).where(PortionChange.series_id == made.series.id))
        return [(row.portion, row.kind) for row in rows]


def owed(services: Services, held: Held, way: refunds.Way = "refund") -> int:
    with services.database.reading() as session:
        return refunds.quote(session, held, way=way, now=services.clock()).decision.amount


def paired(services: Services, slug: str = "paired") -> Season:
    """Make a season whose first two sessions are one Portion."""
    made = season(services, slug)
    scope = {"organizer_id": made.organizer_id, "calendar_id": made.calendar.id}
    ids = [str(row.id) for row in made.sessions]
    portions = [{"session_ids": ids[:2]}, {"session_ids": ids[2:]}]
    with services.database.transaction() as session:
        document = terms.draft(
            session, **scope, typed={**DRAFT, "title": "Pairs", "portions": portions}
        )
        name = terms.publish(session, **scope, document=document, now=services.clock())
        series.close(
            session,
            organizer_id=made.organizer_id,
            series_id=made.series.id,
            now=services.clock(),
        )
        opened = series.open_series(
            session,
            organizer_id=made.organizer_id,
            terms_hash=name,
            price=PRICE,
            now=services.clock(),
        )
    return Season(made.organizer, made.owner, made.calendar, made.sessions, opened)


def fresh(services: Services, held: Held) -> Held:
    with services.database.reading() as session:
        return queries.by_pass_id(
            session, organizer_id=held.row.organizer_id, pass_id=held.row.pass_id
        )
