"""Who asks for addresses that we never gave out: answered alike, and not without end."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from passes_service.accounts.errors import RateLimited
from passes_service.core.errors import DomainError, Kind
from passes_service.web import problems

PER_MINUTE: Final = 60
MOST: Final = 10_000
_MINUTE: Final = timedelta(minutes=1)
Answer = tuple[int, dict[str, str], bytes]


class FeedUnavailable(DomainError):
    """The database is away, and this process has never served the address."""

    code, title, kind = "feed-unavailable", "The calendar cannot be read now", Kind.UNAVAILABLE
    next_step = "Nothing is lost: calendar apps ask again by themselves."


class Guesses:
    """Counts unknown addresses per peer and minute, in this process. Known ones never count."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def too_many(self, peer: str, now: datetime) -> bool:
        """Count one more; tell whether that was too many for this minute."""
        since, count = self._counts.pop(peer, (now, 0))
        if not timedelta() <= now - since < _MINUTE:
            since, count = now, 0
        self._counts[peer] = (since, count + 1)
        while len(self._counts) > MOST:
            self._counts.popitem(last=False)
        return count >= PER_MINUTE


def no_such_feed() -> Answer:
    """Answer every unknown address alike: the same bytes, and nothing of what was asked."""
    return _refusal(problems.NoSuchAddress("There is no calendar at this address."))


def slow_down() -> Answer:
    """Refuse to hear more guesses for a while."""
    status, headers, body = _refusal(RateLimited("Too many addresses that do not exist."))
    return status, headers | {"retry-after": "60"}, body


def unavailable() -> Answer:
    """Say that nobody can tell now."""
    status, headers, body = _refusal(FeedUnavailable("The service cannot look it up now."))
    return status, headers | {"retry-after": "120"}, body


def not_allowed() -> Answer:
    """Refuse every method that would change something."""
    status, headers, body = _refusal(
        problems.NoSuchAddress("This address does not take that method.", status=405)
    )
    return status, headers | {"allow": "GET, HEAD"}, body


def _refusal(error: DomainError) -> Answer:
    status, document = problems.document(error, "/feeds")
    body = json.dumps(document).encode()
    headers = {
        "cache-control": "no-store",
        "x-robots-tag": "noindex",
        "content-type": problems.MEDIA_TYPE,
        "content-length": str(len(body)),
    }
    return status, headers, body
