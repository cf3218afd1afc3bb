"""The fields of a session as a form has them: local times and the zone they are in."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Typed

from passes_service.accounts import fields
from passes_service.accounts.errors import FieldRefused
from passes_service.catalog import wording
from passes_service.catalog.sessions import Details
from passes_service.core import localtime
from passes_service.core.localtime import LocalTimeMissing
from passes_service.db.models import CalendarSession
from passes_service.web.pages.filters import local_input
from passes_service.web.pages.forms import block, local_time, whole

ZONES = tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))
LINKS = ("https://", "http://")
_PLACE = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,15})?)\s*[,; ]\s*([+-]?\d{1,3}(?:\.\d{1,15})?)")


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
    categories: str = ""
    coordinates: str = ""
    # One entry each per language, in the order of the page.
    text_language: list[str] = Typed(default_factory=list)
    text_title: list[str] = Typed(default_factory=list)
    text_location: list[str] = Typed(default_factory=list)
    text_description: list[str] = Typed(default_factory=list)

    def texts(self) -> list[dict[str, str]]:
        """Return the languages that were filled in, as they were typed."""
        columns = (
            self.text_language,
            self.text_title,
            self.text_location,
            self.text_description,
        )
        names = ("language", "title", "location", "description")
        rows = (dict(zip(names, row, strict=True)) for row in zip_longest(*columns, fillvalue=""))
        return [row for row in rows if any(text.strip() for text in row.values())]


def typed_of(form: SessionForm) -> dict[str, Any]:
    """Return what was typed, for the form that comes back."""
    return form.model_dump() | {
        "starts": form.starts_pick or form.starts,
        "ends": form.ends_pick or form.ends,
        "texts": form.texts(),
    }


def typed_from(row: CalendarSession) -> dict[str, Any]:
    """Return what a session says, in the form's fields; an all-day end is its last day."""
    more = wording.read(row.categories, row.texts)
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
        "categories": ", ".join(more["categories"]),
        "coordinates": "" if row.latitude is None else f"{row.latitude}, {row.longitude}",
        "texts": [{"language": name, **said} for name, said in more["texts"].items()],
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
    latitude, longitude = _coordinates(form.coordinates)
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
        categories=_categories(form.categories),
        latitude=latitude,
        longitude=longitude,
        texts=_texts(form),
    )
    if found.ends_at <= found.starts_at:
        raise FieldRefused("A session ends after it starts.", field="ends")
    return found


def _categories(typed: str) -> tuple[str, ...]:
    names = [
        fields.line(one, field="categories", longest=200, shortest=0) for one in typed.split(",")
    ]
    return tuple(filter(None, names))


def _coordinates(typed: str) -> tuple[float, float] | tuple[None, None]:
    if not typed.strip():
        return None, None
    found = _PLACE.fullmatch(typed.strip())
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        said = "Type latitude and longitude in degrees, such as 52.52, 13.40."
        raise FieldRefused(said, field="coordinates")
    return float(found[1]), float(found[2])


def _texts(form: SessionForm) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in form.texts():
        language = row["language"].strip()
        if not language:
            raise FieldRefused("Say which language each translation is in.", field="texts")
        if language in found:
            raise FieldRefused(f"The language {language} is there twice.", field="texts")
        found[language] = {
            "title": fields.line(row["title"], field="texts", longest=300, shortest=0),
            "location": fields.line(row["location"], field="texts", longest=500, shortest=0),
            "description": block(row["description"], field="texts", longest=8000),
        }
    return found


def _local(text: str, field: str) -> datetime:
    return local_time(text, field=field)


def _instant(local: datetime, zone: str, field: str) -> datetime:
    try:
        return localtime.instant(local, zone)
    except LocalTimeMissing as error:
        error.members["field"] = field
        raise
