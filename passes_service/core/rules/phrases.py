"""Figures as people read them: instants in a time zone, shares, durations, counts."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from passes_service.core.money import Money, format_amount, share

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def instant_words(moment: datetime, time_zone: str) -> str:
    """Return "12 March 2027, 18:00 CET"; seconds only where there are some."""
    local = moment.astimezone(ZoneInfo(time_zone))
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    name = local.tzname() or "UTC"
    zone = name if name[0].isalpha() else f"UTC{name}"  # zones without a name call themselves +03
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {clock} {zone}"


def share_words(bp: int) -> str:
    """Return a share of 10000 as "50 %" or "33.33 %", exactly."""
    whole, part = divmod(bp, 100)
    decimals = f".{part:02d}".rstrip("0") if part else ""
    return f"{whole}{decimals} %"


def duration_words(seconds: int) -> str:
    """Return a length of time exactly, in days of 24 hours: "14 days", "1 hour 30 minutes"."""
    parts: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(count_words(count, unit))
    return " ".join(parts) or "no time"


def count_words(count: int, noun: str) -> str:
    """Return "1 session" or "2 sessions", with thousands marked."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def share_of_price(bp: int, price: Money | None) -> str:
    """Return "50 %", with amounts "50 % (EUR 12.50 of EUR 25.00)" when something is paid."""
    if price is None or price.minor == 0:
        return share_words(bp)
    part = Money(share(price.minor, bp), price.currency)
    return f"{share_words(bp)} ({format_amount(part)} of {format_amount(price)})"
