"""Organizers: the directory of tenants."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from passes_service.accounts import fields
from passes_service.accounts.errors import NotFound, SlugTaken
from passes_service.core import localtime
from passes_service.db.models import Organizer, StaffMember, new_id
from passes_service.db.upsert import insert_if_absent


def create(
    session: Session,
    *,
    slug: str,
    name: str,
    time_zone: str,
    contact_email: str,
    owner_email: str,
    owner_name: str,
    now: datetime,
) -> tuple[Organizer, StaffMember]:
    """Create an organizer with its first owner.

    Raises:
        FieldRefused, TimeZoneUnknown: A value makes no sense.
        SlugTaken: Another organizer has this slug.
    """
    localtime.zone(time_zone)
    organizer_id = new_id()
    fresh = {
        "id": organizer_id,
        "slug": fields.slug(slug),
        "name": fields.line(name, field="name", longest=120),
        "time_zone": time_zone,
        "contact_email": fields.email(contact_email, field="contact_email"),
        "created_at": now,
    }
    owner = StaffMember(
        organizer_id=organizer_id,
        email=fields.email(owner_email, field="owner_email"),
        name=fields.line(owner_name, field="owner_name", longest=120),
        role="owner",
        created_at=now,
    )
    if not insert_if_absent(session, Organizer, fresh):
        raise SlugTaken(f"“{slug}” is taken.", field="slug")
    session.add(owner)
    session.flush()
    return get(session, organizer_id=organizer_id), owner


def get(session: Session, *, organizer_id: UUID) -> Organizer:
    """Return an organizer by id.

    Raises:
        NotFound: There is none.
    """
    found = session.get(Organizer, organizer_id)
    if found is None:
        raise NotFound("There is no such organizer.")
    return found


def by_slug(session: Session, slug: str) -> Organizer:
    """Return the organizer that goes by a short name.

    Raises:
        NotFound: There is none.
    """
    found = session.exec(select(Organizer).where(Organizer.slug == slug.strip().lower())).first()
    if found is None:
        raise NotFound("There is no organizer by this name.", field="organizer")
    return found


def only(session: Session) -> Organizer | None:
    """Return the organizer if this installation has exactly one, so nobody need name it."""
    found = session.exec(select(Organizer).limit(2)).all()
    return found[0] if len(found) == 1 else None
