"""How a feed is served: what a calendar app meets besides the bytes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ics_feeds.checks.twice import compare
from ics_feeds.checks.whole import secrets_of
from ics_feeds.finding import Finding, finding

LONGEST_ADDRESS = 256
LONGEST_AGE = 3_600
WORTH_COMPRESSING = 1_024


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the server; names of headers in lower case, the body as it was meant."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header, or nothing."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a client got that asked as apps do.

    Args:
        address: Where it asked first.
        redirects: How many redirects it followed to `first`.
        first, again: Two plain fetches, more than a second apart.
        conditional: A fetch with the validators of `first`; None if it had none.
        zipped: A fetch that takes gzip.
        head: The answer to HEAD.
    """

    address: str
    redirects: int
    first: Answer
    again: Answer
    conditional: Answer | None
    zipped: Answer
    head: Answer


def served(visit: Visit) -> list[Finding]:
    """Return what is unwise or wrong in how a feed is served."""
    found = [
        *_address(visit),
        *_headers(visit),
        *_validators(visit),
        *_forms(visit),
    ]
    if visit.again.status == visit.first.status:
        found += compare(visit.first.body, visit.again.body)
    return found


def _address(visit: Visit) -> Iterator[Finding]:
    if visit.redirects:
        count = "a redirect" if visit.redirects == 1 else f"{visit.redirects} redirects"
        yield finding("redirect", 0, f"{count} before the feed")
    if len(visit.address) > LONGEST_ADDRESS:
        yield finding("long-address", 0, f"the address has {len(visit.address)} characters")
    split = urlsplit(visit.address)
    local = split.hostname in ("localhost", "127.0.0.1", "::1")
    if split.scheme == "http" and not local:
        yield finding("plain-http", 0, "the feed is served by http without encryption")


def _headers(visit: Visit) -> Iterator[Finding]:
    first = visit.first
    kind, _, parameters = first.header("content-type").partition(";")
    if kind.strip().lower() != "text/calendar":
        yield finding("content-type", 0, f"Content-Type is {kind.strip() or 'missing'}")
    elif "charset=utf-8" not in parameters.lower().replace('"', ""):
        yield finding("no-charset", 0, "Content-Type has no charset=utf-8")
    if first.header("set-cookie"):
        yield finding("cookie", 0, "the answer sets a cookie")
    yield from _caching(visit)


def _caching(visit: Visit) -> Iterator[Finding]:
    said = visit.first.header("cache-control").lower().replace(" ", "")
    rules = dict(part.partition("=")[::2] for part in said.split(",") if part)
    private = "private" in rules or "no-store" in rules
    if secrets_of(visit.address) and not private:
        shown = f"is {said}" if said else "is missing"
        yield finding("cacheable", 0, f"Cache-Control {shown} at an address that looks secret")
    age = rules.get("max-age", "").strip('"')
    if "no-cache" not in rules and age.isdecimal() and int(age[:12]) > LONGEST_AGE:
        yield finding("long-cache", 0, f"Cache-Control lets copies live for {age[:12]} seconds")


def _validators(visit: Visit) -> Iterator[Finding]:
    if not visit.first.header("etag"):
        yield finding("no-etag", 0, "the answer has no ETag")
    if visit.conditional is not None and visit.conditional.status != 304:
        status = visit.conditional.status
        yield finding("no-304", 0, f"asked again with its own validators it answers {status}")


def _forms(visit: Visit) -> Iterator[Finding]:
    if visit.head.status != visit.first.status:
        yield finding("no-head", 0, f"HEAD is answered {visit.head.status}")
    coded = visit.zipped.header("content-encoding").lower() == "gzip"
    if not coded and len(visit.first.body) >= WORTH_COMPRESSING:
        said = f"{len(visit.first.body):,} octets go out without compression"
        yield finding("no-gzip", 0, said)
    stable = visit.first.body == visit.again.body
    if coded and stable and visit.zipped.body != visit.first.body:
        yield finding("gzip-differs", 0, "the compressed form has other bytes")
