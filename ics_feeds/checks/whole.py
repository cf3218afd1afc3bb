"""The calendar as a whole: is there something in it, is it named, is it small, is it discreet."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from ics_feeds.colors import COLORS
from ics_feeds.finding import Findings
from ics_feeds.reader import Block, Line

MOST_EVENTS = 1_000
MOST_BYTES = 1_300_000
_SHORTEST_SECRET, _SHORTEST_MIXTURE = 16, 8
_SUFFIX = re.compile(r"\.(ics|ical|ifb)$", re.IGNORECASE)
_E_MAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}\b"
)
_TEXTS = frozenset(
    [
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "COMMENT",
        "CONTACT",
        "NAME",
        "CATEGORIES",
        "X-WR-CALNAME",
        "X-WR-CALDESC",
        "X-ALT-DESC",
    ]
)


def check(calendar: Block, body: bytes, address: str, found: Findings) -> None:
    """Check a calendar as a whole; `address` is where it was fetched, if it was."""
    events = calendar.inner("VEVENT")
    if not [block for block in calendar.blocks if block.name != "VTIMEZONE"]:
        found.add("empty", calendar.number, "there is no VEVENT and nothing else in it")
    _check_names(calendar, found)
    _check_uids(events, found)
    for event in events:
        _check_event(event, found)
    if len(events) > MOST_EVENTS:
        found.add("many-events", 0, f"{len(events):,} events, more than {MOST_EVENTS:,}")
    if len(body) > MOST_BYTES:
        found.add("heavy", 0, f"{len(body) / 1e6:.1f} MB, more than {MOST_BYTES / 1e6} MB")
    lines = [line for block in calendar.walk() for line in block.lines]
    _check_discretion(lines, address, found)


def secrets_of(address: str) -> set[str]:
    """Return the parts of an address that are long enough to be its secret."""
    try:
        split = urlsplit(address)
    except ValueError:  # no address at all
        return set()
    parts = [*split.path.split("/"), *(value for _, value in parse_qsl(split.query))]
    return {part for part in (_SUFFIX.sub("", unquote(one)) for one in parts) if _is_token(part)}


def _is_token(part: str) -> bool:
    """Tell random letters and digits from words and years, such as summer-season-2026."""
    return len(part) >= _SHORTEST_SECRET and any(
        len(piece) >= _SHORTEST_MIXTURE and re.search(r"\d", piece) and re.search("[A-Za-z]", piece)
        for piece in re.split(r"[-_.~]", part)
    )


def _check_names(calendar: Block, found: Findings) -> None:
    number = calendar.number
    for code, names in (
        ("no-name", ("NAME", "X-WR-CALNAME")),
        ("no-refresh", ("REFRESH-INTERVAL", "X-PUBLISHED-TTL")),
    ):
        absent = [name for name in names if calendar.first(name) is None]
        if absent:
            found.add(code, number, f"VCALENDAR has no {' and no '.join(absent)}")
    for block in (calendar, *calendar.inner("VEVENT")):
        color = block.first("COLOR")
        if color and color.value.lower() not in COLORS:
            said = f"COLOR {color.value[:40]!r} is no name of a CSS3 colour"
            found.add("bad-color", color.number, said)


def _check_uids(events: Iterable[Block], found: Findings) -> None:
    seen: set[tuple[str, str]] = set()
    for event in events:
        uid, changed = event.first("UID"), event.first("RECURRENCE-ID")
        if uid is None:
            continue
        if not uid.value:
            found.add("malformed", uid.number, "UID is empty", "RFC 5545 3.8.4.7")
        named = uid.value, changed.value if changed else ""
        if named in seen:
            found.add("uid-twice", uid.number, f"UID {uid.value[:60]} occurs twice")
        seen.add(named)


def _check_event(event: Block, found: Findings) -> None:
    absent = [name for name in ("SEQUENCE", "LAST-MODIFIED") if event.first(name) is None]
    if absent:
        found.add("no-sequence", event.number, f"VEVENT has no {' and no '.join(absent)}")
    if event.first("SUMMARY") is None:
        found.add("no-title", event.number, "VEVENT has no SUMMARY")
    url, description = event.first("URL"), event.first("DESCRIPTION")
    if url and (description is None or _plain(url.value) not in _plain(description.value)):
        found.add("link-only-in-url", url.number, "the link is in URL, not in DESCRIPTION")


def _check_discretion(lines: list[Line], address: str, found: Findings) -> None:
    secrets = secrets_of(address)
    for line in lines:
        if any(secret in line.value for secret in secrets):
            found.add("own-secret", line.number, f"{line.name} holds the feed's own address")
        if line.name in _TEXTS and _E_MAIL.search(line.value):
            found.add("e-mail-address", line.number, f"{line.name} holds an e-mail address")


def _plain(value: str) -> str:
    return value.replace("\\", "")
