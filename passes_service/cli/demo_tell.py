"""How the play speaks: one line per thing that happened, with the demo's time beside it."""

from __future__ import annotations

import textwrap
from zoneinfo import ZoneInfo

from passes_service.cli.demo_clock import DemoClock
from passes_service.cli.output import say

BERLIN = ZoneInfo("Europe/Berlin")
WIDTH = 92


class Teller:
    """Prints what happens with the demo's time beside it."""

    def __init__(self, clock: DemoClock) -> None:
        self._clock = clock

    def tell(self, text: str) -> None:
        """Print one thing that happened."""
        stamp = f"{self._clock().astimezone(BERLIN):%H:%M}"
        lines = textwrap.wrap(text, WIDTH - 7)
        say(f"{stamp}  {lines[0]}")
        for line in lines[1:]:
            say(" " * 7 + line)

    def scene(self, title: str) -> None:
        """Print a heading."""
        say(f"\n{title}\n{'-' * len(title)}")
