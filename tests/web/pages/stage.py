"""A believable organizer with a season, Terms, a Series and holders, for tests of pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import holders, logins, organizers
from passes_service.bootstrap import Services
from passes_service.catalog import calendars, sessions, terms
from passes_service.catalog import series as series_service
from passes_service.catalog.sessions import Details
from passes_service.core import localtime
from passes_service.core.money import Money
from passes_service.db.models import Series
from passes_service.passes import service as passes

LIFE = timedelta(days=30)
TYPED: dict[str, Any] = {
    "pass_type": "season",
    "title": "Season pass",
    "cap": 50,
    "preset": "standard",
    "conveys": ["A drink at each session"],
    "excludes": ["Travel"],
}


@dataclass(frozen=True)
class Stage:
    """Ids of what was set up, and login tokens."""

    organizer_id: UUID
    slug: str
    calendar_id: UUID
    session_ids: tuple[UUID, ...]
    terms_hash: str
    series_id: UUID
    holder_id: UUID
    pass_ids: tuple[int, ...]
    owner_token: str
    holder_token: str


def build(
    services: Services,
    *,
    slug: str = "ada",
    name: str = "Ada's Kitchen",
    fan: str = "fan@example.org",
    price: int = 12_000,
    passes_for_fan: int = 1,
) -> Stage:
    """Set one organizer up in one transaction."""
    now = services.clock()
    with services.database.transaction() as session:
        organizer, owner = organizers.create(
            session,
            slug=slug,
            name=name,
            time_zone="Europe/Berlin",
            contact_email=f"hello@{slug}.example.org",
            owner_email=f"owner@{slug}.example.org",
            owner_name="Ada Owner",
            now=now,
        )
        calendar, nights = _season(session, organizer.id, now)
        opened = _open(session, organizer.id, calendar, price, now)
        holder = holders.for_email(
            session,
            organizer_id=organizer.id,
            email=fan,
            name="Grace Fan",
            verified=True,
            now=now,
        )
        numbers = tuple(
            passes.issue(
                session,
                organizer_id=organizer.id,
                series_id=opened.id,
                holder_id=holder.id,
                actor="test",
                now=now,
            ).pass_id
            for _ in range(passes_for_fan)
        )
        return Stage(
            organizer_id=organizer.id,
            slug=slug,
            calendar_id=calendar,
            session_ids=nights,
            terms_hash=opened.terms_hash,
            series_id=opened.id,
            holder_id=holder.id,
            pass_ids=numbers,
            owner_token=sign_in(session, services, organizer.id, "staff", owner.id),
            holder_token=sign_in(session, services, organizer.id, "holder", holder.id),
        )


def _open(
    session: Session, organizer_id: UUID, calendar_id: UUID, price: int, now: datetime
) -> Series:
    draft = terms.draft(session, organizer_id=organizer_id, calendar_id=calendar_id, typed=TYPED)
    found = terms.publish(
        session, organizer_id=organizer_id, calendar_id=calendar_id, document=draft, now=now
    )
    return series_service.open_series(
        session,
        organizer_id=organizer_id,
        terms_hash=found,
        price=Money(price, "EUR"),
        now=now,
    )


def sign_in(
    session: Session, services: Services, organizer_id: UUID, kind: logins.Kind, subject: UUID
) -> str:
    """Return a login token for someone."""
    return logins.open_login(
        session,
        organizer_id=organizer_id,
        kind=kind,
        subject_id=subject,
        random=services.random_bytes,
        label="test browser",
        ttl=LIFE,
        now=services.clock(),
    ).token


def _season(session: Session, organizer_id: UUID, now: datetime) -> tuple[UUID, tuple[UUID, ...]]:
    calendar = calendars.create(
        session,
        organizer_id=organizer_id,
        name="Spring nights",
        time_zone="Europe/Berlin",
        description="Three suppers in the old print shop.",
        now=now,
    )
    first = (now + timedelta(days=18)).replace(
        hour=19, minute=0, second=0, microsecond=0, tzinfo=None
    )
    names = ("Bread and fire", "Pickles in the dark", "The last course")
    ids = []
    for number, title in enumerate(names):
        starts = localtime.instant(first + timedelta(days=7 * number), "Europe/Berlin")
        details = Details(
            title=title,
            starts_at=starts,
            ends_at=starts + timedelta(hours=3),
            time_zone="Europe/Berlin",
            location="Old Print Shop, Berlin",
            capacity=60,
        )
        row = sessions.create(
            session, organizer_id=organizer_id, calendar_id=calendar.id, details=details, now=now
        )
        ids.append(row.id)
    return calendar.id, tuple(ids)
