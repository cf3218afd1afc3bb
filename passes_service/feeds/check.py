"""Check any feed, ours or another's: what is in it, what is wrong with it, how it is served."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import ics_feeds
from ics_feeds import Answer, Finding, Summary, Visit

__all__ = ["Answer", "Checked", "Finding", "Visit", "check", "check_visit", "public_part"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A feed in numbers, and what was found in it, errors first."""

    summary: Summary
    findings: tuple[Finding, ...]

    def count(self, severity: str) -> int:
        """Return how many findings are errors, or warnings."""
        return sum(one.severity == severity for one in self.findings)


def check(body: bytes) -> Checked:
    """Check the bytes of a feed."""
    return Checked(ics_feeds.summary(body), tuple(ics_feeds.findings(body)))


def check_visit(visit: Visit) -> Checked:
    """Check a feed that was fetched, and how it was served."""
    body = visit.first.body
    found = [*ics_feeds.served(visit), *ics_feeds.findings(body, address=visit.address)]
    found.sort(key=lambda one: one.severity != "error")
    return Checked(ics_feeds.summary(body), tuple(found))


def public_part(address: str) -> str:
    """Return as much of an address as may be shown: its path can be the secret."""
    split = urlsplit(address)
    return f"{split.scheme}://{split.netloc.rpartition('@')[2]}/…"
