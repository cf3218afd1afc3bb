"""Messages of payment providers: verified first, then done in one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.bootstrap import Services
from passes_service.checkout import messages, returning
from passes_service.db.models import Payment, Refund
from passes_service.payments.model import Told
from passes_service.refunds import service as refunds


def take(
    services: Services,
    organizer_id: UUID,
    provider: str,
    headers: Mapping[str, str],
    body: bytes,
) -> bool:
    """Do what a message says; False if it came before.

    Raises:
        EventForged, EventStale: It is not the provider's word; nothing was kept.
        ProviderNotConfigured, PaymentProviderBroken: Nobody here can say whose word it is.
    """
    began = time.perf_counter()
    now = services.clock()
    told = services.provider(organizer_id, provider).read_event(headers, body, now=now)
    with services.database.transaction() as session:
        new, payment = messages.take(
            session, organizer_id=organizer_id, provider=provider, told=told, now=now
        )
        if new and told.kind == "refund":
            _refund(session, organizer_id, told, now)
    if payment is not None and _entitled(payment, now):
        services.metrics.entitled(time.perf_counter() - began)
    return new


def _entitled(payment: Payment, now: datetime) -> bool:
    return payment.state == "succeeded" and payment.confirmed_at == now


def _refund(session: Session, organizer_id: UUID, told: Told, now: datetime) -> None:
    """Settle what the provider has sent back: a refund, or a payment that bought nothing."""
    if told.refund_id is None or told.refund_state is None:
        return
    if session.get(Refund, (organizer_id, told.refund_id)) is None:
        returning.note(
            session,
            organizer_id=organizer_id,
            return_id=told.refund_id,
            state=told.refund_state,
            reference=told.refund_reference,
            now=now,
        )
    else:
        refunds.told(
            session,
            organizer_id=organizer_id,
            refund_id=told.refund_id,
            state=told.refund_state,
            reference=told.refund_reference,
            now=now,
        )
