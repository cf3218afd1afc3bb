"""Zone names as Windows shows them to people: `(UTC+01:00) Amsterdam, Berlin, Bern, Rome`.

Old programs write them as TZID. The words are places or regions, the offset is that of standard
time; a place whose clock runs otherwise is not meant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_DISPLAYED = re.compile(
    r"\((?:utc|gmt)\s?(?:([+-])\s?([0-9]{1,2})(?:[:.]([0-9]{2}))?)?\)\s?([^()].{0,200})"
)
_REGIONS = {
    "alaska": "America/Anchorage",
    "arizona": "America/Phoenix",
    "atlantic time (canada)": "America/Halifax",
    "central america": "America/Guatemala",
    "central time (us & canada)": "America/Chicago",
    "coordinated universal time": "Etc/UTC",
    "eastern time (us & canada)": "America/New_York",
    "hawaii": "Pacific/Honolulu",
    "indiana (east)": "America/Indianapolis",
    "mountain time (us & canada)": "America/Denver",
    "newfoundland": "America/St_Johns",
    "new delhi": "Asia/Kolkata",
    "pacific time (us & canada)": "America/Los_Angeles",
    "pretoria": "Africa/Johannesburg",
    "saskatchewan": "America/Regina",
    "st. petersburg": "Europe/Moscow",
    "wellington": "Pacific/Auckland",
    "canberra": "Australia/Sydney",
    "beijing": "Asia/Shanghai",
}
_YEAR = 2026


@cache
def _places() -> dict[str, list[str]]:
    """Return zones by place, those that Windows itself maps to first."""
    ours = set(WINDOWS_TO_OLSON.values())
    found: dict[str, list[str]] = {}
    for name in sorted(available_timezones(), key=lambda name: (name not in ours, name)):
        if "/" in name:
            place = name.rpartition("/")[2].replace("_", " ").casefold()
            found.setdefault(place, []).append(name)
    for place, name in _REGIONS.items():
        found[place] = [name]
    return found


def displayed(name: str) -> str | None:
    """Return the IANA zone of a name as Windows shows it; `name` is in lower case."""
    found = _DISPLAYED.fullmatch(name)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2] or 0), minutes=int(found[3] or 0))
    offset = -offset if found[1] == "-" else offset
    words = [word.strip() for word in re.split(r"[,;/]", found[4])]
    named = [zone for word in words for zone in _places().get(word, ())]
    fitting = [zone for zone in named if _standard(zone) == offset]
    ours = set(WINDOWS_TO_OLSON.values())
    return next((zone for zone in fitting if zone in ours), fitting[0] if fitting else None)


def _standard(name: str) -> timedelta | None:
    """Return the offset of standard time, in either half of the world."""
    zone = ZoneInfo(name)
    shown = [datetime(_YEAR, month, 1, tzinfo=UTC).astimezone(zone).utcoffset() for month in (1, 7)]
    return min(offset for offset in shown if offset is not None)
