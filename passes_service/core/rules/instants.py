"""Instants: aware UTC datetimes at whole seconds; in JSON, RFC 3339 strings that end in Z."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""No Terms speak of an instant before this one."""
LAST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""No Terms speak of this instant or a later one."""

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


def whole_second(moment: datetime) -> datetime:
    """Return `moment` in UTC, rounded down to the second, as a block timestamp would be.

    Every instant of the Terms is a whole second, so rounding `now` down changes no comparison.

    Raises:
        ValueError: `moment` is not timezone-aware.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(UTC).replace(microsecond=0)


def parse_instant(text: str) -> datetime:
    """Return the instant written as `2027-03-12T17:00:00Z`; nothing looser is taken.

    Raises:
        ValueError: Another shape, a date that does not exist, or outside 2000 to 2199.
    """
    if not _RFC3339.fullmatch(text):
        raise ValueError("must be a UTC instant such as 2027-03-12T17:00:00Z")
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("is not a date and time that exists") from None
    if not in_range(moment):
        raise ValueError("must lie in the years 2000 to 2199")
    return moment


def in_range(moment: datetime) -> bool:
    """Say whether Terms may speak of `moment`."""
    return FIRST <= moment < LAST


def format_instant(moment: datetime) -> str:
    """Return the one JSON spelling of an instant."""
    return whole_second(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(count: int) -> timedelta:
    """Return `count` seconds, exactly."""
    return timedelta(seconds=count)
