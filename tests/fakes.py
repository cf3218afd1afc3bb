"""Stand-ins for what cannot be had for real in a test: the passing of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that moves only when told."""

    def __init__(self, now: datetime = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> datetime:
        """Let time pass and return the new instant."""
        self.now += timedelta(**parts)
        return self.now
