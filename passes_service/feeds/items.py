"""What feeds are joined from: one entry, its shared part and what one subscriber gets of it."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from ics_feeds.parts import Part
from ics_feeds.zones import Span


class Item(NamedTuple):
    """One VEVENT to be finished: its shared part, and what this subscriber gets of it.

    `own` is a digest of all that the subscriber gets and `sequence` does not count.
    """

    uid: str
    part: Part
    zone: Span | None
    sequence: int
    changed_at: datetime
    note: str
    url: str
    own: str


def digest(*said: object) -> str:
    """Return a short digest of all that one subscriber gets."""
    text = "\n".join(map(str, said))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=6).hexdigest()
