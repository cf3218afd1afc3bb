"""One entry to a VEVENT, in two steps: what all subscribers share, and what one of them gets.

`prepare` does nearly all of the work once for everybody; `finish` adds counters, a note and a
link for one. `vevent` is both. So a caller may keep prepared parts and join feeds from them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from icalendar import vDuration

from ics_feeds.lines import Begun, begin_fold, end_fold, fold, fold_all
from ics_feeds.model import Entry
from ics_feeds.text import clean, escape
from ics_feeds.zones import local_time, zone_of

_A_DAY = timedelta(days=1)
_A_SECOND = timedelta(seconds=1)
_GAP = escape("\n\n")


@dataclass(frozen=True, slots=True)
class Part:
    """What a VEVENT says to everybody; its counters, note and link are still to come."""

    before: bytes
    description: Begun | None
    links: frozenset[str]
    after: bytes


def vevent(entry: Entry, *, cancelled_prefix: str = "Cancelled: ") -> bytes:
    """Return one entry as a VEVENT; it depends on nothing else in the feed."""
    return finish(
        prepare(entry, cancelled_prefix=cancelled_prefix),
        sequence=entry.sequence,
        changed_at=entry.changed_at,
        note=entry.note,
        url=entry.url,
    )


def prepare(entry: Entry, *, cancelled_prefix: str = "Cancelled: ") -> Part:
    """Return all of a VEVENT that does not depend on `sequence`, `changed_at`, `note`, `url`."""
    cancelled = entry.status == "CANCELLED"
    title = _text(cancelled_prefix + entry.title if cancelled else entry.title)
    quiet = entry.transparent or cancelled
    before = [
        "BEGIN:VEVENT",
        f"UID:{escape(entry.uid)}",
        *when(entry),
        f"SUMMARY:{title}",
        f"STATUS:{entry.status}",
        f"TRANSP:{'TRANSPARENT' if quiet else 'OPAQUE'}",
        f"CREATED:{utc(entry.created_at)}",
    ]
    if location := _text(entry.location):
        before.append(f"LOCATION:{location}")
    if entry.geo:
        before.append("GEO:{:.6f};{:.6f}".format(*entry.geo))
    if categories := [text for text in map(_text, entry.categories) if text]:
        before.append(f"CATEGORIES:{','.join(categories)}")
    after = []
    if not cancelled:
        for reminder in sorted(set(entry.reminders)):
            after += _alarm(reminder, title)
    after.append("END:VEVENT")
    description = clean(entry.description)
    return Part(
        before=fold_all(before),
        description=begin_fold("DESCRIPTION:" + escape(description)) if description else None,
        links=frozenset(word for word in description.split() if word.startswith("http")),
        after=fold_all(after),
    )


def finish(
    part: Part, *, sequence: int, changed_at: datetime, note: str = "", url: str | None = None
) -> bytes:
    """Return the VEVENT of one subscriber.

    Args:
        part: What `prepare` made.
        sequence, changed_at: Counter and UTC instant of the last change of what is rendered.
        note: Any text; put after the description.
        url: Page about it, also put after the description: Outlook drops URL.
    """
    more = _more(note, None if url in part.links else url)
    pieces = [part.before, _counters(sequence, changed_at)]
    if part.description is not None:
        pieces.append(end_fold(part.description, _GAP + more if more else ""))
    elif more:
        pieces.append(fold("DESCRIPTION:" + more))
    if url:
        pieces.append(_url_line(url))
    pieces.append(part.after)
    return b"".join(pieces)


@lru_cache(maxsize=4096)
def _more(note: str, url: str | None) -> str:
    """Return what goes after the description, escaped; many sessions of one feed share it."""
    said = escape(clean(note))
    if not url:
        return said
    return f"{said}\\n{escape(url)}" if said else escape(url)


@lru_cache(maxsize=4096)
def _counters(sequence: int, changed_at: datetime) -> bytes:
    changed = utc(changed_at)
    lines = f"DTSTAMP:{changed}\r\nSEQUENCE:{sequence}\r\nLAST-MODIFIED:{changed}\r\n"
    return lines.encode()


@lru_cache(maxsize=4096)
def _url_line(url: str) -> bytes:
    return fold(f"URL:{url}")


def local_times(entry: Entry) -> tuple[datetime, datetime] | None:
    """Return start and end in the entry's zone, or None when both have to go out in UTC."""
    start = local_time(entry.starts_at, entry.time_zone)
    end = local_time(entry.ends_at, entry.time_zone)
    return (start, end) if start and end else None


def utc(instant: datetime) -> str:
    """Return a UTC instant as DATE-TIME (RFC 5545 3.3.5)."""
    return f"{instant:%Y%m%dT%H%M%SZ}"


def duration(length: timedelta) -> str:
    """Return a length of time as DURATION (RFC 5545 3.3.6), whole seconds."""
    whole = timedelta(seconds=length // _A_SECOND)
    encoded: bytes = vDuration(whole).to_ical()  # type: ignore[no-untyped-call]  # icalendar types only parts of itself
    return encoded.decode()


def when(entry: Entry) -> list[str]:
    """Return the lines of start and end, local where that is safe, with an exclusive end."""
    if entry.all_day:
        first, beyond = _days(entry)
        return [f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{beyond:%Y%m%d}"]
    local = local_times(entry)
    if local:
        zone = entry.time_zone
        start, end = (f";TZID={zone}:{time:%Y%m%dT%H%M%S}" for time in local)
    else:
        start, end = f":{utc(entry.starts_at)}", f":{utc(entry.ends_at)}"
    # DTEND must be later than DTSTART; without it a VEVENT ends when it starts (3.6.1).
    return [f"DTSTART{start}"] if start == end else [f"DTSTART{start}", f"DTEND{end}"]


def _days(entry: Entry) -> tuple[datetime, datetime]:
    """Return the first day and the day after the last, as midnights or other times on them."""
    zone = zone_of(entry.time_zone)
    first = entry.starts_at.astimezone(zone)
    last = max(entry.starts_at, entry.ends_at - _A_SECOND).astimezone(zone)
    return first.replace(tzinfo=None), last.replace(tzinfo=None) + _A_DAY


def _alarm(reminder: timedelta, title: str) -> list[str]:
    return [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"TRIGGER:{duration(-reminder)}",
        f"DESCRIPTION:{title}",
        "END:VALARM",
    ]


def _text(value: str) -> str:
    return escape(clean(value))
