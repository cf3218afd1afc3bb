"""Fetch a feed as calendar apps do: plainly, conditionally, compressed, by HEAD, and again."""

from __future__ import annotations

import http.client
import ssl
import time
import zlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from passes_service.cli.origin import is_loopback
from passes_service.core.errors import DomainError, Kind

if TYPE_CHECKING:
    from passes_service.feeds.check import Answer, Visit

MOST_BYTES = 20_000_000
MOST_REDIRECTS = 5
SECONDS = 20.0
PAUSE = 1.1  # DTSTAMP counts seconds: a clock in the body shows only after one
AGENT = "passes feed check"
_CHUNK = 65_536
_SCHEMES = ("http", "https", "webcal", "webcals")
_REDIRECTS = (301, 302, 303, 307, 308)


class FeedUnfetched(DomainError):
    """The server of a feed does not give it."""

    code, title, kind = "feed-unfetched", "The feed cannot be fetched", Kind.UNAVAILABLE
    next_step = "Open the address in a browser, or save the feed and check the file."


class FeedTooLarge(DomainError):
    """A feed is longer than any app would read."""

    code, title, kind = "feed-too-large", "The feed is too large", Kind.TOO_LARGE
    next_step = "Leave out what is long past; apps give up long before this size."


def is_address(what: str) -> bool:
    """Tell an address from a file name."""
    scheme, found, _ = what.partition("://")
    return bool(found) and scheme.lower() in _SCHEMES


def normal(address: str) -> str:
    """Return the http address that a webcal address stands for; others as they are.

    Raises:
        FeedUnfetched: It is no address at all.
    """
    scheme, _, rest = address.strip().partition("://")
    scheme = scheme.lower()
    if scheme in ("webcal", "webcals"):
        plain = scheme == "webcal" and is_loopback(_host(f"http://{rest}"))
        scheme = "http" if plain else "https"
    try:
        split = urlsplit(f"{scheme}://{rest}")
        usable = bool(split.hostname) and split.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise FeedUnfetched("This is no address: a host name is missing, or the port is no number.")
    return f"{scheme}://{rest}"


def visit(address: str, *, pause: float = PAUSE) -> Visit:
    """Ask for a feed in all the ways that apps do.

    Raises:
        FeedUnfetched: There is no answer, or it is not 200.
        FeedTooLarge: It has more than `MOST_BYTES`.
    """
    from passes_service.feeds.check import Visit

    began = time.monotonic()
    url, first, redirects = _follow(normal(address))
    if first.status != 200:
        raise FeedUnfetched(f"The server answered {first.status}.")
    validators = {
        name: value
        for name, value in (
            ("If-None-Match", first.header("etag")),
            ("If-Modified-Since", first.header("last-modified")),
        )
        if value
    }
    conditional = _ask(url, **validators) if validators else None
    zipped = _ask(url, **{"Accept-Encoding": "gzip"})
    head = _ask(url, method="HEAD")
    time.sleep(max(0.0, began + pause - time.monotonic()))
    again = _ask(url)
    return Visit(normal(address), redirects, first, again, conditional, zipped, head)


def _follow(url: str) -> tuple[str, Answer, int]:
    """Return where a feed is in the end, its first answer and the number of redirects."""
    for redirects in range(MOST_REDIRECTS + 1):
        answer = _ask(url)
        target = answer.header("location")
        if answer.status not in _REDIRECTS or not target:
            return url, answer, redirects
        url = normal(urljoin(url, target))
        if not is_address(url):
            raise FeedUnfetched("It redirects to something that is no address.")
    raise FeedUnfetched(f"It redirects more than {MOST_REDIRECTS} times.")


@dataclass(frozen=True, slots=True)
class _Deadline:
    """The moment when one request has taken too long, however slowly its octets come."""

    at: float

    def check(self) -> None:
        if time.monotonic() > self.at:
            raise FeedUnfetched(f"The answer was not complete after {SECONDS:.0f} seconds.")


def _ask(url: str, *, method: str = "GET", **headers: str) -> Answer:
    """Send one request; the address is in no error, because it may be secret."""
    from passes_service.feeds.check import Answer

    deadline = _Deadline(time.monotonic() + SECONDS)
    split = urlsplit(url)
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    sent = {"User-Agent": AGENT, "Accept": "text/calendar, */*;q=0.1"}
    sent |= {"Accept-Encoding": "identity", "Connection": "close", **headers}
    try:
        with closing(_connection(url)) as connection:
            connection.request(method, path, headers=sent)
            with connection.getresponse() as response:
                named = {name.lower(): value for name, value in response.getheaders()}
                body = _read(response, deadline)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FeedUnfetched(f"{_host(url)} does not answer: {type(error).__name__}.") from None
    if body and named.get("content-encoding", "").lower() == "gzip":
        body = _unzipped(body)
    return Answer(response.status, named, body)


def _connection(url: str) -> http.client.HTTPConnection:
    split = urlsplit(url)
    host = _host(url)
    if split.scheme == "http":
        return http.client.HTTPConnection(host, split.port, timeout=SECONDS)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, split.port, timeout=SECONDS, context=context)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _read(response: http.client.HTTPResponse, deadline: _Deadline) -> bytes:
    parts, size = [], 0
    while part := response.read1(_CHUNK):
        deadline.check()
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise FeedTooLarge(f"It has more than {MOST_BYTES:,} octets.")
    return b"".join(parts)


def _unzipped(body: bytes) -> bytes:
    """Return what was compressed, unless it was made to fill the memory."""
    try:
        unpacking = zlib.decompressobj(wbits=31)
        unpacked = unpacking.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise FeedUnfetched("What it sends as gzip is not gzip.") from None
    if len(unpacked) > MOST_BYTES:
        raise FeedTooLarge(f"It unpacks to more than {MOST_BYTES:,} octets.")
    if not unpacking.eof:
        raise FeedUnfetched("What it sends as gzip ends too soon.")
    return unpacked
