"""An entry and a feed to start from; tests say only what matters to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ics_feeds import Entry, Feed

START = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)
STORED = datetime(2026, 5, 1, 8, 30, tzinfo=UTC)


def entry(uid: str = "session-1", **changes: Any) -> Entry:
    """Return a two-hour session in Berlin."""
    starts_at = changes.pop("starts_at", START)
    given: dict[str, Any] = {
        "title": "Rehearsal, open to pass holders",
        "ends_at": starts_at + timedelta(hours=2),
        "time_zone": "Europe/Berlin",
        "created_at": STORED,
        "changed_at": STORED,
    }
    return Entry(uid=uid, starts_at=starts_at, **(given | changes))


def feed(*entries: Entry, **changes: Any) -> Feed:
    """Return a feed of these entries."""
    given: dict[str, Any] = {
        "name": "Jazz nights",
        "time_zone": "Europe/Berlin",
        "prodid": "-//Example//Passes//EN",
    }
    return Feed(entries=entries, **(given | changes))


def logical_lines(body: bytes) -> list[str]:
    """Return the unfolded lines of a feed."""
    return body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
