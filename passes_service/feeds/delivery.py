"""From stored bytes to an HTTP answer: validators, compression, headers (RFC 9110)."""

from __future__ import annotations

from dataclasses import dataclass

import ics_feeds

MEDIA_TYPE = "text/calendar; charset=utf-8"
LARGE = 1024


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(body: bytes, etag: str, *, if_none_match: str, accept_encoding: str) -> Answer:
    """Return 304, or the bytes in the form the client takes; each form has its own strong ETag."""
    gzip = len(body) >= LARGE and _takes_gzip(accept_encoding)
    tag = ics_feeds.gzip_etag(etag) if gzip else etag
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
        "X-Robots-Tag": "noindex",
    }
    if if_none_match and ics_feeds.matches(if_none_match, tag):
        return Answer(304, headers, b"")
    headers["Content-Type"] = MEDIA_TYPE
    headers["Content-Disposition"] = 'inline; filename="my-sessions.ics"'
    if gzip:
        body = ics_feeds.compress(body)
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    return Answer(200, headers, body)


def _takes_gzip(field: str) -> bool:
    """Tell whether Accept-Encoding names gzip with a weight above zero."""
    for part in field.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
