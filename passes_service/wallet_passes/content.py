"""What a pass says in any wallet app: what its page shows, and nothing about its holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.catalog import series, terms
from passes_service.core.rules.terms import Terms
from passes_service.db.models import CalendarSession, Organizer
from passes_service.passes.queries import Held

DEAD_WHEN = (
    "Its code is dead once the pass changes hands, is given up, or a phone is made its ticket or "
    "another one. The page of the pass says so: add it again there."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A pass as wallet apps show it; `ahead` are its sessions to come, not the cancelled ones."""

    held: Held
    organizer: Organizer
    document: Terms
    ahead: tuple[CalendarSession, ...]
    page_url: str
    rules_url: str


def of(session: Session, held: Held, *, origin: str, now: datetime) -> Face:
    """Gather what a pass says in a wallet app."""
    scope = {"organizer_id": held.row.organizer_id}
    organizer = organizers.get(session, **scope)
    opens = series.sessions_of(session, **scope, series_id=held.series.id)
    return Face(
        held=held,
        organizer=organizer,
        document=terms.get(session, **scope, terms_hash=held.series.terms_hash),
        ahead=tuple(one for one in opens if one.ends_at > now and one.status != "cancelled"),
        page_url=f"{origin}/me/passes/{held.row.pass_id}",
        rules_url=f"{origin}/o/{organizer.slug}/terms/{held.series.terms_hash}",
    )


def moment(at: CalendarSession) -> str:
    """Return when a session starts, on the clock of its place."""
    local = at.starts_at.astimezone(ZoneInfo(at.time_zone))
    day = f"{local:%a} {local.day} {local:%b %Y}"
    return day if at.all_day else f"{day}, {local:%H:%M}"


def line(at: CalendarSession) -> str:
    """Return a session in one line: when, what."""
    return f"{moment(at)}: {at.title}"
