"""Feed to RFC 5545 bytes: equal input, equal bytes.

The parts (`head`, `vevent`, `zones.vtimezone`) are public so that a caller can keep them and
join a feed from stored ones; `render` does it all at once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import vDuration

from ics_feeds.lines import fold_all
from ics_feeds.model import Entry, Feed
from ics_feeds.notices import DEFAULT_NOTICE
from ics_feeds.text import clean, escape
from ics_feeds.zones import Span, local_time, spans, vtimezone, zone_of

_A_DAY = timedelta(days=1)
_A_SECOND = timedelta(seconds=1)


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
    pairs = (_local_times(entry) for entry in entries if not entry.all_day)
    return spans(time for pair in pairs if pair for time in pair)


def join(head: bytes, zones: Iterable[bytes], events: Iterable[bytes]) -> bytes:
    """Return the calendar made of parts rendered earlier."""
    return b"".join([head, *zones, *events, b"END:VCALENDAR\r\n"])


def head(feed: Feed) -> bytes:
    """Return the calendar's own properties, from BEGIN on."""
    name, description = _text(feed.name), _text(feed.description)
    refresh = _duration(feed.refresh)
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


def vevent(entry: Entry, *, cancelled_prefix: str = "Cancelled: ") -> bytes:
    """Return one entry as a VEVENT; it depends on nothing else in the feed."""
    cancelled = entry.status == "CANCELLED"
    title = cancelled_prefix + entry.title if cancelled else entry.title
    quiet = entry.transparent or cancelled
    changed = _utc(entry.changed_at)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{escape(entry.uid)}",
        f"DTSTAMP:{changed}",
        *_when(entry),
        f"SUMMARY:{_text(title)}",
        f"STATUS:{entry.status}",
        f"TRANSP:{'TRANSPARENT' if quiet else 'OPAQUE'}",
        f"SEQUENCE:{entry.sequence}",
        f"CREATED:{_utc(entry.created_at)}",
        f"LAST-MODIFIED:{changed}",
        *_details(entry),
    ]
    if not cancelled:
        for reminder in sorted(set(entry.reminders)):
            lines += _alarm(reminder, title)
    lines.append("END:VEVENT")
    return fold_all(lines)


def _when(entry: Entry) -> list[str]:
    if entry.all_day:
        first, beyond = _days(entry)
        return [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{beyond:%Y%m%d}"]
    local = _local_times(entry)
    if local:
        zone = entry.time_zone
        start, end = (f";TZID={zone}:{time:%Y%m%dT%H%M%S}" for time in local)
    else:
        start, end = f":{_utc(entry.starts_at)}", f":{_utc(entry.ends_at)}"
    # DTEND must be later than DTSTART; without it a VEVENT ends when it starts (3.6.1).
    return [f"DTSTART{start}"] if start == end else [f"DTSTART{start}", f"DTEND{end}"]


def _local_times(entry: Entry) -> tuple[datetime, datetime] | None:
    """Return start and end in the entry's zone, or None when both have to go out in UTC."""
    start = local_time(entry.starts_at, entry.time_zone)
    end = local_time(entry.ends_at, entry.time_zone)
    return (start, end) if start and end else None


def _days(entry: Entry) -> tuple[datetime, datetime]:
    """Return the first day and the day after the last, as midnights or other times on them."""
    zone = zone_of(entry.time_zone)
    first = entry.starts_at.astimezone(zone)
    last = max(entry.starts_at, entry.ends_at - _A_SECOND).astimezone(zone)
    return first.replace(tzinfo=None), last.replace(tzinfo=None) + _A_DAY


def _details(entry: Entry) -> list[str]:
    lines = []
    description = clean(entry.description)
    if entry.url and entry.url not in description.split():  # Outlook drops URL
        description = f"{description}\n\n{entry.url}" if description else entry.url
    if description:
        lines.append(f"DESCRIPTION:{escape(description)}")
    if location := _text(entry.location):
        lines.append(f"LOCATION:{location}")
    if entry.geo:
        lines.append("GEO:{:.6f};{:.6f}".format(*entry.geo))
    if entry.url:
        lines.append(f"URL:{entry.url}")
    if categories := [text for text in map(_text, entry.categories) if text]:
        lines.append(f"CATEGORIES:{','.join(categories)}")
    return lines


def _alarm(reminder: timedelta, title: str) -> list[str]:
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:{_duration(-reminder)}",
        f"DESCRIPTION:{_text(title)}",
        "END:VALARM",
    ]


def _text(value: str) -> str:
    return escape(clean(value))


def _utc(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}"


def _duration(length: timedelta) -> str:
    whole = timedelta(seconds=length // _A_SECOND)
    encoded: bytes = vDuration(whole).to_ical()  # type: ignore[no-untyped-call]  # icalendar types only parts of itself
    return encoded.decode()
