"""A session's bundle from the database: what the door is like now, and whether that is news."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session

from passes_service.checkin.offline import bundle_facts, bundle_rows
from passes_service.core import bundle_change, bundle_read
from passes_service.core.bundle import Content, Facts
from passes_service.core.bundle_change import Made
from passes_service.core.instants import to_seconds
from passes_service.db.models import CalendarSession, DoorBundle


def gather(
    session: Session, at: CalendarSession, *, issuer_keys: Sequence[bytes], now: datetime
) -> tuple[Facts, Content]:
    """Return what the bundle of a session would say now; it takes no lock."""
    opened = bundle_facts.opened_by(session, at)
    facts = bundle_facts.facts_of(session, at, opened, issuer_keys)
    return facts, bundle_rows.content_of(session, at, opened, facts, now=now)


def following(
    last: DoorBundle | None,
    facts: Facts,
    content: Content,
    *,
    now: datetime,
    key: Ed25519PrivateKey,
) -> Made | None:
    """Return the bundle after `last`, or None if that one will do; no database is needed."""
    full = None if last is None else last.full
    before = None if full is None else bundle_read.parse(full)
    header = None if before is None else before.header
    second = to_seconds(now)
    if not bundle_change.due(header, facts, content.state, now=second):
        return None
    return bundle_change.make(before, facts, content, now=second, key=key)
