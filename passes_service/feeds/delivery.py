"""From stored bytes to an HTTP answer: validators, compression, headers (RFC 9110)."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import ics_feeds
from passes_service.feeds.copies import Stored

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRIVATE = "private, no-cache"


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one version of a feed from another; known before its bytes are read."""

    etag: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says about the form it wants and the version it has."""

    if_none_match: str = ""
    if_modified_since: str = ""
    accept_encoding: str = ""

    @property
    def gzip(self) -> bool:
        """Tell whether Accept-Encoding names gzip with a weight above zero."""
        for part in self.accept_encoding.lower().split(","):
            name, _, weight = part.partition(";")
            if name.strip() == "gzip":
                return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        return False


Headers = dict[str, str]


def headers(known: Validators, asked: Asked, *, cache: str = PRIVATE) -> Headers:
    """Return what goes out with 200 and 304 alike. Each form has its own strong tag."""
    return {
        "etag": ics_feeds.gzip_etag(known.etag) if asked.gzip else known.etag,
        "last-modified": format_datetime(known.changed_at.astimezone(UTC), usegmt=True),
        "cache-control": cache,
        "vary": "Accept-Encoding",
        "x-robots-tag": "noindex",
    }


def unchanged(known: Validators, asked: Asked) -> bool:
    """Tell whether 304 is the answer: by tag, or by date where no tag was sent (RFC 9110 13.2.2).

    Two versions never have the same Last-Modified, so the date is as good as the tag.
    """
    if asked.if_none_match:
        tag = ics_feeds.gzip_etag(known.etag) if asked.gzip else known.etag
        return ics_feeds.matches(asked.if_none_match, tag)
    if not asked.if_modified_since:
        return False
    try:
        since = parsedate_to_datetime(asked.if_modified_since)
        return since.tzinfo is not None and known.changed_at.replace(microsecond=0) <= since
    except (ValueError, OverflowError):  # years and offsets that no clock has
        return False


def body(stored: Stored, asked: Asked, name: str = "my-sessions") -> tuple[bytes, Headers]:
    """Return the bytes in the form that the client takes, and the headers only a body has."""
    more = {
        "content-type": MEDIA_TYPE,
        "content-disposition": f'inline; filename="{name}.ics"',
    }
    if asked.gzip:
        data, more["content-encoding"] = stored.body, "gzip"
    else:
        data = gzip.decompress(stored.body)
    more["content-length"] = str(len(data))
    return data, more
