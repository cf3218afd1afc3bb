"""Feed to RFC 5545 bytes: equal input, equal bytes.

The parts (`head`, `parts.prepare`, `parts.vevent`, `zones.vtimezone`) are public so that a caller
can keep them and join a feed from stored ones; `render` does it all at once.
"""

from collections.abc import Iterable

from ics_feeds.lines import fold_all
from ics_feeds.model import Entry, Feed
from ics_feeds.notices import DEFAULT_NOTICE
from ics_feeds.parts import duration, local_times, vevent
from ics_feeds.text import clean, escape
from ics_feeds.zones import Span, spans, vtimezone


def render(feed: Feed) -> bytes:
    """Return the whole feed as ``text/calendar`` bytes."""
    entries = shown(feed)
    return join(
        head(feed),
        (vtimezone(span) for span in zones_used(entries)),
        (vevent(entry, cancelled_prefix=feed.cancelled_prefix) for entry in entries),
    )


def shown(feed: Feed) -> tuple[Entry, ...]:
    """Return the entries in the order of the feed, or its notice when it has none."""
    if not feed.entries:
        return (feed.notice or DEFAULT_NOTICE,)
    return tuple(sorted(feed.entries, key=lambda entry: (entry.starts_at, entry.uid)))


def zones_used(entries: Iterable[Entry]) -> tuple[Span, ...]:
    """Return the zones and years for which the feed of `entries` needs a VTIMEZONE."""
    pairs = (local_times(entry) for entry in entries if not entry.all_day)
    return spans(time for pair in pairs if pair for time in pair)


def join(head: bytes, zones: Iterable[bytes], events: Iterable[bytes]) -> bytes:
    """Return the calendar made of parts rendered earlier."""
    return b"".join([head, *zones, *events, b"END:VCALENDAR\r\n"])


def head(feed: Feed) -> bytes:
    """Return the calendar's own properties, from BEGIN on."""
    name, description = _text(feed.name), _text(feed.description)
    refresh = duration(feed.refresh)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_text(feed.prodid)}",
        "CALSCALE:GREGORIAN",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
    ]
    if description:
        lines += [f"DESCRIPTION:{description}", f"X-WR-CALDESC:{description}"]
    if feed.url:
        lines.append(f"URL:{feed.url}")
    if feed.color:
        lines.append(f"COLOR:{feed.color}")
    if feed.image_url:
        lines.append(f"IMAGE;VALUE=URI:{feed.image_url}")
    lines += [f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}", f"X-PUBLISHED-TTL:{refresh}"]
    return fold_all(lines)


def _text(value: str) -> str:
    return escape(clean(value))
