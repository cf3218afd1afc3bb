"""The demo's time: the real one, moved ahead by the play."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class DemoClock:
    """A clock that can jump ahead: an evening must not take an evening to watch."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        """Return the demo's instant."""
        return datetime.now(UTC) + self.ahead

    def jump_to(self, instant: datetime) -> None:
        """Go to `instant`; the clock runs on from there and never goes back."""
        self.ahead += max(timedelta(), instant - self())
