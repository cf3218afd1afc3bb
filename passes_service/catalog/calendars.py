"""Calendars: a season under one name and time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.catalog import colors
from passes_service.core import localtime
from passes_service.db.models import Calendar

_LONGEST_ADDRESS: Final = 300
_IMAGE: Final = re.compile(r"https://[A-Za-z0-9][!-~]*")


def create(
    session: Session,
    *,
    organizer_id: UUID,
    name: str,
    time_zone: str,
    description: str = "",
    color: str = "",
    image_url: str = "",
    public: bool = False,
    now: datetime,
) -> Calendar:
    """Create an empty calendar.

    Raises:
        TimeZoneUnknown: `time_zone` is not an IANA name.
        FieldRefused: Calendar apps would not take the colour or the picture's address.
    """
    localtime.zone(time_zone)
    calendar = Calendar(
        organizer_id=organizer_id,
        name=name,
        time_zone=time_zone,
        description=description,
        color=_color(color),
        image_url=_image(image_url),
        public=public,
        created_at=now,
    )
    session.add(calendar)
    session.flush()
    return calendar


def change(
    session: Session,
    *,
    organizer_id: UUID,
    calendar_id: UUID,
    name: str | None = None,
    description: str | None = None,
    color: str | None = None,
    image_url: str | None = None,
    public: bool | None = None,
) -> Calendar:
    """Change what the calendar is called, looks like and to whom; what is None stays.

    Raises:
        NotFound: There is none, or it is someone else's.
        FieldRefused: Calendar apps would not take the colour or the picture's address.
    """
    calendar = get(session, organizer_id=organizer_id, calendar_id=calendar_id)
    stated = {
        "name": name,
        "description": description,
        "color": None if color is None else _color(color),
        "image_url": None if image_url is None else _image(image_url),
        "public": public,
    }
    for field, value in stated.items():
        if value is not None:
            setattr(calendar, field, value)
    session.add(calendar)
    session.flush()
    bump(session, organizer_id=organizer_id, calendar_id=calendar_id)
    return calendar


def _color(name: str) -> str:
    if name and name not in colors.NAMES:
        raise FieldRefused("Name a colour of CSS, such as seagreen, or none.", field="color")
    return name


def _image(address: str) -> str:
    if address and (len(address) > _LONGEST_ADDRESS or not _IMAGE.fullmatch(address)):
        said = f"Give an https address of up to {_LONGEST_ADDRESS} plain characters, or none."
        raise FieldRefused(said, field="image_url")
    return address


def get(session: Session, *, organizer_id: UUID, calendar_id: UUID) -> Calendar:
    """Return a calendar of this organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Calendar, (organizer_id, calendar_id))
    if found is None:
        raise NotFound("There is no such calendar here.")
    return found


def lock(session: Session, *, organizer_id: UUID, calendar_id: UUID) -> Calendar:
    """Return a calendar that nobody else changes until this transaction ends.

    Whatever changes its sessions, or sells them, queues here: of two sessions of one Portion that
    are cancelled at once, the second has to see the first.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    session.flush()
    found = session.exec(
        select(Calendar)
        .where(Calendar.organizer_id == organizer_id, Calendar.id == calendar_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise NotFound("There is no such calendar here.")
    return found


def every(session: Session, *, organizer_id: UUID) -> Sequence[Calendar]:
    """Return all calendars of an organizer, newest first."""
    return session.exec(
        select(Calendar)
        .where(Calendar.organizer_id == organizer_id)
        .order_by(col(Calendar.id).desc())
    ).all()


def bump(session: Session, *, organizer_id: UUID, calendar_id: UUID) -> None:
    """Mark the public feed of this calendar as outdated."""
    session.execute(
        update(Calendar)
        .where(col(Calendar.organizer_id) == organizer_id, col(Calendar.id) == calendar_id)
        .values(version=col(Calendar.version) + 1)
    )
