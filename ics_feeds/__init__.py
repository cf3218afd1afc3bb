"""Strict RFC 5545 feeds: frozen dataclasses in, bytes out. No database, no web, no clock."""

from ics_feeds.caching import compress, etag, gzip_etag, matches
from ics_feeds.colors import COLORS
from ics_feeds.lint import problems
from ics_feeds.model import Entry, Feed, Status
from ics_feeds.notices import notice
from ics_feeds.parts import vevent
from ics_feeds.render import render

__all__ = [
    "COLORS",
    "Entry",
    "Feed",
    "Status",
    "compress",
    "etag",
    "gzip_etag",
    "matches",
    "notice",
    "problems",
    "render",
    "vevent",
]
