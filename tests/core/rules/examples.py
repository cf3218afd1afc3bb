"""A believable season of three Friday nights in Berlin, and passes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from passes_service.core.rules.facts import PassFacts
from passes_service.core.rules.portioning import SessionRef
from passes_service.core.rules.resolve import resolve
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import Terms

FIRST = datetime(2027, 3, 12, 18, tzinfo=UTC)  # 19:00 in Berlin
SESSIONS = tuple(
    SessionRef(
        id=f"s{number}",
        title=f"Night {number}",
        starts_at=FIRST + timedelta(days=7 * number),
        ends_at=FIRST + timedelta(days=7 * number, hours=3),
    )
    for number in range(3)
)
SECOND = timedelta(seconds=1)


def draft(**changes: Any) -> dict[str, Any]:
    return {
        "organizer": "Ada's Kitchen",
        "calendar": "Spring nights",
        "pass_type": "season",
        "title": "Season pass",
        "time_zone": "Europe/Berlin",
        "cap": 50,
        "preset": "standard",
        "conveys": ["a drink at each session"],
        "excludes": ["travel"],
    } | changes


def standard(**changes: Any) -> Terms:
    return resolve(draft(**changes), SESSIONS)


def document(**changes: Any) -> dict[str, Any]:
    return to_document(standard()) | changes


def rules(**sections: dict[str, Any]) -> Terms:
    """The standard document with some fields of its sections changed."""
    made = document()
    for name, changes in sections.items():
        made[name] = made[name] | changes
    return parse(made)


def held(terms: Terms | None = None, **changes: Any) -> PassFacts:
    known: dict[str, Any] = {
        "terms": terms or standard(),
        "state": "active",
        "currency": "EUR",
        "paid": 2_500,
        "bought_at": FIRST - timedelta(days=30),
    }
    return PassFacts(**(known | changes))
