"""Which zones are known by name."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from ics_feeds.zones import zone_of


@lru_cache(maxsize=1024)
def known_zone(name: str | None) -> ZoneInfo | None:
    """Return the IANA zone called `name`, if there is one."""
    if not name or len(name) > 64:
        return None
    try:
        return zone_of(name)
    except ValueError:
        return None
