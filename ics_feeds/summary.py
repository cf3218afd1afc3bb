"""What is in a feed, in numbers."""

from dataclasses import dataclass
from datetime import date

from ics_feeds.checks.moments import Moment, check
from ics_feeds.finding import Findings
from ics_feeds.reader import read


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a feed: its events, the zones of their times, its first and its last day."""

    events: int
    zones: tuple[str, ...]
    first: date | None
    last: date | None


def summary(body: bytes) -> Summary:
    """Return the counts of any feed; what cannot be read does not count."""
    unheard = Findings()
    events, moments = 0, list[Moment]()
    for calendar in read(body, unheard):
        for event in calendar.inner("VEVENT"):
            events += 1
            moments += check(event, unheard)
    zones = {one.zone or "UTC" for one in moments if one.zone or one.utc}
    days = [one.day for one in moments]
    return Summary(events, tuple(sorted(zones)), min(days, default=None), max(days, default=None))
