"""When a change is urgent, and the words for when it is: calendar apps look once in hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from passes_service.catalog.news import Known

URGENT = timedelta(hours=48)
"""A change published less than this before the old or the new start is also mailed.

Apps fetch a feed every 4 to 24 hours; two days leave room for one that skips a day.
"""


def first_word(was: Known, now_is: Known, zone: str, *, published: datetime, now: datetime) -> str:
    """Return "Today", "Tomorrow" or "Soon" for an urgent change, nothing for another.

    The day is that of the nearer of the two starts, in the session's zone, seen from `now`: who
    would come in vain tomorrow has to act before tomorrow. What began already counts as today.
    """
    near = [
        state.starts_at
        for state in (was, now_is)
        if state.starts_at - published < URGENT and state.ends_at > published
    ]
    if not near:
        return ""
    there = ZoneInfo(zone)
    days = (min(near).astimezone(there).date() - now.astimezone(there).date()).days
    return "Today" if days <= 0 else "Tomorrow" if days == 1 else "Soon"


def span(state: Known, zone: str, *, all_day: bool, ends: bool = False) -> str:
    """Return when a session takes place, on the clock of its place; with `ends`, until when."""
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (state.starts_at, state.ends_at))
    if all_day:
        end -= timedelta(seconds=1)
        return _day(start) if start.date() == end.date() else f"{_day(start)} to {_day(end)}"
    if not ends:
        return f"{_day(start)} at {start:%H:%M}"
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{_day(end)} at {end:%H:%M}"
    return f"{_day(start)} from {start:%H:%M} to {until}"


def _day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"
