"""Instants on the wire: whole Unix seconds, because that is what codes and vouchers sign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def to_seconds(moment: datetime) -> int:
    """Return the Unix second that contains `moment`, rounded down.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return (moment - EPOCH) // _SECOND


def from_seconds(seconds: int) -> datetime:
    """Return the UTC instant at which the Unix second `seconds` begins.

    Raises:
        OverflowError: The second is past the year 9999.
    """
    return EPOCH + timedelta(seconds=seconds)
