"""Check the bytes of any feed against RFC 5545, RFC 7986 and what is known of apps.

Written apart from the renderer, so that one can catch the other.
"""

from ics_feeds.checks import moments, properties, whole, zones
from ics_feeds.finding import Finding, Findings
from ics_feeds.reader import Block, read


def findings(body: bytes, *, address: str = "") -> list[Finding]:
    """Return what is wrong or unwise in a feed, errors first; nothing when it is sound.

    Reads whatever it is given and raises nothing.

    Args:
        body: The feed as it was served.
        address: Where it was served; only to see whether its secret is in the body.
    """
    found = Findings()
    calendars = read(body, found)
    named = [block for block in calendars if block.name == "VCALENDAR"]
    if not named:
        found.add("not-a-calendar", 0, "there is no VCALENDAR in it")
    elif len(named) > 1:
        found.add("several-calendars", named[1].number, f"{len(named)} calendars in one feed")
    for block in calendars:
        _check(block, body, address, found)
    return found.sorted()


def problems(body: bytes) -> list[str]:
    """Return the findings in a feed as sentences; nothing when it is sound."""
    return [str(one) for one in findings(body)]


def _check(calendar: Block, body: bytes, address: str, found: Findings) -> None:
    properties.check(calendar, found)
    if calendar.name != "VCALENDAR":
        return
    read_moments = []
    messages = calendar.first("METHOD") is not None
    for event in calendar.inner("VEVENT"):
        if event.first("DTSTART") is None and not messages:
            found.add("missing", event.number, "VEVENT has no DTSTART", "RFC 5545 3.6.1")
        read_moments += moments.check(event, found)
    zones.check(calendar, read_moments, found)
    whole.check(calendar, body, address, found)
