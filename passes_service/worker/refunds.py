"""Refunds: asks the provider outside of any transaction, and follows the ends of tokens."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.checkout import asking, sold
from passes_service.core.money import Money
from passes_service.db.models import OutboxEvent
from passes_service.passes import queries
from passes_service.payments.model import RefundAsked
from passes_service.refunds import finality, providers, service


def ask_provider(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Ask for the money once more if need be; providers are idempotent on the refund's id."""
    refund_id = UUID(json.loads(envelope.payload)["refund_id"])
    organizer_id = envelope.organizer_id
    with services.database.reading() as session:
        refund = service.get(session, organizer_id=organizer_id, refund_id=refund_id)
        paid_by = sold.payment_of(session, organizer_id, refund.pass_row_id)
    if refund.state != "requested":
        return
    if paid_by is None or refund.provider in providers.PROVIDERS or not refund.amount_minor:
        name = refund.provider if refund.provider in providers.PROVIDERS else "free"
        answer = providers.PROVIDERS[name].refund(refund)
        state, reference = ("settled" if answer.settled else "pending"), answer.reference
    else:
        said = asking.give_back(
            services.provider(organizer_id, paid_by.provider),
            RefundAsked(
                refund_id=refund.id,
                reference=paid_by.reference,
                money=Money(refund.amount_minor, refund.currency),
                reason=refund.code,
            ),
        )
        state, reference = said.state, said.reference
    with services.database.transaction() as session:
        service.told(
            session,
            organizer_id=organizer_id,
            refund_id=refund_id,
            state=state,
            reference=reference,
            now=now,
        )


def settle_ended(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Write the refund that follows from the final end of a token; twice told, once written."""
    told = json.loads(envelope.payload)
    ended_at = datetime.fromisoformat(told["ended_at"])
    with services.database.transaction() as session:
        try:
            held = queries.by_pass_id(
                session, organizer_id=envelope.organizer_id, pass_id=int(told["pass_id"])
            )
        except NotFound:
            return  # a token that the book never issued: nothing was paid here
        if told["how"] == "surrendered":
            finality.owe_for_surrender(session, held, ended_at=ended_at, now=now)
            return
        finality.record_paid(
            session,
            held,
            amount=int(told["amount"]),
            ended_at=ended_at,
            transaction_hash=told["transaction_hash"],
            now=now,
        )
