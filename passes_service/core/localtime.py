"""From what a clock on the wall says to an instant; hours that do not exist are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
    shift = local.replace(tzinfo=here, fold=0).utcoffset()
    after = local.replace(tzinfo=here, fold=1).utcoffset()
    assert shift is not None  # noqa: S101 - zones always have an offset
    assert after is not None  # noqa: S101
    gap = abs(after - shift)
    earlier, later = local - timedelta(seconds=1), local
    while not _exists(earlier, here):
        earlier -= timedelta(minutes=1)
    later = local + gap
    raise LocalTimeMissing(
        f"In {zone_name} the clocks jump over {local:%H:%M} on {local:%d %B %Y}.",
        offered=[earlier.replace(second=0).isoformat(), later.isoformat()],
    )


def _exists(local: datetime, here: ZoneInfo) -> bool:
    back = local.replace(tzinfo=here).astimezone(UTC).astimezone(here)
    return back.replace(tzinfo=None) == local
