"""Asks the provider for a refund that was requested, outside of any transaction."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from passes_service.bootstrap import Services
from passes_service.db.models import OutboxEvent
from passes_service.refunds import providers, service
from passes_service.refunds.errors import RefundSettledAlready


def ask_provider(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Ask for the money once more if need be; providers are idempotent on the refund's id."""
    refund_id = UUID(json.loads(envelope.payload)["refund_id"])
    with services.database.reading() as session:
        refund = service.get(session, organizer_id=envelope.organizer_id, refund_id=refund_id)
    if refund.state != "requested":
        return
    answer = providers.PROVIDERS[refund.provider].refund(refund)
    if not answer.settled:
        return
    try:
        with services.database.transaction() as session:
            service.settle(
                session,
                organizer_id=envelope.organizer_id,
                refund_id=refund_id,
                reference=answer.reference,
                now=now,
            )
    except RefundSettledAlready:
        return  # an earlier delivery of this event got there
