"""From what a clock on the wall says to an instant; hours that do not exist are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from passes_service.core.errors import DomainError, Kind


class TimeZoneUnknown(DomainError):
    """The time zone is not an IANA name."""

    code, title, kind = "time-zone-unknown", "Unknown time zone", Kind.INVALID
    next_step = "Use an IANA name such as Europe/Berlin or America/New_York."


class LocalTimeMissing(DomainError):
    """The clocks jump over this time on this day."""

    code, title, kind = "local-time-missing", "This time does not exist", Kind.INVALID
    next_step = "Choose one of the two times offered: before or after the clocks change."


def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises:
        TimeZoneUnknown: There is no such zone.
    """
    if name not in _names():
        raise TimeZoneUnknown(f"“{name[:64]}” is not a time zone we know.", field="time_zone")
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    """Return every IANA name, read once: looking through the zone files takes milliseconds."""
    return frozenset(available_timezones())


def instant(local: datetime, zone_name: str) -> datetime:
    """Return the UTC instant of a wall-clock time; of two, when clocks go back, the first.

    Raises:
        TimeZoneUnknown: There is no such zone.
        LocalTimeMissing: Clocks go forward over it; `members` hold both neighbours.
    """
    here = zone(zone_name)
    found = local.replace(tzinfo=here).astimezone(UTC)
    if found.astimezone(here).replace(tzinfo=None) == local:
        return found
    # PEP 495: read with the offset before the jump it lies after it, and the other way round.
    both = (local.replace(tzinfo=here, fold=fold).astimezone(UTC) for fold in (1, 0))
    offered = [one.astimezone(here).replace(tzinfo=None).isoformat() for one in both]
    raise LocalTimeMissing(
        f"In {zone_name} the clocks jump over {local:%H:%M} on {local:%d %B %Y}.",
        offered=offered,
    )
