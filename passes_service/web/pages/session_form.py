"""The fields of a session as a form has them: local times and the zone they are in."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Typed

from passes_service.accounts import fields
from passes_service.accounts.errors import FieldRefused
from passes_service.catalog.sessions import Details
from passes_service.core import localtime
from passes_service.core.localtime import LocalTimeMissing
from passes_service.db.models import CalendarSession
from passes_service.web.pages.filters import local_input
from passes_service.web.pages.forms import block, local_time, whole

ZONES = tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))
LINKS = ("https://", "http://")


class SessionForm(BaseModel):
    """What was typed. A `pick` is one of the times offered where the clocks jump."""

    model_config = ConfigDict(extra="ignore")

    title: str = ""
    starts: str = ""
    ends: str = ""
    starts_pick: str = ""
    ends_pick: str = ""
    time_zone: str = ""
    location: str = ""
    join_link: str = ""
    description: str = ""
    capacity: str = ""
    confirm: str = ""
    all_day: str = Typed(default="")


def typed_of(form: SessionForm) -> dict[str, str]:
    """Return what was typed, for the form that comes back."""
    return form.model_dump() | {
        "starts": form.starts_pick or form.starts,
        "ends": form.ends_pick or form.ends,
    }


def typed_from(row: CalendarSession) -> dict[str, str]:
    """Return what a session says, in the form's fields; an all-day end is its last day."""
    ends = row.ends_at - timedelta(days=1) if row.all_day else row.ends_at
    return {
        "title": row.title,
        "starts": local_input(row.starts_at, row.time_zone),
        "ends": local_input(ends, row.time_zone),
        "time_zone": row.time_zone,
        "location": row.location,
        "join_link": row.join_link,
        "description": row.description,
        "capacity": "" if row.capacity is None else str(row.capacity),
        "all_day": "yes" if row.all_day else "",
    }


def details_from(form: SessionForm) -> Details:
    """Return what was typed as details of a session, or refuse the field that makes no sense.

    Raises:
        FieldRefused, TimeZoneUnknown, LocalTimeMissing: Each names its field.
    """
    zone = localtime.zone(form.time_zone.strip()).key
    starts = _local(form.starts_pick or form.starts, "starts")
    ends = _local(form.ends_pick or form.ends, "ends")
    if form.all_day:
        starts = starts.replace(hour=0, minute=0)
        ends = ends.replace(hour=0, minute=0) + timedelta(days=1)
    link = fields.line(form.join_link, field="join_link", longest=500, shortest=0)
    if link and not link.lower().startswith(LINKS):
        raise FieldRefused("A link starts with https:// or http://.", field="join_link")
    found = Details(
        title=fields.line(form.title, field="title", longest=300),
        starts_at=_instant(starts, zone, "starts"),
        ends_at=_instant(ends, zone, "ends"),
        time_zone=zone,
        description=block(form.description, field="description", longest=8000),
        location=fields.line(form.location, field="location", longest=500, shortest=0),
        join_link=link,
        all_day=bool(form.all_day),
        capacity=(
            whole(form.capacity, field="capacity", low=1, high=1_000_000)
            if form.capacity.strip()
            else None
        ),
    )
    if found.ends_at <= found.starts_at:
        raise FieldRefused("A session ends after it starts.", field="ends")
    return found


def _local(text: str, field: str) -> datetime:
    return local_time(text, field=field)


def _instant(local: datetime, zone: str, field: str) -> datetime:
    try:
        return localtime.instant(local, zone)
    except LocalTimeMissing as error:
        error.members["field"] = field
        raise
