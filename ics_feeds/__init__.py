"""Strict RFC 5545 feeds: frozen dataclasses in, bytes out. No database, no web, no clock."""

from ics_feeds.caching import compress, etag, gzip_etag, matches
from ics_feeds.checks.serving import Answer, Visit, served
from ics_feeds.checks.twice import compare
from ics_feeds.colors import COLORS
from ics_feeds.finding import Finding
from ics_feeds.lint import findings, problems
from ics_feeds.model import Entry, Feed, Status
from ics_feeds.notices import notice
from ics_feeds.parts import vevent
from ics_feeds.render import render
from ics_feeds.summary import Summary, summary

__all__ = [
    "COLORS",
    "Answer",
    "Entry",
    "Feed",
    "Finding",
    "Status",
    "Summary",
    "Visit",
    "compare",
    "compress",
    "etag",
    "findings",
    "gzip_etag",
    "matches",
    "notice",
    "problems",
    "render",
    "served",
    "summary",
    "vevent",
]
