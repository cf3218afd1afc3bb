"""Time and time zones: every rule depends on them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from passes_service.cli.checks.model import FAIL, Check

BUILT = datetime(2026, 1, 1, tzinfo=UTC)
_FAR = datetime(2100, 1, 1, tzinfo=UTC)


def checks(*, now: datetime) -> list[Check]:
    """Look at the clock and the time zone data."""
    return [_clock(now), _zones()]


def _clock(now: datetime) -> Check:
    value = f"{now:%a %d %b %Y %H:%M:%S} UTC"
    if not BUILT <= now < _FAR:
        return Check("clock", value, FAIL, "Set this machine's clock; switch NTP on.")
    return Check("clock", value)


def _zones() -> Check:
    try:
        summer = datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()
    except ZoneInfoNotFoundError:
        summer = None
    if summer is None or summer.total_seconds() != 7200:
        return Check("time zones", "not usable", FAIL, "Reinstall the Python package tzdata.")
    return Check("time zones", "known")
