"""Invitations follow their sessions and passes: at once after an event, and by the clock.

The clock catches what has no event: joined and parted accounts, addresses that were removed.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from passes_service.bootstrap import Services
from passes_service.db.models import OutboxEvent, Pass, Refund
from passes_service.invitations import following
from passes_service.invitations.following import Key
from passes_service.passes import queries

_AT_ONCE = 50


def follow_session(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Tell every attendee of a session what changed."""
    session_id = UUID(json.loads(envelope.payload)["session_id"])
    _follow(services, now, organizer_id=envelope.organizer_id, session_id=session_id)


def follow_pass(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Tell those who lost or got a pass which of their invitations end or stand again."""
    payload = json.loads(envelope.payload)
    with services.database.reading() as session:
        people = {UUID(payload[name]) for name in payload if name.endswith("holder_id")}
        held = queries.by_pass_id(
            session, organizer_id=envelope.organizer_id, pass_id=int(payload["pass_id"])
        )
    people.add(held.row.holder_id)
    _follow(services, now, organizer_id=envelope.organizer_id, holder_ids=people)


def follow_refund(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Tell whoever gave a pass up which of their invitations end."""
    refund_id = UUID(json.loads(envelope.payload)["refund_id"])
    with services.database.reading() as session:
        holder_id = _refunded(session, envelope.organizer_id, refund_id)
    if holder_id is not None:
        _follow(services, now, organizer_id=envelope.organizer_id, holder_ids=[holder_id])


def follow_all(services: Services, now: datetime) -> None:
    """Bring every invitation in line that is not."""
    _follow(services, now)


def _refunded(session: Session, organizer_id: UUID, refund_id: UUID) -> UUID | None:
    refund = session.get(Refund, (organizer_id, refund_id))
    row = session.get(Pass, (organizer_id, refund.pass_row_id)) if refund else None
    return row.holder_id if row else None


def _follow(services: Services, now: datetime, **which: Any) -> None:
    with services.database.reading() as session:
        keys = following.due(session, now=now, **which)
    while keys:
        for start in range(0, len(keys), _AT_ONCE):
            _settle(services, keys[start : start + _AT_ONCE], now)
        with services.database.reading() as session:
            left = following.due(session, now=now, **which)
        keys = left if left != keys else []  # what does not come into line waits for the clock


def _settle(services: Services, keys: list[Key], now: datetime) -> None:
    settings = services.settings
    with services.database.transaction() as session:
        for key in keys:
            following.settle(
                session, key, mail_from=settings.mail_from, origin=settings.origin, now=now
            )
