"""What every signed message has: headers in any case, a time that must be near."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from passes_service.payments.errors import EventForged, EventStale

TOLERANCE: Final = timedelta(minutes=5)
LONGEST_ID: Final = 120
"""As much as the book keeps of a message's or an object's name."""


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header by its name in any case; "" if it is not there."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def check_time(seconds: int, now: datetime) -> datetime:
    """Return when a message was signed, given in seconds since 1970.

    Raises:
        EventForged: It is no instant.
        EventStale: It is more than five minutes before or after `now`.
    """
    try:
        signed_at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise EventForged("The time of the signature is no instant.") from None
    if abs(now - signed_at) > TOLERANCE:
        raise EventStale("The message was signed more than five minutes away from now.")
    return signed_at
