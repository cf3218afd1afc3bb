"""What a feed says: frozen, checked when made, free of I/O and of the clock."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Literal, get_args

from ics_feeds.colors import COLORS
from ics_feeds.zones import zone_of

Status = Literal["CONFIRMED", "CANCELLED", "TENTATIVE"]

_STATUSES = get_args(Status)
_UID = re.compile(r"[!-~]{1,255}")
_URL = re.compile(r"https?://[!-~]+")
_YEARS = range(1900, 2200)
_MOST_SEQUENCE = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One session as a calendar app sees it; becomes one VEVENT.

    Args:
        uid: Opaque, for ever the same, naming neither person nor host (RFC 7986 5.3).
        title, description, location, categories: Any text; cleaned when rendered.
        starts_at, ends_at: Aware instants, `ends_at` exclusive; like all instants here they are
            kept in UTC and in whole seconds.
        time_zone: IANA name of the zone in which the session takes place.
        all_day: Show the days, in `time_zone`, that the instants touch.
        status: CANCELLED keeps the entry and says so in its title.
        sequence: Counter of rendered changes; grows with each, never shrinks.
        created_at, changed_at: Stored instants, never the clock: CREATED, and DTSTAMP with
            LAST-MODIFIED.
        note: Words for this subscriber alone, put after the description.
        url: Page about the session, repeated in the description for apps that drop URL.
        geo: Latitude and longitude in degrees.
        transparent: Does not make its holder busy.
        reminders: How long before the start to remind; empty unless the holder asked.

    Raises:
        ValueError: A field cannot be rendered; the message names it.
    """

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    created_at: datetime
    changed_at: datetime
    all_day: bool = False
    status: Status = "CONFIRMED"
    sequence: int = 0
    description: str = ""
    location: str = ""
    note: str = ""
    url: str | None = None
    categories: tuple[str, ...] = ()
    geo: tuple[float, float] | None = None
    transparent: bool = False
    reminders: tuple[timedelta, ...] = ()

    def __post_init__(self) -> None:
        if not _UID.fullmatch(self.uid):
            raise ValueError("uid must be 1 to 255 visible ASCII characters")
        for field in ("starts_at", "ends_at", "created_at", "changed_at"):
            object.__setattr__(self, field, _instant(field, getattr(self, field)))
        if self.ends_at < self.starts_at:
            raise ValueError("ends_at must not be before starts_at")
        zone_of(self.time_zone)
        if self.status not in _STATUSES:
            raise ValueError(f"status must be one of {', '.join(_STATUSES)}")
        if not 0 <= self.sequence <= _MOST_SEQUENCE:
            raise ValueError("sequence must be a counter from 0 to 2147483647")
        if any(reminder < timedelta() for reminder in self.reminders):
            raise ValueError("reminders must be lengths of time before the start")
        _check_url("url", self.url)
        _check_geo(self.geo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A whole calendar; becomes one VCALENDAR.

    Args:
        name, description: Any text.
        time_zone: IANA name of the calendar's home zone, for notices of ours. It is not
            written: apps use X-WR-TIMEZONE to guess.
        prodid: Names the product that renders, such as "-//Example//Passes//EN".
        refresh: How long apps should wait between fetches.
        entries: At most one per UID, in any order.
        color: A CSS3 colour name, all that RFC 7986 5.9 allows.
        image_url, url: Public addresses. Never the feed's own secret one: feeds get shared.
        notice: What an empty feed shows; see `notices.notice`.
        cancelled_prefix: Put before titles of cancelled sessions, in the holder's language.

    Raises:
        ValueError: A field cannot be rendered; the message names it.
    """

    name: str
    time_zone: str
    prodid: str
    refresh: timedelta = timedelta(hours=4)
    entries: tuple[Entry, ...] = ()
    description: str = ""
    color: str | None = None
    image_url: str | None = None
    url: str | None = None
    notice: Entry | None = None
    cancelled_prefix: str = "Cancelled: "

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("name must not be empty")
        if not self.prodid.strip():
            raise ValueError("prodid must not be empty")
        if self.refresh < timedelta(minutes=1):
            raise ValueError("refresh must be a minute or more")
        if self.color is not None and self.color not in COLORS:
            raise ValueError("color must be a CSS3 colour name in lower case")
        zone_of(self.time_zone)
        _check_url("image_url", self.image_url)
        _check_url("url", self.url)
        seen: set[str] = set()
        for entry in self.entries:
            if entry.uid in seen:
                raise ValueError(f"entries hold the uid {entry.uid!r} twice")
            seen.add(entry.uid)


def _instant(field: str, value: datetime) -> datetime:
    """Return `value` in UTC: two times of one zone would be compared by their wall clocks."""
    if value.utcoffset() is None:
        raise ValueError(f"{field} must be timezone-aware")
    if value.year not in _YEARS:
        raise ValueError(f"{field} must lie in the years {_YEARS[0]} to {_YEARS[-1]}")
    return value.astimezone(UTC).replace(microsecond=0)


def _check_url(field: str, value: str | None) -> None:
    if value is not None and not _URL.fullmatch(value):
        raise ValueError(f"{field} must be an http or https address, percent-encoded")


def _check_geo(geo: tuple[float, float] | None) -> None:
    if geo is None:
        return
    latitude, longitude = geo
    sound = isfinite(latitude) and isfinite(longitude)
    if not (sound and -90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError("geo must be a latitude and a longitude in degrees")
