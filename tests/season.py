"""A small season for tests: one calendar, three sessions, published Terms, an open Series."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.bootstrap import Services
from passes_service.catalog import calendars, series, sessions, terms
from passes_service.core.money import Money
from passes_service.db.models import Calendar, CalendarSession, Organizer, Series, StaffMember
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests import people

DRAFT: dict[str, Any] = {
    "preset": "standard",
    "pass_type": "season",
    "title": "Season pass",
    "cap": 5,
    "transfer": {"allowed": True, "frozen_minutes": 60},
    "refund": {
        "steps": [
            {"before_days": 14, "share_bp": 10_000},
            {"before_days": 2, "share_bp": 5_000},
        ],
        "cooling_off_seconds": 0,
        "guarantee_bp": 10_000,
        "move_window_seconds": 7 * 86_400,
    },
    "entry": {"mode": "once_per_session", "reentry": False, "doors_minutes_before": 30},
}
PRICE = Money(6_000, "EUR")


@dataclass(frozen=True)
class Season:
    """What `season` made."""

    organizer: Organizer
    owner: StaffMember
    calendar: Calendar
    sessions: list[CalendarSession]
    series: Series

    @property
    def organizer_id(self) -> UUID:
        return self.organizer.id

    @property
    def staff(self) -> Caller:
        return people.as_caller(self.owner)


def season(services: Services, slug: str = "nocturne", **draft: Any) -> Season:
    """Make a season whose sessions start 20, 27 and 34 days from now at 19:00 UTC."""
    organizer, owner = people.organizer(services, slug)
    now = services.clock()
    first = now.replace(hour=19, minute=0) + timedelta(days=20)
    with services.database.transaction() as session:
        calendar = calendars.create(
            session,
            organizer_id=organizer.id,
            name="Nocturnes",
            time_zone="Europe/Berlin",
            now=now,
        )
        rows = [
            sessions.create(
                session,
                organizer_id=organizer.id,
                calendar_id=calendar.id,
                details=sessions.Details(
                    title=f"Evening {week + 1}",
                    starts_at=first + timedelta(weeks=week),
                    ends_at=first + timedelta(weeks=week, hours=2),
                    time_zone="Europe/Berlin",
                    location="The cellar",
                ),
                now=now,
            )
            for week in range(3)
        ]
        opened = _open(session, organizer.id, calendar.id, {**DRAFT, **draft}, services)
    return Season(organizer, owner, calendar, rows, opened)


def _open(
    session: Session,
    organizer_id: UUID,
    calendar_id: UUID,
    draft: dict[str, Any],
    services: Services,
) -> Series:
    document = terms.draft(session, organizer_id=organizer_id, calendar_id=calendar_id, typed=draft)
    name = terms.publish(
        session,
        organizer_id=organizer_id,
        calendar_id=calendar_id,
        document=document,
        now=services.clock(),
    )
    return series.open_series(
        session, organizer_id=organizer_id, terms_hash=name, price=PRICE, now=services.clock()
    )


def issue(services: Services, made: Season, email: str = people.GUEST) -> Held:
    """Issue a pass to a guest, at the list price."""
    holder = people.holder(services, made.organizer_id, email)
    with services.database.transaction() as session:
        row = passes.issue(
            session,
            organizer_id=made.organizer_id,
            series_id=made.series.id,
            holder_id=holder.id,
            actor="test",
            now=services.clock(),
        )
    return Held(row, made.series)
